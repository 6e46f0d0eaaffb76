import { createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import type { Store } from "../../src/usecases/store-port.ts";
import type { Context, Manager } from "../../src/usecases/ports.ts";
import { policy, type Policy } from "../../src/domain/policy.ts";
import { Secret } from "../../src/domain/secret.ts";
import type { ClaimId, PersonId } from "../../src/domain/values.ts";
import { DAY, personId, requestId, type RequestId } from "../../src/domain/values.ts";
import { defaultWorkspace } from "../../src/local-slack/default-workspace.ts";
import type { RandomBytes } from "../../src/local-slack/ids.ts";
import { slackMessages } from "../../src/slack/announce.ts";
import { slackClients } from "../../src/slack/connection/clients.ts";
import { slackDirectory } from "../../src/slack/people.ts";
import type { Where } from "../../src/store/dialects.ts";
import { openStore } from "../../src/store/store.ts";
import { ask, type Draft } from "../../src/usecases/requests/ask.ts";
import { approveRequest } from "../../src/usecases/requests/decide.ts";
import { noting } from "../../src/usecases/inventory/noting.ts";
import { drawCards, sweepOnce } from "../../src/usecases/sweep.ts";
import { Canary } from "./canary.ts";
import { startTestManager } from "./embedded-manager.ts";
import { startTestSlack, type TestSlack } from "./local-slack.ts";

/** A clock that runs as the real one does, and can be moved on. */
export class MovingClock {
  #ahead = 0;
  readonly now = (): number => Date.now() + this.#ahead;

  advance(ms: number): void {
    this.#ahead += ms;
  }

  /**
   * Moves on to noon (UTC) of the next day, for what would hang on the hour of a run: a person's day may be
   * another one, and at midnight something is posted. A manager that is started with the program stays behind.
   */
  advanceToNoon(): void {
    this.advance(DAY + DAY / 2 - (this.now() % DAY));
  }
}

const idOf = (name: string): string => defaultWorkspace.people.find((each) => each.name === name)?.id ?? name;
/** A person of local Slack's default workspace, by first name in small letters. */
export const personNamed = (name: string): PersonId => personId.parse(idOf(name));

const channel = (name: string): string =>
  defaultWorkspace.channels.find((each) => each.name === name)?.id ?? name;
const group = (handle: string): string =>
  defaultWorkspace.groups.find((each) => each.handle === handle)?.id ?? handle;

/** The policy that tests use: one approval for Auditor, two for Full Access, nothing longer than a year. */
export function testPolicy(change: Record<string, unknown> = {}): Policy {
  return policy.parse(testPolicyFile(change));
}

/** The same as it stands in a file. */
export function testPolicyFile(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    groups: {
      security: { "slack-group": group("security-approvers") },
      responders: { "slack-group": group("incident-responders") },
      auditors: { "slack-group": group("auditors") },
    },
    approvers: ["security"],
    responders: ["responders"],
    auditors: ["auditors"],
    channels: {
      approvals: channel("key-approvals"),
      incidents: channel("incidents"),
      audit: channel("audit"),
    },
    limits: { "longest-life": "365 days", "default-life": "90 days", "keys-per-person": 1000 },
    times: { "requests-lapse-after": "3 days", "claims-lapse-after": "24 hours" },
    rules: [
      { name: "one for reading", when: { roles: ["Auditor"] }, needs: [{ group: "security", approvals: 1 }] },
      {
        name: "two for power",
        when: { roles: ["Full Access"] },
        needs: [{ group: "security", approvals: 2 }],
      },
    ],
    ...change,
  };
}

export type Parts = {
  slack: TestSlack;
  manager: Manager;
  managerUrl: string;
  store: Store;
  clock: MovingClock;
  /** The whole context; `around` may put something around its parts. */
  context: Context;
  /** Warnings and errors that were logged. */
  logged: Record<string, unknown>[];
  [Symbol.asyncDispose](): Promise<void>;
};

export type PartsOptions = {
  policy?: Policy;
  where?: Where;
  manifest?: string;
  /** Where ids come from, so that a run can come again. */
  random?: RandomBytes;
  /** A canary keeps every byte that goes over the wire: too much for a long run. */
  canary?: false;
};

export const manifestText = (): string =>
  readFileSync(fileURLToPath(new URL("../../manifest.yml", import.meta.url)), "utf8");

