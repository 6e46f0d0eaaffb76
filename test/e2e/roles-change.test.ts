import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Secret } from "../../src/domain/secret.ts";
import { Fault } from "../../src/domain/fault.ts";
import { draftOf } from "../../src/domain/role-diff.ts";
import { requestId } from "../../src/domain/values.ts";
import type { Role } from "../../src/domain/wants.ts";
import type { OpenView } from "../../src/local-slack/client-protocol.ts";
import { managerClient } from "../../src/manager/client.ts";
import { type ManagerSession, openSession } from "../../src/manager/session.ts";
import { eventsOf } from "../support/audit.ts";
import { personNamed, testPolicy } from "../support/context.ts";
import {
  breakableManager,
  inTime,
  letCardsBeDrawn,
  messageWith,
  privateAnswer,
  refusalsOf,
  requestNamed,
  textOf,
  trailIsWhole,
  until,
} from "../support/conversation.ts";
import { ADMIN_PASSWORD } from "../support/embedded-manager.ts";
import type { Client, Given } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

const VIEW_COMPUTERS = "platformRights.computerRights.canViewOtherComputers";
const EDIT_KEYS = "platformRights.apikeyRights.canEditApiKeyProperties";
const VIEW_KEYS = "platformRights.apikeyRights.canViewApiKeys";

const { around, broken, mended, real } = breakableManager();
let program: Program;
let admin: ManagerSession;
let ada: Client;
let chiara: Client;
let dmitri: Client;

beforeAll(async () => {
  const rules = [{ name: "anything", needs: [{ group: "security", approvals: 1 }] }];
  program = await startProgram({ around, policy: testPolicy({ rules }) });
  [ada, chiara, dmitri] = await Promise.all([
    program.slack.as("ada"),
    program.slack.as("chiara"),
    program.slack.as("dmitri"),
  ]);
  admin = await openSession({
    url: program.context.manager.url,
    trust: { kind: "system" },
    userName: "MasterAdmin",
    password: new Secret(ADMIN_PASSWORD),
    timeoutMs: 5000,
  });
});
beforeEach(() => program.clock.advance(10 * 60_000));
afterAll(async () => {
  await admin?.close();
  if (program !== undefined) await trailIsWhole(program.context.store);
  await program?.[Symbol.asyncDispose]();
});

const roleNamed = async (name: string): Promise<Role | undefined> =>
  (await real().roles()).find((role) => role.name === name);

/** A role that stands in the manager before anybody asks for anything. */
const given = async (name: string, rights = [VIEW_COMPUTERS]): Promise<Role> =>
  admin.createRole({
    name,
    description: "as it was",
    rights,
    allComputers: false,
    allPolicies: false,
    allowUserInterface: false,
    allowWebService: true,
    onlyEqualOrLesserUsers: false,
    computerIds: [],
    computerGroupIds: [],
    policyIds: [],
  });

/** The window on top, once it has this in it. */
const top = async (client: Client, words: string): Promise<OpenView> =>
  client.waitFor(({ modals }) => {
    const view = modals.at(-1);
    const has = view !== undefined && `${textOf(view)} ${JSON.stringify(view.view.blocks)}`.includes(words);
    return has ? view : undefined;
  });

async function openForm(client: Client, line: string): Promise<OpenView> {
  expect(await client.command(`/apikey roles ${line}`)).toEqual({ ok: true });
  return top(client, '"role.name"');
}

async function rightsNamed(client: Client, form: OpenView, typed: string): Promise<{ value: string }[]> {
  const { option_groups = [] } = await client.options(form, "role.rights", typed);
  return (option_groups as { options: { value: string }[] }[]).flatMap(({ options }) => options);
}

/** From the form to the review. */
async function review(client: Client, filled: Record<string, Given>): Promise<OpenView> {
  expect(await client.submit(filled)).toEqual({ ok: true });
  return top(client, '"role.reason"');
}

/** From the review to the request. */
async function ask(client: Client, name: string): Promise<void> {
  expect(await client.submit({ "role.reason": "the new cluster" })).toEqual({ ok: true });
  await top(client, "is made");
  await client.closeModal();
  await requestNamed(program, name);
}

