import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Secret } from "../../src/domain/secret.ts";
import { startSlack } from "../../src/slack/app.ts";
import { slackClients, type SlackConfig } from "../../src/slack/connection/clients.ts";
import type { Context } from "../../src/usecases/ports.ts";
import { trail } from "../support/audit.ts";
import { manifestText, type Parts, personNamed, startParts, testPolicy } from "../support/context.ts";
import { until } from "../support/conversation.ts";

/* Slack tells of an event again unless it hears that it has arrived. */

type Watching = AsyncDisposable & { parts: Parts; paste: (secrets?: number) => Promise<unknown> };

/** The bot, watching #general, with something around its store. */
async function watching(
  around: (store: Context["store"], slack: Parts["slack"]) => Partial<Context["store"]>,
  given: { http?: boolean; socketLost?: () => void } = {},
): Promise<Watching> {
  await using starting = new AsyncDisposableStack();
  const leaks = { "try-secret": true, "lock-proved": true, "watch-channels": true };
  const manifest = manifestText()
    .replace("# - channels:history", "- channels:history")
    .replace("# - message.channels", "- message.channels");
  // What is pasted here was never a key's.
  const parts = starting.use(await startParts({ policy: testPolicy({ leaks }), manifest, canary: false }));
  const { slack, context } = parts;
  await slack.admin("PATCH", "channels/C0GENERAL01", { add: [slack.app.botUserId] });
  const config: SlackConfig = {
    botToken: new Secret(slack.app.botToken),
    apiUrl: slack.apiUrl,
    mode:
      given.http === true
        ? { kind: "http", signingSecret: new Secret(slack.app.signingSecret), port: 0, host: "127.0.0.1" }
        : { kind: "socket", appToken: new Secret(slack.app.appToken) },
  };
  const store: Context["store"] = Object.create(context.store);
  const bot = starting.adopt(
    await startSlack({
      config,
      context: { ...context, store: Object.assign(store, around(context.store, slack)) },
      clients: slackClients(config, context.log),
      ...(given.socketLost !== undefined && { socketLost: given.socketLost }),
    }),
    async (each) => each.stop(),
  );
  // Either of two sockets may be the one that is told.
  await until(async () => bot.connected() === (given.http === true ? 1 : 2));
  if (given.http === true)
    await slack.deliverTo(slack.app.appId, `http://127.0.0.1:${bot.port}/slack/events`);
  const ada = await slack.as("ada");
  const running = starting.move();
  return {
    parts,
    paste: async (secrets = 1) =>
      ada.say(
        "#general",
        Array.from(
          { length: secrets },
          (_, n) => `${999_999 - n}:${randomBytes(32).toString("base64")}`,
        ).join(" "),
      ),
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

const events = async ({ store }: Parts, name: string) =>
  (await trail(store)).filter(({ event }) => event === name);
const warnings = ({ logged }: Parts) => logged.map(({ message }) => message);

test("what stands in a row is gone on with, though the socket that should have heard of it is gone", async () => {
  const lost = Promise.withResolvers<void>();
  let cut = false;
  await using bot = await watching(
    (store, slack) => ({
      commit: async (...given) => {
        const result = await store.commit(...given);
        if (!cut) slack.setFaults({ rules: [{ fault: "socket_close", times: 1 }], away: [] });
        cut = true;
        await lost.promise;
        return result;
      },
    }),
    { socketLost: twice(lost.resolve) },
  );
  await bot.paste();
  await until(async () => (await events(bot.parts, "leak.reported")).length === 1);
  expect(warnings(bot.parts)).toContain("Slack could not be told that an event has arrived");
  expect(warnings(bot.parts)).not.toContain("something that a person asked for failed");
});

/** Both sockets. */
function twice(then: () => void): () => void {
  let calls = 0;
  return () => void ((calls += 1) === 2 && then());
}

/** The database is away the first time, or the first so many times. */
function awayFirst<Given extends unknown[], Answer>(call: (...given: Given) => Promise<Answer>, times = 1) {
  let left = times;
  return async (...given: Given): Promise<Answer> => {
    if (left === 0) return call(...given);
    left -= 1;
    throw new Error("connection terminated unexpectedly");
  };
}

// Slack waits three seconds for an acknowledgement, and so do these: together.
describe("what could not be recorded is not acknowledged, and recorded when Slack tells of it again", () => {
  test.concurrent.for([{ http: false }, { http: true }])(
    "a secret in a message: %o",
    async (given, { expect }) => {
      await using bot = await watching((store) => ({ commit: awayFirst(store.commit.bind(store)) }), given);
      await bot.paste();
      await until(async () => (await events(bot.parts, "leak.reported")).length === 1);
      expect(warnings(bot.parts)).toContain("something that a person asked for failed");
      expect(await events(bot.parts, "leak.found")).toHaveLength(1);
    },
  );

  test.concurrent("the second of two secrets in a message, and the first is not given up", async ({
    expect,
  }) => {
    let commits = 0;
    await using bot = await watching((store) => ({
      commit: async (...given) => {
        commits += 1;
        if (commits === 2) throw new Error("connection terminated unexpectedly");
        return store.commit(...given);
      },
    }));
    await bot.paste(2);
    await until(async () => (await events(bot.parts, "leak.reported")).length === 2);
    expect(await events(bot.parts, "leak.found")).toHaveLength(2);
  });

  test.concurrent("who has left", async ({ expect }) => {
    const noted: string[] = [];
    const note = awayFirst(async (id: string) => void noted.push(id));
    await using bot = await watching(() => ({ personChanged: note }));
    await bot.parts.slack.admin("PATCH", `people/${personNamed("ben")}`, { kind: "deactivated" });
    await until(async () => noted.length > 0);
    expect(noted).toEqual([personNamed("ben")]);
  });

  test.concurrent("who is in a group", async ({ expect }) => {
    let forgotten = 0;
    // Slack tells of it in two events.
    const forget = awayFirst(async () => void (forgotten += 1), 2);
    await using bot = await watching(() => ({ forget }));
    await bot.parts.slack.admin("PATCH", "groups/S0SECURITY1", { users: ["ada"].map(personNamed) });
    await until(async () => forgotten === 2);
    expect(warnings(bot.parts)).toContain("a change of people could not be noted");
  });
});
