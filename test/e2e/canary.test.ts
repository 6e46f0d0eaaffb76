import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { keyId } from "../../src/domain/values.ts";
import { Scanner } from "../support/canary-scan.ts";
import { personNamed } from "../support/context.ts";
import { approve, askFor, cardOf, claimMessage, showSecret, statusWith } from "../support/conversation.ts";
import { type Program, startProgram } from "../support/program.ts";

/** Ends a program and says what its canary said; nothing, if it is content. */
async function verdictOn(program: Program): Promise<string> {
  return program[Symbol.asyncDispose]().then(
    () => "",
    (error: Error) => error.message,
  );
}

describe.each(["socket", "http"] as const)("a secret of the main job, Slack delivering by %s", (mode) => {
  test("goes the four ways that it may go, and no other", async () => {
    const program = await startProgram({ mode });
    const ada = await program.slack.as("ada");
    const elsewhere = await program.slack.as("ada");
    await askFor(program, ada, { name: "ci-deploy" });
    await approve(program, "chiara", "ci-deploy");
    const { secret, shown } = await showSecret(program, ada, "ci-deploy");
    await claimMessage(ada, "ci-deploy", "The key is active since");
    expect(await statusWith(program, secret)).toBe(200);
    await ada.click(shown, "claim.stored");
    await ada.waitFor(({ conversations }) => !JSON.stringify(conversations).includes(secret));
    const back = await ada.reload();
    expect(JSON.stringify(await back.snapshot())).not.toContain(secret);
    await cardOf(await program.slack.as("chiara"), "ci-deploy", "Done: approved by");
    await program.restart();

    expect(new Scanner([secret]).find(JSON.stringify(elsewhere.events))).toHaveProperty("size", 1);
    // The program's own secret, at either start, and Ada's.
    expect(program.canary.uses()).toMatchObject({ minted: 3, posted: 1 });
    expect(program.canary.uses().viewed).toBeGreaterThanOrEqual(2);
    expect(program.canary.uses().used).toBeGreaterThan(1);
    expect(await verdictOn(program)).toBe("");
  });
});

