import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type KeyId, MINUTE, SECOND } from "../../src/domain/values.ts";
import { eventsOf, trail } from "../support/audit.ts";
import {
  answerTo,
  approve,
  askFor,
  cardOf,
  claimMessage,
  requestNamed,
  requestsMade,
  showSecret,
  statusWith,
  textOf,
  trailIsWhole,
  until,
} from "../support/conversation.ts";
import { aWorkingKey, managed, type } from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

type Caught = { headers: IncomingHttpHeaders; body: string };

/** Somebody on the way between Slack and the program, who keeps what is delivered. */
async function eavesdropper(to: string): Promise<AsyncDisposable & { url: string; caught: Caught[] }> {
  const caught: Caught[] = [];
  const passOn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const one = { headers: request.headers, body: await text(request) };
    caught.push(one);
    const answer = await send(to, one);
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" });
    response.end(await answer.text());
  };
  const server = createServer((request, response) => void passOn(request, response));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/slack/events`,
    caught,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

/** Delivers what was caught again, byte by byte, under the same signature. */
async function send(to: string, { headers, body }: Caught): Promise<Response> {
  const kept = ["content-type", "x-slack-request-timestamp", "x-slack-signature"].flatMap((name) => {
    const value = headers[name];
    return typeof value === "string" ? [[name, value] as [string, string]] : [];
  });
  return fetch(to, { method: "POST", headers: kept, body });
}

/** The same payload, signed by Slack's own secret for another moment. */
function stamped(program: Program, { body }: Caught, at: number): Caught {
  const timestamp = String(Math.floor(at / 1000));
  const mac = createHmac("sha256", program.slack.app.signingSecret).update(`v0:${timestamp}:${body}`);
  return {
    body,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": `v0=${mac.digest("hex")}`,
    },
  };
}

describe("over HTTP", () => {
  let program: Program;
  let between: Awaited<ReturnType<typeof eavesdropper>>;
  let ada: Client;
  let chiara: Client;

  beforeAll(async () => {
    program = await startProgram({ mode: "http" });
    between = await eavesdropper(program.deliveryUrl);
    await program.slack.deliverTo(program.slack.app.appId, between.url);
    [ada, chiara] = await Promise.all([program.slack.as("ada"), program.slack.as("chiara")]);
  });
  afterAll(async () => {
    await trailIsWhole(program.context.store);
    await program[Symbol.asyncDispose]();
    await between[Symbol.asyncDispose]();
  });

  const refusedRequests = () => program.logged().split("a signed request was refused").length - 1;
  const approvalsOf = async (name: string) => (await requestNamed(program, name)).value.approvals.length;

  test("a signed approval that is sent again counts once, and nothing at all comes of the second", async () => {
    await askFor(program, ada, { name: "replayed", role: "Full Access" });
    await approve(program, chiara, "replayed");
    const click = between.caught.findLast(({ body }) => body.includes("decide.approve"))!;
    const events = (await trail(program.context.store)).length;
    const before = refusedRequests();
    expect((await send(program.deliveryUrl, click)).status).toBe(200);
    await until(async () => refusedRequests() === before + 1);
    expect(await approvalsOf("replayed")).toBe(1);
    expect(await trail(program.context.store)).toHaveLength(events);
    expect(await chiara.ephemerals()).toEqual([]);
  });

  test.each<[string, (caught: { signature: string; timestamp: string }) => Record<string, string>]>([
    ["something behind its signature", ({ signature }) => ({ "x-slack-signature": `${signature}=x` })],
    ["nothing behind another sign", ({ signature }) => ({ "x-slack-signature": `${signature}=` })],
    ["its signature twice", ({ signature }) => ({ "x-slack-signature": `${signature}=, ${signature}` })],
    ["its signature in capitals", ({ signature }) => ({ "x-slack-signature": signature.toUpperCase() })],
    ["another version", ({ signature }) => ({ "x-slack-signature": signature.replace("v0", "v1") })],
    ["a sign before its moment", ({ timestamp }) => ({ "x-slack-request-timestamp": `+${timestamp}` })],
    ["a nought before its moment", ({ timestamp }) => ({ "x-slack-request-timestamp": `0${timestamp}` })],
    ["a fraction of its moment", ({ timestamp }) => ({ "x-slack-request-timestamp": `${timestamp}.0` })],
    ["its moment as a power", ({ timestamp }) => ({ "x-slack-request-timestamp": `${timestamp}e0` })],
  ])("a signed approval that is sent again with %s counts once all the same", async (_, alter) => {
    const click = between.caught.findLast(({ body }) => body.includes("decide.approve"))!;
    const [signature, timestamp] = ["x-slack-signature", "x-slack-request-timestamp"].map((name) =>
      String(click.headers[name]),
    );
    const altered = { ...click.headers, ...alter({ signature: signature!, timestamp: timestamp! }) };
    const events = (await trail(program.context.store)).length;
    const before = refusedRequests();
    const { status } = await send(program.deliveryUrl, { ...click, headers: altered });
    // Bolt turns some of them away itself.
    if (status !== 401) await until(async () => refusedRequests() === before + 1);
    expect(await approvalsOf("replayed")).toBe(1);
    expect(await trail(program.context.store)).toHaveLength(events);
    expect(await chiara.ephemerals()).toEqual([]);
  });

  test("what is signed in another way than Slack's is refused the first time too", async () => {
    const { body } = between.caught.findLast((each) => each.body.includes("decide.approve"))!;
    // Another moment, so that nothing of it was seen before.
    const fresh = stamped(program, { headers: {}, body }, program.clock.now() - 5000);
    const signature = `${String(fresh.headers["x-slack-signature"])}=x`;
    const before = refusedRequests();
    await send(program.deliveryUrl, { body, headers: { ...fresh.headers, "x-slack-signature": signature } });
    await until(async () => refusedRequests() === before + 1);
  });

  test("a signed submission that is sent again makes no second request", async () => {
    await askFor(program, ada, { name: "resubmitted" });
    const submission = between.caught.findLast(({ body }) => body.includes("resubmitted"))!;
    const before = refusedRequests();
    await send(program.deliveryUrl, submission);
    await until(async () => refusedRequests() === before + 1);
    expect(await requestsMade(program, "resubmitted")).toBe(1);
  });

  test("a request stamped in the future is refused, though its signature is right", async () => {
    await askFor(program, ada, { name: "future", role: "Full Access" });
    const click = between.caught.findLast(({ body }) => body.includes("decide.approve"))!;
    const { id } = (await requestNamed(program, "future")).value;
    const earlier = (await requestNamed(program, "replayed")).value.id;
    const forFuture = { ...click, body: click.body.replaceAll(earlier, id) };
    const before = refusedRequests();
    await send(program.deliveryUrl, stamped(program, forFuture, program.clock.now() + 60 * MINUTE));
    await until(async () => refusedRequests() === before + 1);
    expect(await approvalsOf("future")).toBe(0);
    // The very same payload with the present moment on it is one that Slack could have sent.
    await send(program.deliveryUrl, stamped(program, forFuture, program.clock.now()));
    await until(async () => (await approvalsOf("future")) === 1);
  });

  test("a request that is old, or not signed by Slack, is turned away", async () => {
    const [some] = between.caught.filter(({ body }) => body.startsWith("payload="));
    // Bolt reckons with the machine's own clock, which the test has not moved.
    const old = stamped(program, some!, Date.now() - 10 * MINUTE);
    expect((await send(program.deliveryUrl, old)).status).toBe(401);
    const forged = { ...old.headers, "x-slack-signature": `v0=${"0".repeat(64)}` };
    expect((await send(program.deliveryUrl, { ...some!, headers: forged })).status).toBe(401);
  });

  describe("a line", () => {
    let key: KeyId;
    beforeAll(async () => {
      key = (await aWorkingKey(program, ada, "ci-lines")).id;
    });

    const line = async (text: string): Promise<Caught> => {
      expect(await type(ada, text)).toMatch(/is made|is locked|as it was before/);
      return between.caught.findLast(({ body }) => new URLSearchParams(body).has("command"))!;
    };
    /** Delivered once more by Slack, which signs anew. */
    const again = async (caught: Caught, after: number): Promise<string> => {
      program.clock.advance(after);
      return answerTo(ada, async () =>
        send(program.deliveryUrl, stamped(program, caught, program.clock.now())),
      );
    };
    /** As if it had been typed just now, and had taken so long on its way. */
    const late = async ({ body }: Caught, took: number): Promise<string> => {
      const form = new URLSearchParams(body);
      form.set("trigger_id", `${form.get("trigger_id")}f`);
      const sent = stamped(program, { body: form.toString(), headers: {} }, program.clock.now() - took);
      return answerTo(ada, async () => send(program.deliveryUrl, sent));
    };
    const isActive = async () => (await managed(program, "ci-lines")).active;

    test("that is delivered again asks for nothing more, and is answered the same", async () => {
      const extend = await line("extend ci-lines for 200 days because the audit takes longer");
      expect(await again(extend, 5 * SECOND)).toContain("is made");
      expect(await again(extend, 10 * MINUTE)).toContain("is made");
      expect(await program.context.store.requestsAbout(key)).toHaveLength(1);
    });

    test("that is delivered again does nothing once more, whatever has happened since", async () => {
      await line("lock ci-lines because a break");
      const unlock = await line("unlock ci-lines");
      expect(await isActive()).toBe(true);
      const lock = await line("lock ci-lines because odd calls");
      expect(await again(unlock, 5 * SECOND)).toContain("This reached me twice");
      expect(await isActive()).toBe(false);
      await line("unlock ci-lines");
      expect(await again(lock, 5 * SECOND)).toContain("This reached me twice");
      expect(await isActive()).toBe(true);
    });

    test("that reaches us more than half a minute late does nothing, and one that is not so late does", async () => {
      await line("lock ci-lines because a break");
      const unlock = await line("unlock ci-lines");
      await line("lock ci-lines because odd calls");
      expect(await late(unlock, 32 * SECOND)).toContain("That reached me too late");
      expect(await isActive()).toBe(false);
      expect(await late(unlock, 20 * SECOND)).toContain("as it was before it was locked");
      expect(await isActive()).toBe(true);

      const extend = await line("extend ci-lines for 250 days because the audit takes longer");
      const asked = await program.context.store.requestsAbout(key);
      expect(await late(extend, 32 * SECOND)).toContain("That reached me too late");
      expect(await program.context.store.requestsAbout(key)).toEqual(asked);
    });
  });

  test("a form that reaches us more than half a minute late asks for nothing", async () => {
    await askFor(program, ada, { name: "form-in-time" });
    const { id } = (await requestNamed(program, "form-in-time")).value;
    const { body } = between.caught.findLast((each) => each.body.includes("form-in-time"))!;
    const other = body.replaceAll(id, program.context.newId()).replaceAll("form-in-time", "form-late");
    const told = await send(
      program.deliveryUrl,
      stamped(program, { body: other, headers: {} }, program.clock.now() - 32 * SECOND),
    );
    expect(await told.text()).toContain("That reached me too late");
    expect(await requestsMade(program, "form-late")).toBe(0);
    await send(program.deliveryUrl, stamped(program, { body: other, headers: {} }, program.clock.now()));
    expect(await requestsMade(program, "form-late")).toBe(1);
  });

  test("what is not ours to answer is answered all the same: an unknown word, at once", async () => {
    const words = await answerTo(ada, async () => ada.command("/apikey whatever"));
    expect(words).toContain("I do not know whatever.");
  });
});

describe("over a socket", () => {
  let program: Program;
  beforeAll(async () => {
    program = await startProgram();
  });
  beforeEach(() => program.clock.advance(10 * MINUTE));
  afterAll(async () => {
    await trailIsWhole(program.context.store);
    await program[Symbol.asyncDispose]();
  });

  test("a line that is delivered twice at once is one", async () => {
    const ada = await program.slack.as("ada");
    const { id } = await aWorkingKey(program, ada, "ci-twice");
    const twice = async (line: string): Promise<string[]> => {
      const rule = { fault: "deliver_twice", method: "slash_commands", times: 1 } as const;
      program.slack.setFaults({ rules: [rule], away: [] });
      const before = new Set((await ada.ephemerals()).map(({ ts }) => ts));
      await ada.command(`/apikey ${line}`);
      return ada.waitFor(({ conversations }) => {
        const shown = conversations.flatMap(({ messages }) => messages);
        const answers = shown.filter(({ ephemeral, ts }) => ephemeral && !before.has(ts));
        return answers.length < 2 ? undefined : answers.map(textOf);
      });
    };
    const asked = await twice("extend ci-twice for 200 days because the audit takes longer");
    for (const each of asked) expect(each).toContain("is made");
    expect(await program.context.store.requestsAbout(id)).toHaveLength(1);

    const locked = (await twice("lock ci-twice because a break")).toSorted();
    expect(locked[0]).toContain("This reached me twice");
    expect(locked[1]).toContain("ci-twice is locked.");
    const events = await eventsOf(program.context.store, `key:${id}`);
    expect(events.filter((event) => event === "key.locked")).toHaveLength(1);
  });

  test.each([
    ["is cut", { fault: "socket_close" as const }],
    ["is recycled by Slack", { fault: "socket_disconnect" as const, reason: "refresh_requested" as const }],
  ])("the main job goes on when the connection %s in the middle of it", async (how, rule) => {
    const name = `socket-${how.length}`;
    const ada = await program.slack.as("ada");
    await askFor(program, ada, { name });
    const chiara = await program.slack.as("chiara");
    const card = await cardOf(chiara, name);
    program.slack.setFaults({ rules: [{ ...rule, times: 1 }], away: [] });
    // As people do: press again for as long as Slack says that the app did not answer.
    await until(async () => (await chiara.click(card, "decide.approve")).ok);
    // It is acknowledged before it is carried out, and a minute later it would be late.
    await until(async () => (await requestNamed(program, name)).value.state === "approved");
    program.clock.advance(MINUTE);
    const { secret } = await showSecret(program, ada, name);
    await claimMessage(ada, name, "The key is active since");
    expect(await statusWith(program, secret)).toBe(200);
  });
});
