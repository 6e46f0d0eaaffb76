import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Secret } from "../../src/domain/secret.ts";
import { requestId } from "../../src/domain/values.ts";
import { managerClient } from "../../src/manager/client.ts";
import { type ManagerSession, openSession } from "../../src/manager/session.ts";
import { personNamed, testPolicy } from "../support/context.ts";
import {
  breakableManager,
  inTime,
  messageWith,
  refusalsOf,
  textOf,
  trailIsWhole,
  until,
} from "../support/conversation.ts";
import { ADMIN_PASSWORD } from "../support/embedded-manager.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";
import {
  approveOn,
  ask,
  given,
  openForm,
  refusedIn,
  settles,
  stateOf,
  top,
  VIEW_KEYS,
} from "../support/roles.ts";

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

describe("the deletion of a role", () => {
  const askToDelete = async (name: string): Promise<void> => {
    await chiara.command(`/apikey roles delete ${name}`);
    await top(chiara, '"role.reason"');
    await ask(program, chiara, name);
  };

  test("happens once it is approved", async () => {
    const role = await given(admin, "old");
    await askToDelete("old");
    expect(await real().role(role.id)).toBeDefined();
    const card = await messageWith(dmitri, "#key-approvals", "Deletion of a role: old", "[Approve]");
    expect(textOf(card)).toContain("Keys with this role: ");
    await approveOn(program, dmitri, "Deletion of a role: old");
    await settles(program, "old", "applied");
    expect(await real().role(role.id)).toBeUndefined();
  });

  test("of one that a key got meanwhile ends in words, and the role stays", async () => {
    const role = await given(admin, "wanted");
    await askToDelete("wanted");
    await admin.createKey({
      name: "has-wanted",
      description: "",
      role: role.id,
      locale: "en-US",
      timeZone: "Etc/UTC",
      active: true,
    });
    await approveOn(program, dmitri, "Deletion of a role: wanted");
    await settles(program, "wanted", "failed");
    await messageWith(chiara, "app", "wanted", "or users still have this role");
    expect(await real().role(role.id)).toBeDefined();
  });

  test("counts as done when the program dies after the manager has deleted it", async () => {
    const role = await given(admin, "gone");
    await askToDelete("gone");
    let died = false;
    broken.deleteRole = async (id) => {
      await real().deleteRole(id);
      died = true;
      throw new Error("killed here");
    };
    await approveOn(program, dmitri, "Deletion of a role: gone");
    await until(async () => died);
    expect(await real().role(role.id)).toBeUndefined();
    mended();
    await inTime(program, async () => (await stateOf(program, "gone")) === "applied");
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
    const role = await given(admin, "in-use");
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
    const own = await given(admin, "Weaker", [
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