describe("the canary dies of a secret", () => {
  let program: Program;
  let secret: string;
  let failing: Fault | undefined;
  beforeEach(async () => {
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    program = await startProgram({
      around: (context) => ({
        ...context,
        messages: {
          ...context.messages,
          async tell(person, note) {
            if (failing !== undefined) throw failing;
            await context.messages.tell(person, note);
          },
        },
      }),
    });
    const making = {
      name: "canary",
      description: "",
      role: 2,
      locale: "en-US",
      timeZone: "UTC",
      active: true,
    };
    const minted = await program.context.manager.createKey({ ...making, locale: "en-US" });
    secret = minted.secret.reveal();
  });
  afterEach(() => {
    failing = undefined;
    vi.restoreAllMocks();
  });

  async function call(method: string, fields: Record<string, string>): Promise<void> {
    const headers = { authorization: `Bearer ${program.slack.app.botToken}` };
    const body = new URLSearchParams(fields);
    expect((await fetch(program.slack.apiUrl + method, { method: "POST", headers, body })).status).toBe(200);
  }

  const block = (text: string): string =>
    JSON.stringify([{ type: "section", text: { type: "plain_text", text } }]);
  /** Shows the secret to Ada as the program does; the blocks are the one place for it. */
  async function show(more: Record<string, string> = {}): Promise<void> {
    const channel = await (await program.slack.as("ada")).channel("app");
    const user = personNamed("ada");
    await call("chat.postEphemeral", { channel, user, text: "here", blocks: block(secret), ...more });
  }

  const random = (): Buffer => Buffer.from(secret.slice(secret.indexOf(":") + 1), "base64");

  test.each<[string, () => unknown, string]>([
    ["in a file", () => writeFileSync(join(program.folder, "note.txt"), secret), "the file note.txt"],
    [
      "as random bytes in a file",
      () => writeFileSync(join(program.folder, "raw"), random()),
      "the file raw (its random bytes)",
    ],
    [
      "in the database's write-ahead log",
      async () => {
        const person = { id: personNamed("ada"), kind: "member", timeZone: "UTC", locale: "en-US" } as const;
        await program.context.store.putPerson({ ...person, name: `Ada ${secret}` }, 0);
      },
      "the file portcullis.sqlite-wal",
    ],
    ["in a line of the log", () => program.context.log.warn({ secret: { is: random() } }, secret), "the log"],
    ["in hex in a line of the log", () => program.context.log.warn({}, random().toString("hex")), "the log"],
    [
      "in an error's cause",
      async () => {
        failing = new Fault("slack-refused", "no", { cause: { sent: [{ blocks: block(secret) }] } });
        const telling = program.context.messages.tell(personNamed("ada"), {
          kind: "secret-void",
          keyName: "canary",
          key: keyId.parse(1),
        } as never);
        await expect(telling).rejects.toThrow(failing);
      },
      "an error of messages.tell",
    ],
    ["in what is printed", () => process.stderr.write(`${secret}\n`), "what was printed"],
    [
      "in a lasting message",
      async () => call("chat.postMessage", { channel: "C0GENERAL01", text: "x", blocks: block(secret) }),
      "the body of POST /api/chat.postMessage",
    ],
    [
      "in the notification's text of the one message",
      async () => show({ text: secret }),
      "text of POST /api/chat.postEphemeral",
    ],
    [
      "in a second ephemeral message",
      async () => {
        await show();
        await show();
      },
      "blocks of POST /api/chat.postEphemeral: a second time",
    ],
    [
      "in the session of somebody else",
      async () => {
        await show();
        const [ada, ben] = [await program.slack.as("ada"), await program.slack.as("ben")];
        await ada.say("#general", secret);
        await ben.message(secret);
      },
      "the answer to GET /client/sessions/…/events: another session's",
    ],
    [
      "posted to a response URL",
      async () => fetch(`${program.slack.url}hooks/actions/A/B/C`, json({ text: secret })),
      "the body of POST /hooks/actions/…",
    ],
    [
      "in the address of a call",
      async () => fetch(`${program.slack.url}client/workspace?q=${encodeURIComponent(secret)}`),
      "the head of GET /client/workspace",
    ],
    [
      "in a header that is not the manager's",
      async () => fetch(program.context.manager.url, { headers: { "x-key": secret } }),
      "the head of GET /api",
    ],
    [
      "in the body of a call to the manager",
      async () => fetch(`${program.context.manager.url}/apikeys/search`, json({ keyName: secret })),
      "the body of POST /api/apikeys/search",
    ],
    ["in a Socket Mode frame of the bot", async () => sendFrame(), "a Socket Mode frame from the client"],
    [
      "in bytes that are no HTTP at all",
      async () => {
        const socket = connect(Number(new URL(program.slack.url).port), "127.0.0.1");
        socket.end(`hello ${secret}`);
        socket.resume();
        await once(socket, "close");
      },
      "the head of no HTTP",
    ],
  ])("%s", async (_, leak, place) => {
    await leak();
    const verdict = await verdictOn(program);
    expect(verdict).toContain(`A secret got out:\n`);
    expect(verdict).toContain(place);
    expect(new Scanner([secret]).find(verdict).size).toBe(0);
  });

  test("that a later session of the same person still sees", async () => {
    await show();
    const ada = await program.slack.as("ada");
    await ada.say("#general", secret);
    expect(await verdictOn(program)).toContain("/client/sessions/…/events: another session's");
  });

  async function sendFrame(): Promise<void> {
    const headers = { authorization: `Bearer ${program.slack.app.appToken}` };
    const opened = await fetch(`${program.slack.apiUrl}apps.connections.open`, { method: "POST", headers });
    const socket = new WebSocket(((await opened.json()) as { url: string }).url);
    await once(socket, "message");
    socket.send(JSON.stringify({ envelope_id: "none", payload: { text: secret } }));
    socket.close();
    await once(socket, "close");
  }
});

const json = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", "api-version": "v1" },
  body: JSON.stringify(body),
});

describe("a secret is known again", () => {
  const key = Buffer.from("p9/Kx+0vQ3ZsT1mN8bYcE5rUwGhJfLdA6iOeXq2VtHk=", "base64");
  const secret = `8:${key.toString("base64")}`;
  const text = Buffer.from(secret);
  test.each([
    ["as it is", secret],
    ["without its ID", key.toString("base64")],
    ["in a URL", encodeURIComponent(secret)],
    ["in a form, in JSON", encodeURIComponent(JSON.stringify({ secret }))],
    ["with escaped slashes", secret.replaceAll("/", "\\/")],
    ["with everything but letters and digits escaped", secret.replace(/\W/g, "\\u00ff")],
    ["in base64url", key.toString("base64url")],
    ["in base64 once more", text.toString("base64")],
    ["in base64, after one letter", Buffer.from(`x${secret} and`).toString("base64")],
    ["in base64, after two letters", Buffer.from(`xy${secret} and`).toString("base64")],
    ["in hex", key.toString("hex")],
    ["its text in upper-case hex", text.toString("hex").toUpperCase()],
    ["as a printed buffer", inspect(text)],
    ["as a buffer in JSON", JSON.stringify(key)],
    ["in UTF-16", Buffer.from(secret, "utf16le")],
    ["only its beginning", secret.slice(0, 12)],
    ["only its end", secret.slice(-12)],
    ["backwards", [...secret].reverse().join("")],
  ])("%s", (_, form) => {
    const around = Buffer.concat([Buffer.from("before "), Buffer.from(form), Buffer.from(" after")]);
    expect([...new Scanner(["1:else", secret]).find(around).keys()]).toEqual([secret]);
  });

  test("and nothing else is taken for it", () => {
    const other = randomBytes(1 << 20);
    for (const each of [other, other.toString("base64"), other.toString("hex"), "8:", "secretKey"])
      expect(new Scanner([secret]).find(each).size).toBe(0);
  });
});
