import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { type KeyRecord, keyRecord } from "../../src/domain/key.ts";
import { Secret } from "../../src/domain/secret.ts";
import { DAY, keyId, SECOND } from "../../src/domain/values.ts";
import type { ClientEvent } from "../../src/local-slack/client-protocol.ts";
import { startSlack } from "../../src/slack/app.ts";
import { slackClients, type SlackConfig } from "../../src/slack/connection/clients.ts";
import type { InventoryKey } from "../../src/usecases/inventory-port.ts";
import type { Context } from "../../src/usecases/ports.ts";
import type { Store } from "../../src/usecases/store-port.ts";
import { drawCards } from "../../src/usecases/sweep.ts";
import { personNamed, startParts } from "../support/context.ts";
import type { Client } from "../support/local-slack.ts";
import { type Figure, median } from "./figure.ts";

const FEW = 1000;
const MANY = 100_000;
const ROUNDS = 30;
/** How much longer anything may take with a hundred times as many keys. */
const MOST = 1.5;
/** Keys that are put into the store at once. */
const PAGE = 1000;
/** Keys that the one who measures owns, with few keys and with many. */
const OWN = 40;

type Running = { client: Client; advance: (ms: number) => void };

/** What somebody does, until Slack shows the answer. */
type Doing = { what: string; act: (running: Running) => Promise<unknown>; seen: "message" | "home" };

const typed = (line: string): Doing => ({
  what: `/apikey ${line}`,
  act: async ({ client }) => client.command(`/apikey ${line}`),
  seen: "message",
});
const DOINGS: readonly Doing[] = [
  typed("list"),
  typed("search bench-5*"),
  typed("search role:Auditor"),
  typed("search locked"),
  typed("search expires<30d"),
  typed("search owner:@me"),
  typed("search unused>90d"),
  {
    what: "App Home, from opening to views.publish",
    act: async ({ client, advance }) => {
      // One Home is published every ten seconds at most.
      advance(11 * SECOND);
      return client.open("app", "home");
    },
    seen: "home",
  },
];

/**
 * What people wait for, through Slack, Bolt and the inventory, with few keys and with many by
 * turns, so that both meet the same machine.
 */
export async function* measure(): AsyncGenerator<Figure> {
  await using running = new AsyncDisposableStack();
  const few = await start(FEW, running);
  const many = await start(MANY, running);
  for (const doing of DOINGS) {
    await timed(few, doing);
    await timed(many, doing);
    const took: { few: number[]; many: number[] } = { few: [], many: [] };
    for (let round = 0; round < ROUNDS; round++) {
      took.few.push(await timed(few, doing));
      took.many.push(await timed(many, doing));
    }
    const ratio = median(took.many) / median(took.few);
    yield {
      what: doing.what,
      value: ratio.toFixed(2),
      detail: `${median(took.many).toFixed(1)} ms with 100,000 keys, ${median(took.few).toFixed(1)} with 1,000`,
      target: { words: `${MOST} or less`, reached: ratio <= MOST },
    };
  }
}

/** Milliseconds from what somebody does to what they see of it. */
async function timed(running: Running, { act, seen }: Doing): Promise<number> {
  const { client } = running;
  const before = client.events.length;
  const start = performance.now();
  const acted = act(running);
  let answer: ClientEvent | undefined;
  while (answer === undefined) {
    await turn();
    answer = client.events.slice(before).find(({ type }) => type === seen);
  }
  const took = performance.now() - start;
  await acted;
  if (!JSON.stringify(answer).includes("bench-")) throw new Error(`no keys, but: ${JSON.stringify(answer)}`);
  return took;
}

/** The bot on local Slack, with that many keys in its inventory, and a responder who uses it. */
async function start(keys: number, ending: AsyncDisposableStack): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "slack-bench-"));
  ending.defer(() => rmSync(folder, { recursive: true }));
  const parts = ending.use(await startParts({ where: { sqlite: join(folder, "store.sqlite") } }));
  const { slack, clock } = parts;
  // No sweep runs: it would find that the manager has none of these keys.
  const context: Context = { ...parts.context, nudge: () => void drawCards(context) };
  await fill(context.store, keys, context.clock());
  const config: SlackConfig = {
    botToken: new Secret(slack.app.botToken),
    apiUrl: slack.apiUrl,
    mode: { kind: "socket", appToken: new Secret(slack.app.appToken) },
  };
  const clients = slackClients(config, context.log);
  ending.adopt(await startSlack({ config, context, clients }), async (each) => each.stop());
  const client = await slack.as("farid");
  return { client, advance: (ms) => clock.advance(ms) };
}

/** Keys of all sorts, put straight into the store: asking the manager for each would take minutes. */
async function fill(store: Store, keys: number, now: number): Promise<void> {
  for (let after = 0; after < keys; after += PAGE) {
    const page = Array.from({ length: Math.min(PAGE, keys - after) }, (_, i) =>
      keyNumber(after + i + 1, now),
    );
    const changes = page.map((key) => ({ row: "key" as const, next: recordOf(key, keys) }));
    await store.commit({ changes, events: [] });
    await store.putKeysPage({ after, through: after + page.length, keys: page, readAt: now });
  }
  await store.syncEnded({ asOf: now, soon: now + 30 * DAY });
}

function keyNumber(n: number, now: number): InventoryKey {
  const auditor = n % 3 > 0;
  return {
    id: keyId.parse(n),
    name: `bench-${n}`,
    description: "one of very many",
    role: auditor ? 2 : 1,
    roleName: auditor ? "Auditor" : "Full Access",
    active: n % 50 > 0,
    expiresAt: n % 4 > 0 ? now + (n % 400) * DAY : undefined,
    locale: "en-US",
    timeZone: "UTC",
    createdAt: now - 400 * DAY,
    lastUsedAt: n % 5 > 0 ? now - (n % 200) * DAY : undefined,
    failures: 0,
  };
}

/** Every key has an owner; so many of them are the responder's own, spread over all. */
function recordOf({ id, name, role, createdAt, expiresAt }: InventoryKey, keys: number): KeyRecord {
  const owner = id % (keys / OWN) === 0 ? personNamed("farid") : `U0OWNER${id % 1000}`;
  const ends = expiresAt === undefined ? {} : { expiresAt };
  return keyRecord.parse({ id, name, owner, origin: { kind: "outside" }, role, madeAt: createdAt, ...ends });
}
