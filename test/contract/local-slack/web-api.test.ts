import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseManifest } from "../../../src/local-slack/manifest.ts";
import { startTestSlack, TestClock, type TestSlack } from "../../support/local-slack.ts";
import { manifestOf, section } from "./bolt.ts";

type Answer = Record<string, unknown> & { ok: boolean; error?: string };

const scopes = [
  "chat:write",
  "im:write",
  "users:read",
  "usergroups:read",
  "channels:read",
  "channels:history",
  "channels:join",
  "channels:manage",
  "im:history",
  "team:read",
];

describe("the Web API", () => {
  let slack: TestSlack;
  beforeAll(async () => {
    slack = await startTestSlack({ manifest: manifestOf({ scopes }) });
  });
  afterAll(() => slack.close());

  const raw = (method: string, init: RequestInit = {}): Promise<Response> =>
    fetch(slack.apiUrl + method, { method: "POST", ...init });

  const api = async (method: string, args: Record<string, unknown> = {}, token = slack.app.botToken) => {
    const response = await raw(method, {
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify(args),
    });
    return (await response.json()) as Answer;
  };

  describe("on the wire (section 4)", () => {
    it("takes JSON, a form with nested JSON, multipart and a query, with the token in header or argument", async () => {
      const { botToken: token } = slack.app;
      const blocks = JSON.stringify([section("nested")]);
      await api("conversations.join", { channel: "C0GENERAL01" });
      const form = new URLSearchParams({ channel: "C0GENERAL01", blocks, token });
      const parts = new FormData();
      for (const [key, value] of form) parts.append(key, value);
      for (const body of [form, parts]) {
        const answer = (await (await raw("chat.postMessage", { body })).json()) as Answer;
        expect(answer).toMatchObject({ ok: true, message: { blocks: [{ text: { text: "nested" } }] } });
      }
      const query = await fetch(`${slack.apiUrl}auth.test?token=${token}`);
      expect(await query.json()).toMatchObject({ ok: true, user_id: slack.app.botUserId });
    });

    it("answers 200 to what it refuses, and says what scopes there are", async () => {
      const response = await raw("chat.postMessage", {
        headers: { authorization: `Bearer ${slack.app.botToken}` },
        body: new URLSearchParams({ channel: "C0NOWHERE01" }),
      });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ ok: false, error: "channel_not_found" });
      expect(response.headers.get("x-oauth-scopes")).toBe(scopes.join(","));
      expect(response.headers.get("x-accepted-oauth-scopes")).toBe("chat:write");
    });

    it.each([
      ["an unknown method", "chat.shout", undefined, "unknown_method"],
      ["no token", "auth.test", "", "not_authed"],
      ["a wrong token", "auth.test", "xoxb-wrong", "invalid_auth"],
    ])("refuses %s", async (_name, method, token, error) => {
      expect(await api(method, {}, token)).toMatchObject({ ok: false, error });
    });

    it("keeps the two kinds of token apart", async () => {
      expect(await api("auth.test", {}, slack.app.appToken)).toMatchObject({
        error: "not_allowed_token_type",
      });
      expect(await api("apps.connections.open")).toMatchObject({ error: "not_allowed_token_type" });
    });

    it("says which scope is missing", async () => {
      const bare = slack.install({
        manifest: parsed({ name: "Bare", scopes: ["commands"] }),
      });
      expect(await api("users.info", { user: "U0ADA000001" }, bare.botToken)).toEqual({
        ok: false,
        error: "missing_scope",
        needed: "users:read",
        provided: "commands",
      });
      expect(await api("conversations.info", { channel: "C0GENERAL01" }, bare.botToken)).toMatchObject({
        error: "missing_scope",
      });
    });

    it.each([
      ["JSON that is none", "application/json", "{", "invalid_json"],
      ["JSON that is no object", "application/json", "[1]", "json_not_object"],
      ["a multipart form cut short", "multipart/form-data; boundary=x", "--x", "invalid_form_data"],
      ["a type of its own", "application/xml", "<a/>", "invalid_post_type"],
    ])("answers 200 to %s", async (_name, contentType, body, error) => {
      const response = await raw("auth.test", { headers: { "content-type": contentType }, body });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ ok: false, error });
    });

    it("answers 413 to more than four megabytes", async () => {
      const body = new URLSearchParams({ text: "x".repeat(4 * 1024 * 1024) });
      expect((await raw("chat.postMessage", { body })).status).toBe(413);
    });

    it("calls its own failure internal_error, and says no more", async () => {
      await api("conversations.join", { channel: "C0GENERAL01" });
      const depth = 3000;
      const blocks = `${'[{"type":"container","child_blocks":'.repeat(depth)}[]${"}]".repeat(depth)}`;
      const answer = await api("chat.postMessage", { channel: "C0GENERAL01", blocks });
      expect(answer).toEqual({ ok: false, error: "internal_error" });
    });
  });

  describe("chat", () => {
    it("posts, updates, links and deletes the app's own messages only (R38)", async () => {
      const channel = "C0GENERAL01";
      await api("conversations.join", { channel });
      const posted = await api("chat.postMessage", { channel, text: "one", blocks: [section("one")] });
      expect(posted).toMatchObject({ ok: true, channel, message: { text: "one", app_id: slack.app.appId } });
      const ts = posted["ts"];
      expect(await api("chat.update", { channel, ts, text: "two" })).toMatchObject({
        message: { text: "two", blocks: [] },
      });
      expect(await api("chat.getPermalink", { channel, message_ts: ts })).toMatchObject({
        permalink: `https://acme.slack.com/archives/${channel}/p${String(ts).replace(".", "")}`,
      });
      const ada = await slack.as("ada");
      await ada.say("#general", "mine");
      const { ts: hers } = await ada.message("mine");
      expect(await api("chat.update", { channel, ts: hers, text: "x" })).toMatchObject({
        error: "cant_update_message",
      });
      expect(await api("chat.delete", { channel, ts: hers })).toMatchObject({ error: "cant_delete_message" });
      expect(await api("chat.delete", { channel, ts })).toMatchObject({ ok: true });
      expect(await api("chat.update", { channel, ts, text: "x" })).toMatchObject({
        error: "message_not_found",
      });
    });

    it("needs membership, text or blocks, an existing thread, and a channel that is not archived", async () => {
      expect(await api("chat.postMessage", { channel: "C0INCIDENTS", text: "x" })).toMatchObject({
        error: "not_in_channel",
      });
      await api("conversations.join", { channel: "C0GENERAL01" });
      expect(await api("chat.postMessage", { channel: "C0GENERAL01" })).toMatchObject({ error: "no_text" });
      expect(
        await api("chat.postMessage", { channel: "C0GENERAL01", text: "x", thread_ts: "1.2" }),
      ).toMatchObject({
        error: "thread_not_found",
      });
      const made = await slack.admin("POST", "channels", { name: "old", members: [slack.app.botUserId] });
      const { id } = made["channel"] as { id: string };
      await slack.admin("PATCH", `channels/${id}`, { archived: true });
      expect(await api("chat.postMessage", { channel: id, text: "x" })).toMatchObject({
        error: "is_archived",
      });
    });

    it("posts to a channel's name and to a person's id, and takes neither anywhere else", async () => {
      await api("conversations.join", { channel: "C0GENERAL01" });
      const named = await api("chat.postMessage", { channel: "#general", text: "one" });
      expect(named).toMatchObject({ ok: true, channel: "C0GENERAL01" });
      const direct = await api("chat.postMessage", { channel: "U0ADA000001", text: "two" });
      expect(direct).toMatchObject({ ok: true, channel: expect.stringMatching(/^D/) });
      for (const channel of ["#general", "U0ADA000001"])
        for (const { ts } of [named, direct])
          expect(await api("chat.update", { channel, ts, text: "x" })).toMatchObject({
            error: "channel_not_found",
          });
      const own = { channel: slack.app.botUserId, text: "to itself" };
      expect(await api("chat.postMessage", own)).toMatchObject({ error: "channel_not_found" });
    });

    it("tells what is wrong with blocks by JSON pointer (2.5)", async () => {
      await api("conversations.join", { channel: "C0GENERAL01" });
      const header = { type: "header", text: { type: "plain_text", text: "x".repeat(151) } };
      expect(await api("chat.postMessage", { channel: "C0GENERAL01", blocks: [header] })).toEqual({
        ok: false,
        error: "invalid_blocks",
        response_metadata: {
          messages: ["[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"],
        },
      });
      expect(await api("chat.postMessage", { channel: "C0GENERAL01", blocks: "[" })).toMatchObject({
        error: "invalid_blocks_format",
      });
    });

    it("takes a hundred attachments and no more (2.5)", async () => {
      await api("conversations.join", { channel: "C0GENERAL01" });
      const post = (count: number) =>
        api("chat.postMessage", {
          channel: "C0GENERAL01",
          attachments: Array.from({ length: count }, () => ({ text: "x" })),
        });
      expect(await post(100)).toMatchObject({ ok: true });
      expect(await post(101)).toMatchObject({ error: "too_many_attachments" });
    });

    it("cuts text at 40,000 characters", async () => {
      await api("conversations.join", { channel: "C0GENERAL01" });
      const { message } = await api("chat.postMessage", { channel: "C0GENERAL01", text: "é".repeat(40_001) });
      expect((message as { text: string }).text).toHaveLength(40_000);
    });

    it("shows an ephemeral to the sessions open now, and to none after a reload (R33)", async () => {
      const channel = "C0GENERAL01";
      await api("conversations.join", { channel });
      const ada = await slack.as("ada");
      const second = await slack.as("ada");
      const ben = await slack.as("ben");
      const answer = await api("chat.postEphemeral", { channel, user: ada.user, text: "psst" });
      expect(answer).toEqual({ ok: true, message_ts: expect.any(String) });
      expect((await ada.ephemerals()).map(({ text }) => text)).toEqual(["psst"]);
      expect(await second.ephemerals()).toHaveLength(1);
      expect(await ben.ephemerals()).toEqual([]);
      expect(await (await ada.reload()).ephemerals()).toEqual([]);
      const { messages } = await api("conversations.history", { channel, limit: 1000 });
      expect(JSON.stringify(messages)).not.toContain("psst");
      const ts = answer["message_ts"];
      expect(await api("chat.update", { channel, ts, text: "x" })).toMatchObject({
        error: "message_not_found",
      });
    });

    it("answers ok for an ephemeral to somebody who is away or has no client open (R33)", async () => {
      const channel = "C0GENERAL01";
      await api("conversations.join", { channel });
      const chiara = await slack.as("chiara");
      await chiara.setFaults({ away: [chiara.user] });
      expect(await api("chat.postEphemeral", { channel, user: chiara.user, text: "x" })).toMatchObject({
        ok: true,
      });
      expect(await chiara.ephemerals()).toEqual([]);
      await chiara.setFaults({});
      expect(await api("chat.postEphemeral", { channel, user: "U0GRACE0001", text: "x" })).toMatchObject({
        ok: true,
      });
      expect(await (await slack.as("grace")).ephemerals()).toEqual([]);
      expect(await api("chat.postEphemeral", { channel, user: "U0SAM000001", text: "x" })).toMatchObject({
        error: "user_not_in_channel",
      });
    });
  });

  describe("conversations", () => {
    it("opens one direct message a person, with the same id each time (R37)", async () => {
      const first = await api("conversations.open", { users: "U0ADA000001" });
      const again = await api("conversations.open", { users: "U0ADA000001", return_im: true });
      expect(again).toMatchObject({ already_open: true, channel: { is_im: true, user: "U0ADA000001" } });
      expect((again["channel"] as { id: string }).id).toBe((first["channel"] as { id: string }).id);
    });

    it.each([
      [{}, "users_list_not_supplied"],
      [{ users: "U0NOBODY001" }, "user_not_found"],
      [{ users: "U0DORA00001" }, "user_disabled"],
      [{ users: "U0SAM000001" }, "user_not_visible"],
    ])("refuses to open %o", async (args, error) => {
      expect(await api("conversations.open", args)).toMatchObject({ ok: false, error });
    });

    it("does not see another app's direct messages, nor private channels (R35)", async () => {
      const other = slack.install({ manifest: parsed({ name: "Other", scopes }) });
      const { channel } = await api("conversations.open", { users: "U0ADA000001" }, other.botToken);
      const { id } = channel as { id: string };
      expect(await api("chat.postEphemeral", { channel: id, user: "U0ADA000001", text: "x" })).toMatchObject({
        error: "channel_not_found",
      });
      const made = await slack.admin("POST", "channels", {
        name: "secret",
        private: true,
        members: ["U0ADA000001"],
      });
      const hidden = (made["channel"] as { id: string }).id;
      expect(await api("conversations.info", { channel: hidden })).toMatchObject({
        error: "channel_not_found",
      });
      await slack.admin("PATCH", `channels/${hidden}`, { add: [slack.app.botUserId] });
      expect(await api("conversations.info", { channel: hidden })).toMatchObject({
        error: "missing_scope",
        needed: "groups:read",
      });
    });

    it("lists by page, members included", async () => {
      const all = (await api("conversations.list", {}))["channels"] as { id: string }[];
      const ids: string[] = [];
      let cursor: string | undefined = "";
      do {
        const answer = await api("conversations.list", { limit: 2, cursor });
        ids.push(...(answer["channels"] as { id: string }[]).map(({ id }) => id));
        cursor = (answer["response_metadata"] as { next_cursor: string }).next_cursor;
      } while (cursor !== "");
      expect(ids).toEqual(all.map(({ id }) => id));
      expect(await api("conversations.members", { channel: "C0AUDIT0001" })).toMatchObject({
        members: ["U0GRACE0001", "U0CHIARA001"],
      });
    });

    it("gives the history by page, and says whether there is more", async () => {
      const made = await slack.admin("POST", "channels", { name: "pages", members: [slack.app.botUserId] });
      const { id: channel } = made["channel"] as { id: string };
      for (const text of ["one", "two", "three"]) await api("chat.postMessage", { channel, text });
      const first = await api("conversations.history", { channel, limit: 2 });
      expect(first).toMatchObject({ has_more: true, messages: [{ text: "three" }, { text: "two" }] });
      const { next_cursor: cursor } = first["response_metadata"] as { next_cursor: string };
      expect(await api("conversations.history", { channel, limit: 2, cursor })).toMatchObject({
        has_more: false,
        messages: [{ text: "one" }],
      });
      const before = Buffer.from("-5").toString("base64");
      expect(await api("conversations.history", { channel, cursor: before })).toMatchObject({
        error: "invalid_cursor",
      });
    });

    it("gives a thread, its first message first", async () => {
      const made = await slack.admin("POST", "channels", { name: "threads", members: [slack.app.botUserId] });
      const { id: channel } = made["channel"] as { id: string };
      const { ts } = await api("chat.postMessage", { channel, text: "first" });
      await api("chat.postMessage", { channel, text: "beside it" });
      await api("chat.postMessage", { channel, text: "reply", thread_ts: ts });
      expect(await api("conversations.replies", { channel, ts })).toMatchObject({
        has_more: false,
        messages: [{ text: "first" }, { text: "reply", thread_ts: ts }],
      });
      expect(await api("conversations.replies", { channel, ts: "1.2" })).toMatchObject({
        error: "thread_not_found",
      });
    });

    it("joins and invites", async () => {
      const { channel } = await slack.admin("POST", "channels", { name: "team", members: [] });
      const { id } = channel as { id: string };
      expect(await api("conversations.invite", { channel: id, users: "U0ADA000001" })).toMatchObject({
        error: "not_in_channel",
      });
      expect(await api("conversations.join", { channel: id })).toMatchObject({
        channel: { is_member: true },
      });
      expect(await api("conversations.invite", { channel: id, users: "U0ADA000001" })).toMatchObject({
        channel: { num_members: 2 },
      });
      expect(await api("conversations.invite", { channel: id, users: "U0ADA000001" })).toMatchObject({
        error: "already_in_channel",
      });
    });
  });

  describe("people and groups", () => {
    it.each([
      ["U0ADA000001", { deleted: false, is_restricted: false, tz: "Europe/Berlin", team_id: "T0ACME00001" }],
      ["U0GUS000001", { is_restricted: true }],
      ["U0DORA00001", { deleted: true }],
      ["U0SAM000001", { is_stranger: true, team_id: "T0GLOBEX001" }],
    ])("says what %s is (R41)", async (user, expected) => {
      expect(await api("users.info", { user })).toMatchObject({ ok: true, user: expected });
    });

    it("calls somebody who shares a channel no stranger, though of another team (R41)", async () => {
      await slack.admin("PATCH", "channels/C0INCIDENTS", { add: ["U0SAM000001"] });
      expect(await api("users.info", { user: "U0SAM000001" })).toMatchObject({
        user: { is_stranger: false, team_id: "T0GLOBEX001" },
      });
      await slack.admin("PATCH", "channels/C0INCIDENTS", { remove: ["U0SAM000001"] });
    });

    it("finds somebody who works here by address, with its scope", async () => {
      const finder = slack.install({ manifest: parsed({ name: "Finder", scopes: ["users:read.email"] }) });
      const find = (email: string) => api("users.lookupByEmail", { email }, finder.botToken);
      expect(await find("Ada@example.com")).toMatchObject({ user: { id: "U0ADA000001" } });
      for (const gone of ["dora@example.com", "sam@example.com", "nobody@example.com"])
        expect(await find(gone)).toEqual({ ok: false, error: "users_not_found" });
      expect(await api("users.lookupByEmail", { email: "ada@example.com" })).toMatchObject({
        error: "missing_scope",
      });
    });

    it("gives no address without its scope", async () => {
      const { user } = await api("users.info", { user: "U0ADA000001" });
      expect(JSON.stringify(user)).not.toContain("@");
    });

    it("lists groups and who is in them (R42)", async () => {
      const { usergroups } = await api("usergroups.list");
      expect(usergroups).toMatchObject([
        { handle: "security-approvers" },
        { handle: "incident-responders" },
        { handle: "auditors" },
      ]);
      expect(await api("usergroups.users.list", { usergroup: "S0SECURITY1" })).toMatchObject({
        users: ["U0CHIARA001", "U0DMITRI001", "U0EMI000001"],
      });
      expect(await api("usergroups.users.list", { usergroup: "S0NOTHING01" })).toMatchObject({
        error: "no_such_subteam",
      });
      expect(await api("users.info", { user: "U0NOBODY001" })).toMatchObject({ error: "user_not_found" });
    });

    it("tells of the team and of bots", async () => {
      expect(await api("team.info")).toMatchObject({ team: { id: "T0ACME00001", domain: "acme" } });
      const { bot_id: bot } = await api("auth.test");
      expect(await api("bots.info", { bot })).toMatchObject({ bot: { app_id: slack.app.appId } });
    });
  });

  describe("blocks.validate (2.5)", () => {
    it("passes what is fine and names what is not", async () => {
      expect(await api("blocks.validate", { blocks: [section("x")] })).toEqual({ ok: true });
      expect(await api("blocks.validate", { blocks: [{ type: "section" }] })).toMatchObject({
        error: "invalid_blocks",
        errors: [{ pointer: "/blocks/0", code: "failed_constraint" }],
      });
      expect(await api("blocks.validate", { view: { type: "modal", blocks: [] } })).toMatchObject({
        error: "invalid_view",
      });
      expect(await api("blocks.validate", { message: { blocks: [{}] } })).toMatchObject({
        error: "invalid_message",
      });
      expect(await api("blocks.validate", { blocks: [], view: {} })).toMatchObject({
        error: "invalid_arguments",
      });
    });
  });
});

