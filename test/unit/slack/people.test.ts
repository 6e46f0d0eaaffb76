import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../../src/domain/secret.ts";
import { personId } from "../../../src/domain/values.ts";
import { slackClients } from "../../../src/slack/connection/clients.ts";
import { slackDirectory } from "../../../src/slack/people.ts";
import type { Directory } from "../../../src/usecases/ports.ts";
import { manifestText, personNamed } from "../../support/context.ts";
import { startTestSlack, type TestSlack } from "../../support/local-slack.ts";

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const directoryAt = (apiUrl: string, botToken = "xoxb-1"): Directory =>
  slackDirectory(
    slackClients(
      { botToken: new Secret(botToken), apiUrl, mode: { kind: "socket", appToken: new Secret("xapp-1") } },
      log,
    ),
  );

describe("people, as Slack describes them", () => {
  let slack: TestSlack;
  let directory: Directory;
  beforeAll(async () => {
    slack = await startTestSlack({ manifest: manifestText(), rateLimits: false });
    directory = directoryAt(slack.apiUrl, slack.app.botToken);
  });
  afterAll(async () => slack.close());

  it("are members with their own zone and language", async () => {
    expect(await directory.readPerson(personNamed("ada"))).toMatchObject({
      id: personNamed("ada"),
      kind: "member",
      timeZone: "Europe/Berlin",
      locale: "en-US",
    });
  });

  it.each([
    ["gus", "guest"],
    ["dora", "deactivated"],
    ["sam", "stranger"],
  ])("%s is a %s", async (name, kind) => {
    expect((await directory.readPerson(personNamed(name)))?.kind).toBe(kind);
  });

  it("are a bot where they are one, and nobody where Slack knows nobody", async () => {
    expect((await directory.readPerson(personId.parse(slack.app.botUserId)))?.kind).toBe("bot");
    expect(await directory.readPerson(personId.parse("U0NOBODY"))).toBeUndefined();
  });

  it("belong to groups; a group that is gone has no list", async () => {
    expect(await directory.readMembers("S0SECURITY1")).toEqual(["chiara", "dmitri", "emi"].map(personNamed));
    expect(await directory.readMembers("S0NOWHERE1")).toBeUndefined();
  });

  it("are not guessed at when Slack does not answer", async () => {
    slack.setFaults({ rules: [{ fault: "http_500", method: "users.info", times: 2 }], away: [] });
    await expect(directory.readPerson(personNamed("ada"))).rejects.toMatchObject({
      code: "slack-unreachable",
    });
    slack.setFaults({
      rules: [{ fault: "http_429", method: "usergroups.users.list", times: 2, seconds: 30 }],
      away: [],
    });
    await expect(directory.readMembers("S0SECURITY1")).rejects.toMatchObject({ code: "slack-unreachable" });
    slack.setFaults({ rules: [], away: [] });
  });
});

describe("what Slack says of an account", () => {
  let server: Server;
  let directory: Directory;
  let user: object;
  let tenant: object;
  /** Instead of the usual ones. */
  let answers: Record<string, object>;
  beforeEach(async () => {
    user = {};
    answers = {};
    tenant = { team_id: "T1", enterprise_id: "E1" };
    server = createServer((request, response) => {
      const usual: Record<string, object> = {
        "/auth.test": { ok: true, user_id: "UBOT", ...tenant },
        "/users.info": { ok: true, user },
        "/usergroups.users.list": { ok: false, error: "plan_upgrade_required" },
      };
      response.setHeader("content-type", "application/json");
      const url = request.url ?? "";
      response.end(JSON.stringify(answers[url] ?? usual[url] ?? { ok: false, error: "unknown_method" }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    directory = directoryAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });
  afterEach(() => void server.close());

  it("is nothing where it is no answer of Slack's, and no tenant is made of such a one", async () => {
    const away = { code: "slack-unreachable" };
    answers["/auth.test"] = { ok: true };
    await expect(directory.readPerson(personId.parse("W1"))).rejects.toMatchObject(away);
    delete answers["/auth.test"];
    expect((await directory.readPerson(personId.parse("W1")))?.kind).toBe("stranger");
    for (const none of [{ ok: true }, {}, []]) {
      for (const path of ["/users.info", "/usergroups.users.list"]) answers[path] = none;
      await expect(directory.readPerson(personId.parse("W1"))).rejects.toMatchObject(away);
      await expect(directory.readMembers("S1")).rejects.toMatchObject(away);
    }
  });

  const ours = { team_id: "T1" };
  it.each([
    ["a member", ours, "member"],
    ["a single-channel guest", { ...ours, is_restricted: true, is_ultra_restricted: true }, "guest"],
    ["a multi-channel guest", { ...ours, is_restricted: true }, "guest"],
    ["somebody who has not joined yet", { ...ours, is_invited_user: true }, "deactivated"],
    ["a deactivated guest", { ...ours, is_restricted: true, deleted: true }, "deactivated"],
    ["a bot", { ...ours, is_bot: true }, "bot"],
    ["a stranger", { ...ours, is_stranger: true }, "stranger"],
    [
      "somebody of Slack Connect who shares a channel, so is no stranger to Slack",
      { team_id: "T2" },
      "stranger",
    ],
    ["somebody without a team", {}, "stranger"],
    [
      "a Grid member of our workspace",
      { team_id: "T2", enterprise_user: { enterprise_id: "E1", teams: ["T2", "T1"] } },
      "member",
    ],
    [
      "a Grid member of another workspace",
      { team_id: "T2", enterprise_user: { enterprise_id: "E1", teams: ["T2"] } },
      "stranger",
    ],
    [
      "a member of another Grid that names our workspace",
      { team_id: "T2", enterprise_user: { enterprise_id: "E2", teams: ["T1"] } },
      "stranger",
    ],
  ])("makes %s what they are", async (_, said, kind) => {
    user = said;
    expect((await directory.readPerson(personId.parse("W1")))?.kind).toBe(kind);
  });

  it("makes Slackbot a bot, although Slack does not call it one", async () => {
    user = { ...ours, is_bot: false };
    expect((await directory.readPerson(personId.parse("USLACKBOT")))?.kind).toBe("bot");
  });

  it("gives one of the manager's two languages, and a zone in any case", async () => {
    user = { ...ours, locale: "ja-JP", real_name: "Emi" };
    expect(await directory.readPerson(personId.parse("U1"))).toMatchObject({
      locale: "ja-JP",
      timeZone: "UTC",
      name: "Emi",
    });
    user = { ...ours, locale: "de-DE", tz: "Europe/Zurich", profile: { display_name: "d" } };
    expect(await directory.readPerson(personId.parse("U1"))).toMatchObject({
      locale: "en-US",
      timeZone: "Europe/Zurich",
      name: "d",
    });
  });

  it.each([["Mars/Olympus"], [""], [undefined]])(
    "%j as a zone, which nobody can reckon in, is UTC",
    async (tz) => {
      user = { ...ours, tz };
      expect(await directory.readPerson(personId.parse("U1"))).toMatchObject({ timeZone: "UTC" });
    },
  );

  it("has no groups on a plan without them", async () => {
    expect(await directory.readMembers("S1")).toBeUndefined();
  });
});