async function approveOn(client: Client, words: string): Promise<void> {
  const card = await messageWith(client, "#key-approvals", words, "[Approve]");
  letCardsBeDrawn(program);
  expect(await client.click(card, "decide.approve")).toEqual({ ok: true });
}

const stateOf = async (name: string): Promise<string> => (await requestNamed(program, name)).value.state;
const settles = async (name: string, state: string): Promise<void> =>
  until(async () => (await stateOf(name)) === state);

async function refusedIn(client: Client, line: string, words: string): Promise<void> {
  await client.command(`/apikey roles ${line}`);
  await top(client, words);
  await client.closeModal();
}

describe("a new role", () => {
  test("is made as it was put together, once another approver has approved it", async () => {
    const form = await openForm(chiara, "new deployers");
    const found = await rightsNamed(chiara, form, "api key");
    expect(found.map(({ value }) => value)).toContain(VIEW_KEYS);
    const seen = await review(chiara, {
      "role.description": "for the deployers",
      "role.rights": found.filter(({ value }) => value === VIEW_KEYS || value === EDIT_KEYS),
      "role.flags": ["allComputers", "allowWebService"],
      "role.policies": "3, 17",
    });
    expect(textOf(seen)).toContain("May do: ");
    expect(textOf(seen)).toContain("Policies: IDs 3, 17");
    expect(textOf(seen)).toContain("<!subteam^S0SECURITY1>");
    await ask(chiara, "deployers");
    expect(await roleNamed("deployers")).toBeUndefined();
    const card = await messageWith(dmitri, "#key-approvals", "New role: deployers", "[Approve]");
    expect(textOf(card)).toContain("Dangerous: edit API key properties");
    await approveOn(dmitri, "New role: deployers");
    await settles("deployers", "applied");
    expect(await roleNamed("deployers")).toMatchObject({
      description: "for the deployers",
      rights: [EDIT_KEYS, VIEW_KEYS].toSorted(),
      allComputers: true,
      allPolicies: false,
      allowUserInterface: false,
      allowWebService: true,
      onlyEqualOrLesserUsers: false,
      policyIds: [3, 17],
    });
    await messageWith(chiara, "app", "deployers", "carried out");
  });

  test("cannot be approved by whoever asked for it, and is not made when it is denied", async () => {
    await openForm(chiara, "new mine");
    await review(chiara, { "role.name": "mine" });
    await ask(chiara, "mine");
    const card = await messageWith(chiara, "#key-approvals", "New role: mine", "[Approve]");
    const answer = await privateAnswer(chiara, async () => chiara.click(card, "decide.approve"));
    expect(textOf(answer)).toContain("your own request");
    letCardsBeDrawn(program);
    await dmitri.click(await messageWith(dmitri, "#key-approvals", "New role: mine"), "decide.deny");
    await dmitri.modal("Deny a request");
    await dmitri.submit({ "decide.because": "not needed" });
    await settles("mine", "denied");
    expect(await roleNamed("mine")).toBeUndefined();
  });

  test("with a name that is taken comes back with what was typed", async () => {
    await openForm(chiara, "new");
    expect(await chiara.submit({ "role.name": "auditor", "role.description": "kept" })).toEqual({ ok: true });
    const again = await top(chiara, "There is a role with this name already");
    expect(JSON.stringify(again.view.blocks)).toContain('"initial_value":"kept"');
    await chiara.closeModal();
  });

  test.each([
    [
      "a secret in its description",
      { "role.name": "a", "role.description": `1:${"A".repeat(43)}=` },
      "role.description",
    ],
    ["markup in its name", { "role.name": "<!channel>" }, "role.name"],
    ["a number for a name", { "role.name": "17" }, "role.name"],
    ["something else than IDs", { "role.name": "a", "role.computers": "all of them" }, "role.computers"],
  ])("with %s is refused at the field", async (_, filled, field) => {
    await openForm(chiara, "new");
    const answer = await chiara.submit(filled);
    expect(Object.keys(answer.errors ?? {})).toEqual([field]);
    await chiara.closeModal();
  });
});

