import { WebClient } from "@slack/web-api";
import { setImmediate } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { Fault } from "../../../src/domain/fault.ts";
import { Secret } from "../../../src/domain/secret.ts";
import { createLog, laidOut, withCorrelation } from "../../../src/log.ts";

const SECRET = `8:${"q".repeat(43)}=`;

async function refuseBlocks(): Promise<Response> {
  const messages = ["typed text"];
  return Response.json({ ok: false, error: "invalid_blocks", response_metadata: { messages } });
}

function capture(level = "info") {
  const written: string[] = [];
  const log = createLog({ level, destination: { write: (line) => void written.push(line) } });
  return { log, written, lines: () => written.map((each) => JSON.parse(each) as Record<string, unknown>) };
}

describe("a log line", () => {
  it("is one JSON object with its time, level and words", () => {
    const { log, lines } = capture();
    log.info({ request: "8XK2", count: 3 }, "request made");
    expect(lines()).toEqual([
      {
        level: "info",
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        request: "8XK2",
        count: 3,
        msg: "request made",
      },
    ]);
  });

  it("carries the correlation id of what caused it, through everything awaited", async () => {
    const { log, lines } = capture();
    const handle = async (id: string) =>
      withCorrelation(id, async () => {
        await setImmediate();
        log.info({}, id);
      });
    await Promise.all([handle("7F3A"), handle("09BC")]);
    log.info({}, "outside");
    expect(lines().map(({ correlation, msg }) => [correlation, msg])).toEqual([
      ["7F3A", "7F3A"],
      ["09BC", "09BC"],
      [undefined, "outside"],
    ]);
  });

  it("carries the ids of what it is about too, which the fields of one line do not change in the next", () => {
    const { log, lines } = capture();
    withCorrelation(
      "7F3A",
      () => {
        log.info({ lockout: "09BC", key: 8 }, "another");
        log.info({}, "its own");
      },
      { lockout: "8XK2" },
    );
    expect(lines()).toMatchObject([{ lockout: "09BC", key: 8 }, { lockout: "8XK2" }]);
    expect(lines()[1]).toEqual({
      level: "info",
      time: expect.any(String),
      correlation: "7F3A",
      lockout: "8XK2",
      msg: "its own",
    });
  });

  it("shows an error's name, code, words and causes, and no other property of it", () => {
    const { log, lines, written } = capture();
    const cause = Object.assign(new TypeError("cut"), { body: "a body", data: { answer: "an answer" } });
    log.error({ err: new Fault("manager-timeout", "POST /apikeys", { cause }) }, "failed");
    expect(lines()[0]).toMatchObject({
      err: { name: "Fault", code: "manager-timeout", message: "POST /apikeys", cause: { name: "TypeError" } },
    });
    expect(written.join("")).not.toMatch(/a body|an answer/);
  });

  it("shows no body of what was sent to Slack or answered by it", async () => {
    const { log, written } = capture();
    const client = new WebClient("xoxb-1-2-abcdef", { fetch: refuseBlocks });
    const error: unknown = await client
      .apiCall("chat.update", { text: "typed text" })
      .catch((e: unknown) => e);
    log.error({ err: error, context: { cause: error } }, "could not post");
    expect(written.join("")).toContain("invalid_blocks");
    expect(written.join("")).not.toMatch(/typed text|xoxb/);
  });

  it.each([
    ["a field by its name", { manager: { apiSecretKey: "value-of-it" } }],
    ["a field by its name, in a list", { keys: [{ secretKey: "value-of-it" }] }],
    ["headers", { call: { headers: { Authorization: "value-of-it" } } }],
    ["a token", { token: "value-of-it" }],
    ["a response URL", { response_url: "value-of-it" }],
    ["a body", { body: { text: "value-of-it" } }],
    ["a Secret", { anything: new Secret("value-of-it") }],
  ])("keeps back %s", (_, fields) => {
    const { log, written } = capture();
    log.info(fields, "done");
    expect(written.join("")).toContain("done");
    expect(written.join("")).not.toContain("value-of-it");
  });

  it.each([
    ["a secret", SECRET],
    ["a secret, across lines", `8:${"q".repeat(20)}\n${"q".repeat(23)}=`],
    ["a bot token", "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy"],
    ["an app-level token", "xapp-1-A0123-4567-abcdef"],
    ["a response URL", "https://hooks.slack.com/actions/T1/2/abc"],
    ["a response URL of local Slack", "http://127.0.0.1:4500/hooks/commands/abc"],
  ])("withholds a text that carries %s, in whatever place", (_, text) => {
    const { log, written, lines } = capture();
    log.info({ note: `see ${text}`, list: [{ deep: text }] }, "a note");
    log.warn({}, `found ${text} here`);
    log.error({ err: new Error(text) }, "thrown");
    log.info({ [`name ${text}`]: 1 }, "as a name");
    expect(lines()).toHaveLength(4);
    expect(lines()[0]).toMatchObject({ msg: "a note" });
    for (const line of written) expect(line).not.toContain(text);
    expect(written.join("")).not.toContain(JSON.stringify(text).slice(1, -1));
  });

  it("is not written below its level", () => {
    const { log, written } = capture("warn");
    log.info({}, "quiet");
    expect(written).toEqual([]);
  });
});

describe("lines for a person at a terminal", () => {
  it("say time, level and words, then each field; what others wrote cannot command the terminal", () => {
    const seen: string[] = [];
    const log = createLog({ level: "info", destination: laidOut({ write: (text) => seen.push(text) }) });
    const hostile = "a\u001B[2J\u0007\r\u202Eb";
    log.info({ request: "8XK2", key: { name: hostile }, note: SECRET }, "request made");
    log.error({ error: new Error(hostile) }, `it failed ${hostile}`);
    const text = stripVTControlCharacters(seen.join(""));
    expect(text).toMatch(/^\[\d\d:\d\d:\d\d\] INFO: request made\n {4}request: "8XK2"\n/);
    expect(text).toContain('"name": "a[2Jb"');
    expect(text).toContain("ERROR: it failed a[2Jb\n");
    for (const command of ["\u0007", "\r", "\u202E"]) expect(text).not.toContain(command);
    expect(seen.join("")).not.toContain("\u001B[2J");
    expect(text).not.toContain(SECRET);
  });
});
