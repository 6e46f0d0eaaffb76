import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Secret } from "../../src/domain/secret.ts";
import { Fault } from "../../src/domain/fault.ts";
import { draftOf } from "../../src/domain/role-diff.ts";
import { managerClient } from "../../src/manager/client.ts";
import { type ManagerSession, openSession } from "../../src/manager/session.ts";
import { applyApproved } from "../../src/usecases/requests/apply.ts";
import type { Context } from "../../src/usecases/ports.ts";
import { askForDraft, keepDraft, startDraft } from "../../src/usecases/roles/role-draft.ts";
import { eventsOf } from "../support/audit.ts";
import { personNamed, testPolicy } from "../support/context.ts";
import {
  breakableManager,
  inTime,
  letCardsBeDrawn,
  messageWith,
  privateAnswer,
  requestNamed,
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
  EDIT_KEYS,
  given,
  openForm,
  review,
  rightsNamed,
  roleNamed,
  settles,
  stateOf,
  top,
  VIEW_COMPUTERS,
  VIEW_KEYS,
} from "../support/roles.ts";

const { around, broken, mended, real } = breakableManager();
let program: Program;
let admin: ManagerSession;
let chiara: Client;
let dmitri: Client;

beforeAll(async () => {
  const rules = [{ name: "anything", needs: [{ group: "security", approvals: 1 }] }];
  program = await startProgram({ around, policy: testPolicy({ rules }) });
  [chiara, dmitri] = await Promise.all([program.slack.as("chiara"), program.slack.as("dmitri")]);
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
    await ask(program, chiara, "deployers");
    expect(await roleNamed(real(), "deployers")).toBeUndefined();
    const card = await messageWith(dmitri, "#key-approvals", "New role: deployers", "[Approve]");
    expect(textOf(card)).toContain("Dangerous: edit API key properties");
    await approveOn(program, dmitri, "New role: deployers");
    await settles(program, "deployers", "applied");
    expect(await roleNamed(real(), "deployers")).toMatchObject({
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
    await ask(program, chiara, "mine");
    const card = await messageWith(chiara, "#key-approvals", "New role: mine", "[Approve]");
    const answer = await privateAnswer(chiara, async () => chiara.click(card, "decide.approve"));
    expect(textOf(answer)).toContain("your own request");
    letCardsBeDrawn(program);
    await dmitri.click(await messageWith(dmitri, "#key-approvals", "New role: mine"), "decide.deny");
    await dmitri.modal("Deny a request");
    await dmitri.submit({ "decide.because": "not needed" });
    await settles(program, "mine", "denied");
    expect(await roleNamed(real(), "mine")).toBeUndefined();
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
  test("before its draft has ended stays as it was asked for, and who sends other rights reads so", async () => {
    const { context } = program;
    const by = personNamed("chiara");
    const begun = await startDraft(context, { by, does: "make", text: "ci-readers" });
    if ("refusal" in begun) throw new Error(JSON.stringify(begun.refusal));
    const { id } = begun.drafting;
    const sent = async (how: Context) => askForDraft(how, { id, by, reason: "to look\n" });
    // It ends between the request and the draft's end, so that the draft can be changed still.
    const cutOff = { ...context, store: { ...context.store, dropDraft: async () => {} } };
    expect(await sent(cutOff)).toMatchObject({ again: false });
    expect(await sent(cutOff)).toMatchObject({ again: true, same: true });
    await keepDraft(context, { id, by, change: { allComputers: true } });
    expect(await sent(context)).toMatchObject({ again: true, same: false });
    await context.store.dropDraft(id);
    expect(await sent(context)).toMatchObject({ again: true, same: true });
  });

  test("between the manager and the program's own record is there once, and counts as made", async () => {
    await openForm(chiara, "new halfway");
    await review(chiara, { "role.policies": "9" });
    await ask(program, chiara, "halfway");
    let died = false;
    broken.createRole = async (draft) => {
      await real().createRole(draft);
      died = true;
      throw new Error("killed here");
    };
    await approveOn(program, dmitri, "New role: halfway");
    await until(async () => died);
    mended();
    await inTime(program, async () => (await stateOf(program, "halfway")) === "applied");
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
    await ask(program, chiara, "twice");
    program.slack.setFaults({ rules: [], away: [] });
    const { id } = (await requestNamed(program, "twice")).value;
    expect(await eventsOf(program.context.store, `request:${id}`)).toEqual(["request.made"]);
  });
});

describe("a change to a role", () => {
  test("shows the difference and the keys that it touches, and stands in the manager once approved", async () => {
    const role = await given(admin, "editors", [VIEW_COMPUTERS, VIEW_KEYS]);
    const form = await openForm(chiara, "edit editors");
    const chosen = (await rightsNamed(chiara, form, "")).filter(({ value }) =>
      [VIEW_COMPUTERS, EDIT_KEYS].includes(value),
    );
    const seen = textOf(await review(chiara, { "role.rights": chosen, "role.computers": "4 5" }));
    expect(seen).toContain("May do then, but not now: edit API key properties");
    expect(seen).toContain("May do now, but not then: view API keys");
    expect(seen).toContain("Computers: none → IDs 4, 5");
    expect(seen).toContain("Keys with this role: ");
    await ask(program, chiara, "editors");
    const card = textOf(
      await messageWith(dmitri, "#key-approvals", "Change to a role: editors", "[Approve]"),
    );
    expect(card).toContain("May do now, but not then: view API keys");
    expect(card).toContain("Keys with this role: ");
    await approveOn(program, dmitri, "Change to a role: editors");
    await settles(program, "editors", "applied");
    expect(await real().role(role.id)).toMatchObject({
      description: "as it was",
      rights: [EDIT_KEYS, VIEW_COMPUTERS].toSorted(),
      computerIds: [4, 5],
    });
  });

  test("is chosen area by area, and nothing is lost on the way", async () => {
    const role = await given(admin, "areas");
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
    await ask(program, chiara, "areas");
    await approveOn(program, dmitri, "Change to a role: areas");
    await settles(program, "areas", "applied");
    expect((await real().role(role.id))?.rights).toHaveLength(5);
  });

  test("a role with more rights than a list takes is changed without losing any", async () => {
    const all = (await roleNamed(real(), "Full Access"))?.rights ?? [];
    expect(all.length).toBeGreaterThan(100);
    const role = await given(admin, "nearly-all", all.slice(1));
    await openForm(chiara, "edit nearly-all");
    const seen = await review(chiara, { "role.description": "still nearly all" });
    expect(textOf(seen)).toContain("May do then, but not now: nothing more");
    expect(textOf(seen)).toContain("May do now, but not then: nothing more");
    await ask(program, chiara, "nearly-all");
    await approveOn(program, dmitri, "Change to a role: nearly-all");
    await settles(program, "nearly-all", "applied");
    expect(await real().role(role.id)).toMatchObject({
      description: "still nearly all",
      rights: all.slice(1),
    });
  });

  test("that is long opens whole from a button, in the form and on the card", async () => {
    await given(admin, "growing");
    const form = await openForm(chiara, "edit growing");
    const rights = (await rightsNamed(chiara, form, "")).slice(0, 60);
    const seen = await review(chiara, { "role.rights": rights });
    const late = { fault: "delay_delivery", method: "block_actions", times: 1, seconds: 3.2 } as const;
    program.slack.setFaults({ rules: [late], away: [] });
    await chiara.click(seen, "role.difference");
    await chiara.message("Slack was too slow to show it. Please press the button again.");
    await chiara.click(seen, "role.difference");
    const whole = textOf(await top(chiara, "An approval covers all of it"));
    expect(whole.match(/^\+ /gm)?.length).toBeGreaterThan(50);
    await chiara.closeModal();
    await top(chiara, '"role.reason"');
    await ask(program, chiara, "growing");
    const card = await messageWith(dmitri, "#key-approvals", "Change to a role: growing", "[Approve]");
    await dmitri.click(card, "decide.difference");
    expect(textOf(await top(dmitri, "An approval covers all of it"))).toBe(whole);
    await dmitri.closeModal();
  });

  test("is void when the role is edited in the manager after it was asked for", async () => {
    const role = await given(admin, "moving");
    await openForm(chiara, "edit moving");
    await review(chiara, { "role.description": "changed by us" });
    await ask(program, chiara, "moving");
    await admin.modifyRole(role.id, { ...draftOf(role), description: "changed by others" });
    const card = await messageWith(dmitri, "#key-approvals", "Change to a role: moving", "[Approve]");
    const answer = await privateAnswer(dmitri, async () => dmitri.click(card, "decide.approve"));
    expect(textOf(answer)).toContain("has changed since it was made");
    expect(await stateOf(program, "moving")).toBe("failed");
    expect((await real().role(role.id))?.description).toBe("changed by others");
  });

  test("is not asked for when the role was edited while the form was open", async () => {
    const role = await given(admin, "stale");
    await openForm(chiara, "edit stale");
    await admin.modifyRole(role.id, { ...draftOf(role), description: "changed by others" });
    await chiara.submit({ "role.name": "fresh" });
    await top(chiara, "has changed in the manager since you opened it: its description");
    await chiara.closeModal();
  });

  test("that changes nothing is not asked for", async () => {
    await given(admin, "same");
    await openForm(chiara, "edit same");
    await chiara.submit({});
    await top(chiara, "This is how it is already");
    await chiara.closeModal();
  });

  test("is carried out once when the program dies between the manager and its own record", async () => {
    const role = await given(admin, "crashed");
    await openForm(chiara, "edit crashed");
    await review(chiara, { "role.description": "once" });
    await ask(program, chiara, "crashed");
    let times = 0;
    broken.modifyRole = async (...args) => {
      times += 1;
      await real().modifyRole(...args);
      throw new Error("killed here");
    };
    await approveOn(program, dmitri, "Change to a role: crashed");
    // The sweep may have been as quick as the click: to set the same values twice does no harm.
    await until(async () => times > 0);
    mended();
    await inTime(program, async () => (await stateOf(program, "crashed")) === "applied");
    expect((await real().role(role.id))?.description).toBe("once");
  });

  test("that another process has carried out between two looks is done, and not taken for somebody else's", async () => {
    const role = await given(admin, "overtaken");
    await openForm(chiara, "edit overtaken");
    await review(chiara, { "role.description": "by the other" });
    await ask(program, chiara, "overtaken");
    broken.modifyRole = async () => {
      throw new Fault("manager-unreachable", "POST /roles");
    };
    await approveOn(program, dmitri, "Change to a role: overtaken");
    await until(async () => (await stateOf(program, "overtaken")) === "approved");
    const { context } = program;
    const { id } = (await requestNamed(program, "overtaken")).value;
    let looks = 0;
    const look = async (which: number) => {
      const seen = await real().role(which);
      if (looks++ === 0) await real().modifyRole(which, { ...draftOf(role), description: "by the other" });
      return seen;
    };
    await applyApproved({ ...context, manager: { ...context.manager, role: look } }, id);
    mended();
    expect(looks).toBeGreaterThan(1);
    expect(await stateOf(program, "overtaken")).toBe("applied");
  });

  test("counts as done only when the manager's answer shows all of it", async () => {
    const role = await given(admin, "unheard");
    await openForm(chiara, "edit unheard");
    await review(chiara, { "role.description": "heard" });
    await ask(program, chiara, "unheard");
    let times = 0;
    broken.modifyRole = async (id) => {
      times += 1;
      return { ...role, id };
    };
    await approveOn(program, dmitri, "Change to a role: unheard");
    await inTime(program, async () => times > 1);
    expect(await stateOf(program, "unheard")).toBe("approved");
    mended();
    await inTime(program, async () => (await stateOf(program, "unheard")) === "applied");
    expect((await real().role(role.id))?.description).toBe("heard");
  });

  test("that the manager forbids ends in words", async () => {
    await given(admin, "forbidden");
    await openForm(chiara, "edit forbidden");
    await review(chiara, { "role.description": "never" });
    await ask(program, chiara, "forbidden");
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
      await approveOn(program, dmitri, "Change to a role: forbidden");
      await settles(program, "forbidden", "failed");
    } finally {
      mended();
      await weak.close();
    }
    await messageWith(chiara, "app", "forbidden", "does not let my own key do this");
    expect((await roleNamed(real(), "forbidden"))?.description).toBe("as it was");
  });
});