describe("a new role that was cut off", () => {
  test("between the manager and the program's own record is there once, and counts as made", async () => {
    await openForm(chiara, "new halfway");
    await review(chiara, { "role.policies": "9" });
    await ask(chiara, "halfway");
    broken.createRole = async (draft) => {
      await real().createRole(draft);
      throw new Error("killed here");
    };
    await approveOn(dmitri, "New role: halfway");
    await until(async () => (await roleNamed("halfway")) !== undefined);
    mended();
    await inTime(program, async () => (await stateOf("halfway")) === "applied");
    expect((await real().roles()).filter(({ name }) => name === "halfway")).toHaveLength(1);
  });

  test("from the manager while it was asked for loses nothing that was put together", async () => {
    await openForm(chiara, "new patient");
    broken.roles = async () => Promise.reject(new Fault("manager-unreachable", "GET /roles"));
    expect(await chiara.submit({ "role.description": "still here" })).toEqual({ ok: true });
    const failed = await top(chiara, "Nothing that you put together is lost");
    expect(textOf(failed)).toContain("cannot be reached");
    mended();
    await chiara.click(failed, "role.back");
    const again = await top(chiara, '"role.name"');
    expect(JSON.stringify(again.view.blocks)).toContain('"initial_value":"still here"');
    await chiara.closeModal();
  });

  test("and is sent twice by Slack is asked for once", async () => {
    await openForm(chiara, "new twice");
    await review(chiara, {});
    const rule = { fault: "deliver_twice", method: "view_submission", times: 1 } as const;
    program.slack.setFaults({ rules: [rule], away: [] });
    await ask(chiara, "twice");
    program.slack.setFaults({ rules: [], away: [] });
    const { id } = (await requestNamed(program, "twice")).value;
    expect(await eventsOf(program.context.store, `request:${id}`)).toEqual(["request.made"]);
  });
});