describe("limits of calls a minute (2.8)", () => {
  it("answer 429 with Retry-After, for that method alone, until the time has passed", async () => {
    const clock = new TestClock();
    await using slack = await startTestSlack({ manifest: manifestOf({ scopes }), clock });
    const post = (method: string, args: Record<string, string>): Promise<Response> =>
      fetch(slack.apiUrl + method, {
        method: "POST",
        headers: { authorization: `Bearer ${slack.app.botToken}` },
        body: new URLSearchParams(args),
      });
    await post("conversations.join", { channel: "C0GENERAL01" });
    const send = () => post("chat.postMessage", { channel: "C0GENERAL01", text: "x" });
    for (let burst = 0; burst < 20; burst += 1) expect((await send()).status).toBe(200);
    const refused = await send();
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect((await post("auth.test", {})).status).toBe(200);
    clock.advance(1000);
    expect((await send()).status).toBe(200);
    expect((await send()).status).toBe(429);
  });

  it("can be switched off", async () => {
    await using slack = await startTestSlack({
      manifest: manifestOf({ scopes }),
      rateLimits: false,
      clock: new TestClock(),
    });
    for (let call = 0; call < 120; call += 1) {
      const response = await fetch(`${slack.apiUrl}usergroups.list?token=${slack.app.botToken}`);
      expect(response.status).toBe(200);
    }
  });
});

function parsed({ name, scopes: given }: { name: string; scopes: string[] }) {
  const manifest = parseManifest(manifestOf({ scopes: given }));
  return { ...manifest, display_information: { name } };
}