/** Everything that use cases run against: a real store, the real embedded manager, real local Slack. */
export async function startParts(options: PartsOptions = {}): Promise<Parts> {
  const { random = randomBytes } = options;
  await using starting = new AsyncDisposableStack();
  const clock = new MovingClock();
  const logged: Record<string, unknown>[] = [];
  const canary =
    options.canary === false
      ? undefined
      : starting.use(new Canary({ logged: () => inspect(logged, { depth: null }) }));
  starting.defer(() => canary?.check());
  const slack = starting.use(
    await startTestSlack({
      manifest: options.manifest ?? manifestText(),
      clock: { now: clock.now, setTimeout: later },
      rateLimits: false,
      random,
    }),
  );
  const { id: approvals } = defaultWorkspace.channels.find((each) => each.name === "key-approvals") ?? {
    id: "",
  };
  for (const each of [approvals, channel("incidents"), channel("audit")]) {
    await slack.admin("PATCH", `channels/${each}`, { add: [slack.app.botUserId] });
  }
  const managed = starting.use(await startTestManager({ now: clock.now }));
  const store = starting.adopt(await openStore(options.where ?? { sqlite: ":memory:" }), (each) =>
    each.close(),
  );
  const line = (fields: Record<string, unknown>, message: string): void =>
    void logged.push({ ...fields, message });
  const log = { debug: () => {}, info: () => {}, warn: line, error: line };
  const clients = slackClients(
    {
      botToken: new Secret(slack.app.botToken),
      apiUrl: slack.apiUrl,
      mode: { kind: "socket", appToken: new Secret(slack.app.appToken) },
    },
    log,
  );
  const markerKey = randomBytes(32);
  const inForce = { policy: options.policy ?? testPolicy(), hash: "0".repeat(64) };
  const built: Context = {
    store,
    manager: noting(managed.client, { store, clock: clock.now, log }),
    directory: slackDirectory(clients),
    messages: slackMessages(clients),
    clock: clock.now,
    newId: () => idFrom(random(12)),
    policy: () => inForce,
    seal: (text) => createHmac("sha256", markerKey).update(text).digest("hex").slice(0, 32),
    nudge: () => {},
    correlate: async (_, run) => run(),
    log,
  };
  const context = canary?.watch(built) ?? built;
  const running = starting.move();
  const end = async (): Promise<void> => running.disposeAsync();
  return {
    slack,
    manager: managed.client,
    managerUrl: managed.url,
    store,
    clock,
    context,
    logged,
    [Symbol.asyncDispose]: end,
  };
}

function later(fn: () => void, ms: number): () => void {
  const timer = setTimeout(fn, ms);
  timer.unref();
  return () => clearTimeout(timer);
}

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const idFrom = (random: Uint8Array): string =>
  Array.from(random, (byte) => CROCKFORD.charAt(byte % 32)).join("");

export const aDraft = (change: Partial<Draft> = {}): Draft => ({
  keyName: "ci-deploy",
  roleId: 2,
  life: { kind: "days", days: 90 },
  reason: "nightly report",
  description: "",
  locale: "en-US",
  timeZone: "Europe/Berlin",
  ...change,
});

/** Asks as a person and has it approved by others, up to the open claim. */
export async function askAndApprove(
  { context }: Pick<Parts, "context">,
  { asker = "ada", by = ["chiara"], draft = aDraft() }: { asker?: string; by?: string[]; draft?: Draft } = {},
): Promise<RequestId> {
  const id = requestId.parse(context.newId());
  const asked = await ask(context, { id, asker: personNamed(asker), draft });
  if ("refusal" in asked) throw new Error(JSON.stringify(asked.refusal));
  for (const each of by) {
    const press = { request: id, by: personNamed(each), clickedAt: context.clock() };
    const decided = await approveRequest(context, press);
    if ("refusal" in decided) throw new Error(JSON.stringify(decided.refusal));
  }
  return id;
}

/** An approved request's claim, waiting for Ada's click. */
export async function openClaim(parts: Parts, keyName: string): Promise<ClaimId> {
  const request = await askAndApprove(parts, { draft: aDraft({ keyName }) });
  const claim = await parts.store.claimOf(request);
  if (claim === undefined) throw new Error("an approved request has no claim");
  return claim.value.id;
}

/** What the program does every second, done now: whatever is due, then the cards. */
export async function sweepAndDraw(context: Context): Promise<void> {
  await sweepOnce(context);
  await drawCards(context);
}

/** Whether a secret opens the manager now. */
export async function works(managerUrl: string, secret: string): Promise<boolean> {
  const headers = { "api-secret-key": secret, "api-version": "v1" };
  return (await fetch(`${managerUrl}/apikeys/current`, { headers })).status === 200;
}

/** The secrets that stand in the messages that a person sees, in any form of the contract's section 2.2. */
export function secretsIn(messages: readonly unknown[]): string[] {
  return [...new Set(JSON.stringify(messages).match(/\d+:[A-Za-z0-9+/]{43}=/g))];
}