describe("a change to a role", () => {
  test("shows the difference and the keys that it touches, and stands in the manager once approved", async () => {
    const role = await given("editors", [VIEW_COMPUTERS, VIEW_KEYS]);
    const form = await openForm(chiara, "edit editors");
    const chosen = (await rightsNamed(chiara, form, "")).filter(({ value }) =>
      [VIEW_COMPUTERS, EDIT_KEYS].includes(value),
    );
    const seen = textOf(await review(chiara, { "role.rights": chosen, "role.computers": "4 5" }));
    expect(seen).toContain("May do then, but not now: edit API key properties");
    expect(seen).toContain("May do now, but not then: view API keys");
    expect(seen).toContain("Computers: none → IDs 4, 5");
    expect(seen).toContain("Keys with this role: ");
    await ask(chiara, "editors");
    const card = textOf(
      await messageWith(dmitri, "#key-approvals", "Change to a role: editors", "[Approve]"),
    );
    expect(card).toContain("May do now, but not then: view API keys");
    expect(card).toContain("Keys with this role: ");
    await approveOn(dmitri, "Change to a role: editors");
    await settles("editors", "applied");
    expect(await real().role(role.id)).toMatchObject({
      description: "as it was",
      rights: [EDIT_KEYS, VIEW_COMPUTERS].toSorted(),
      computerIds: [4, 5],
    });
  });

  test("is chosen area by area, and nothing is lost on the way", async () => {
    const role = await given("areas");
    const form = await openForm(chiara, "edit areas");
    await chiara.click(form, "role.area", "platformRights.apikeyRights");
    const second = await top(chiara, '"role.rights/platformRights.apikeyRights"');
    const offered = await rightsNamed(chiara, second, "");
    expect(offered).toHaveLength(4);
    await chiara.submit({ "role.rights": offered });
    const seen = await top(chiara, '"role.reason"');
    expect(textOf(seen)).not.toContain("May do now, but not then: view other computers");
    await chiara.click(seen, "role.back");
    const third = await top(chiara, '"role.name"');
    expect(JSON.stringify(third.view.blocks)).toContain(VIEW_COMPUTERS);
    await chiara.submit({});
    await top(chiara, '"role.reason"');
    await ask(chiara, "areas");
    await approveOn(dmitri, "Change to a role: areas");
    await settles("areas", "applied");
    expect((await real().role(role.id))?.rights).toHaveLength(5);
  });

  test("a role with more rights than a list takes is changed without losing any", async () => {
    const all = (await roleNamed("Full Access"))?.rights ?? [];
    expect(all.length).toBeGreaterThan(100);
    const role = await given("nearly-all", all.slice(1));
    await openForm(chiara, "edit nearly-all");
    const seen = await review(chiara, { "role.description": "still nearly all" });
    expect(textOf(seen)).toContain("May do then, but not now: nothing more");
    expect(textOf(seen)).toContain("May do now, but not then: nothing more");
    await ask(chiara, "nearly-all");
    await approveOn(dmitri, "Change to a role: nearly-all");
    await settles("nearly-all", "applied");
    expect(await real().role(role.id)).toMatchObject({
      description: "still nearly all",
      rights: all.slice(1),
    });
  });

  test("that is long opens whole from a button, in the form and on the card", async () => {
    await given("growing");
    const form = await openForm(chiara, "edit growing");
    const rights = (await rightsNamed(chiara, form, "")).slice(0, 60);
    const seen = await review(chiara, { "role.rights": rights });
    await chiara.click(seen, "role.difference");
    const whole = textOf(await top(chiara, "An approval covers all of it"));
    expect(whole.match(/^\+ /gm)?.length).toBeGreaterThan(50);
    await chiara.closeModal();
    await top(chiara, '"role.reason"');
    await ask(chiara, "growing");
    const card = await messageWith(dmitri, "#key-approvals", "Change to a role: growing", "[Approve]");
    await dmitri.click(card, "decide.difference");
    expect(textOf(await top(dmitri, "An approval covers all of it"))).toBe(whole);
    await dmitri.closeModal();
  });

  test("is void when the role is edited in the manager after it was asked for", async () => {
    const role = await given("moving");
    await openForm(chiara, "edit moving");
    await review(chiara, { "role.description": "changed by us" });
    await ask(chiara, "moving");
    await admin.modifyRole(role.id, { ...draftOf(role), description: "changed by others" });
    const card = await messageWith(dmitri, "#key-approvals", "Change to a role: moving", "[Approve]");
    const answer = await privateAnswer(dmitri, async () => dmitri.click(card, "decide.approve"));
    expect(textOf(answer)).toContain("has changed since it was made");
    expect(await stateOf("moving")).toBe("failed");
    expect((await real().role(role.id))?.description).toBe("changed by others");
  });

  test("is not asked for when the role was edited while the form was open", async () => {
    const role = await given("stale");
    await openForm(chiara, "edit stale");
    await admin.modifyRole(role.id, { ...draftOf(role), description: "changed by others" });
    await chiara.submit({ "role.name": "fresh" });
    await top(chiara, "has changed in the manager since you opened it: its description");
    await chiara.closeModal();
  });

  test("that changes nothing is not asked for", async () => {
    await given("same");
    await openForm(chiara, "edit same");
    await chiara.submit({});
    await top(chiara, "This is how it is already");
    await chiara.closeModal();
  });

  test("is carried out once when the program dies between the manager and its own record", async () => {
    const role = await given("crashed");
    await openForm(chiara, "edit crashed");
    await review(chiara, { "role.description": "once" });
    await ask(chiara, "crashed");
    let times = 0;
    broken.modifyRole = async (...args) => {
      times += 1;
      await real().modifyRole(...args);
      throw new Error("killed here");
    };
    await approveOn(dmitri, "Change to a role: crashed");
    await until(async () => times === 1);
    mended();
    await inTime(program, async () => (await stateOf("crashed")) === "applied");
    expect((await real().role(role.id))?.description).toBe("once");
  });

  test("that the manager forbids ends in words", async () => {
    await given("forbidden");
    await openForm(chiara, "edit forbidden");
    await review(chiara, { "role.description": "never" });
    await ask(chiara, "forbidden");
    const { secret } = await admin.createKey({
      name: "weak",
      description: "",
      role: 2,
      locale: "en-US",
      timeZone: "Etc/UTC",
      active: true,
    });
    const weak = managerClient({ url: real().url, secret, timeoutMs: 5000 });
    broken.modifyRole = (...args) => weak.modifyRole(...args);
    try {
      await approveOn(dmitri, "Change to a role: forbidden");
      await settles("forbidden", "failed");
    } finally {
      mended();
      await weak.close();
    }
    await messageWith(chiara, "app", "forbidden", "does not let my own key do this");
    expect((await roleNamed("forbidden"))?.description).toBe("as it was");
  });
});

describe("the deletion of a role", () => {
  const askToDelete = async (name: string): Promise<void> => {
    await chiara.command(`/apikey roles delete ${name}`);
    await top(chiara, '"role.reason"');
    await ask(chiara, name);
  };

  test("happens once it is approved", async () => {
    const role = await given("old");
    await askToDelete("old");
    expect(await real().role(role.id)).toBeDefined();
    const card = await messageWith(dmitri, "#key-approvals", "Deletion of a role: old", "[Approve]");
    expect(textOf(card)).toContain("Keys with this role: ");
    await approveOn(dmitri, "Deletion of a role: old");
    await settles("old", "applied");
    expect(await real().role(role.id)).toBeUndefined();
  });

  test("of one that a key got meanwhile ends in words, and the role stays", async () => {
    const role = await given("wanted");
    await askToDelete("wanted");
    await admin.createKey({
      name: "has-wanted",
      description: "",
      role: role.id,
      locale: "en-US",
      timeZone: "Etc/UTC",
      active: true,
    });
    await approveOn(dmitri, "Deletion of a role: wanted");
    await settles("wanted", "failed");
    await messageWith(chiara, "app", "wanted", "or users still have this role");
    expect(await real().role(role.id)).toBeDefined();
  });

  test("counts as done when the program dies after the manager has deleted it", async () => {
    const role = await given("gone");
    await askToDelete("gone");
    broken.deleteRole = async (id) => {
      await real().deleteRole(id);
      throw new Error("killed here");
    };
    await approveOn(dmitri, "Deletion of a role: gone");
    await until(async () => (await real().role(role.id)) === undefined);
    mended();
    await inTime(program, async () => (await stateOf("gone")) === "applied");
  });
});

describe("is refused", () => {
  test.each(["new", "edit Auditor", "delete Auditor"])("%s, to whoever is no approver", async (line) => {
    await refusedIn(ada, line, "Only approvers may ask for changes to roles");
    expect(await refusalsOf(program, "ada")).toContainEqual({
      reason: "only-approvers",
      groups: ["security"],
    });
  });

  test.each([
    ["edit Full Access", "can be neither changed nor deleted"],
    ["delete 1", "can be neither changed nor deleted"],
    ["edit Auditr", "Near to it: Auditor"],
    ["delete 4711", "I find no role called 4711"],
  ])("%s", async (line, words) => {
    await refusedIn(chiara, line, words);
  });

  test("a role that keys have, before anybody is asked to delete it", async () => {
    const role = await given("in-use");
    const { key } = await admin.createKey({
      name: "uses-it",
      description: "",
      role: role.id,
      locale: "en-US",
      timeZone: "Etc/UTC",
      active: true,
    });
    await until(async () => {
      program.clock.advance(60_000);
      return (await program.context.store.countKeys([{ on: "id", is: key.id }], 1)) === 1;
    });
    await refusedIn(chiara, "delete in-use", "keys have this role (1)");
  });

  test("every change, and our own role most of all, while our own key is too weak for it", async () => {
    const own = await given("Weaker", [
      "platformRights.administratorRoleRights.canViewAdministratorRoles",
      VIEW_KEYS,
    ]);
    const { secret } = await admin.createKey({
      name: "weaker",
      description: "",
      role: own.id,
      locale: "en-US",
      timeZone: "Etc/UTC",
      active: true,
    });
    Object.assign(broken, managerClient({ url: real().url, secret, timeoutMs: 5000 }));
    try {
      await refusedIn(chiara, "new", "My own key has the role Weaker");
      await refusedIn(chiara, "edit Auditor", "My own key has the role Weaker");
      await refusedIn(chiara, "edit Weaker", "made for the key that I work with myself");
    } finally {
      mended();
    }
  });

  test("a draft to everybody but its own person", async () => {
    await openForm(chiara, "new secretly");
    const { store } = program.context;
    const { view } = await chiara.modal();
    const id = requestId.parse(view.type === "modal" ? view.private_metadata : undefined);
    expect(await store.draft(id, personNamed("chiara"))).toBeDefined();
    expect(await store.draft(id, personNamed("dmitri"))).toBeUndefined();
    program.clock.advance(25 * 3_600_000);
    await until(async () => (await store.draft(id, personNamed("chiara"))) === undefined);
    await chiara.submit({ "role.name": "too-late" });
    await top(chiara, "What you had put together is gone");
    await chiara.closeModal();
  });
});
