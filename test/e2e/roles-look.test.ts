import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Secret } from "../../src/domain/secret.ts";
import { NEW_ROLE } from "../../src/domain/role-draft.ts";
import { type ManagerSession, openSession } from "../../src/manager/session.ts";
import { testPolicy } from "../support/context.ts";
import {
  answerTo,
  askAndGetApproved,
  privateAnswer,
  said,
  showSecret,
  textOf,
  until,
} from "../support/conversation.ts";
import { ADMIN_PASSWORD } from "../support/embedded-manager.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

let program: Program;
let admin: ManagerSession;
let ada: Client;
let chiara: Client;

beforeAll(async () => {
  const rules = [{ name: "anything", needs: [{ group: "security", approvals: 1 }] }];
  program = await startProgram({ policy: testPolicy({ rules }) });
  [ada, chiara] = await Promise.all([program.slack.as("ada"), program.slack.as("chiara")]);
  admin = await openSession({
    url: program.context.manager.url,
    trust: { kind: "system" },
    userName: "MasterAdmin",
    password: new Secret(ADMIN_PASSWORD),
    timeoutMs: 5000,
  });
  for (let i = 1; i <= 12; i += 1) {
    const name = `team ${String(i).padStart(2, "0")}`;
    await admin.createRole({
      ...NEW_ROLE,
      name,
      description: i === 1 ? "*bold* <!channel> \u202Ereverse" : "",
    });
  }
});
afterAll(async () => {
  await admin?.close();
  await program?.[Symbol.asyncDispose]();
});

const typed = async (client: Client, line: string): Promise<string> =>
  answerTo(client, async () => client.command(`/apikey ${line}`));

describe("the manager's roles", () => {
  test("are listed for anybody in pages, which turn in place", async () => {
    const first = await privateAnswer(ada, async () => ada.command("/apikey roles"));
    expect(textOf(first)).toContain("14 roles, page 1 of 2.");
    expect(textOf(first)).toContain("Auditor (ID 2)");
    expect(textOf(first)).not.toContain("team 12");
    expect(textOf(first)).not.toContain("[New role…]");
    await ada.click(first, "roles.next");
    const second = await said(ada, "14 roles, page 2 of 2.");
    expect(textOf(second)).toContain("team 12");
    await ada.click(second, "roles.previous");
    await said(ada, "14 roles, page 1 of 2.");
  });

  test("are searched by a part of their name", async () => {
    const words = await typed(ada, "roles search TEAM 1");
    expect(words).toContain("3 roles, page 1 of 1.");
    expect(words).toContain("team 10");
    expect(words).not.toContain("team 01");
    expect(await typed(ada, "roles search nothing-like-it")).toContain("There is no such role.");
  });

  test("are not shown to guests", async () => {
    const guest = await program.slack.as("gus");
    expect(await typed(guest, "roles")).toContain("Guests cannot");
    expect(await typed(guest, "roles show Auditor")).toContain("Guests cannot");
  });
});

describe("one role", () => {
  test("is shown by name or ID, in any letter case, from a line and from the list", async () => {
    for (const line of ["roles show auditor", 'roles show "Auditor"', "roles show 2"])
      expect(await typed(ada, line)).toContain("Role: Auditor");
    const list = await privateAnswer(ada, async () => ada.command("/apikey roles search Auditor"));
    const shown = await answerTo(ada, async () => ada.click(list, "roles.show"));
    expect(shown).toContain("ID: 2");
    expect(shown).toContain("computer: view what is not related to computers, view other computers");
    expect(shown).toContain("policy: view other policies");
    expect(shown).not.toContain("[Edit…]");
  });

  test("offers changes to approvers, unless it is the manager's own", async () => {
    expect(await typed(chiara, "roles show Auditor")).toContain("[Edit…]");
    expect(await typed(chiara, "roles show Auditor")).toContain("[Delete…]");
    const full = await typed(chiara, "roles show Full Access");
    expect(full).toContain("it can be neither changed nor deleted");
    expect(full).not.toContain("[Edit…]");
    expect(full).toContain("create new API keys");
  });

  test("says which keys have it, and whose they are", async () => {
    await askAndGetApproved(program, ada, { name: "ci-of-ada", role: "team 02" });
    await showSecret(program, ada, "ci-of-ada");
    await until(async () =>
      (await typed(ada, "roles show team 02")).includes("Keys with this role: 1: ci-of-ada"),
    );
    const words = await typed(ada, "roles show team 02");
    expect(words).toContain(`Their owners: <@${ada.user}>`);
  });

  test("whose texts hold markup reads as it was written, without what turns the text around", async () => {
    const words = await typed(ada, "roles show team 01");
    expect(words).toContain("*bold* <!channel> reverse");
  });

  test("that is left out is asked for with a menu", async () => {
    const menu = await privateAnswer(ada, async () => ada.command("/apikey roles show"));
    const { options = [] } = await ada.options(menu, "roles.show", "audi");
    expect(options.map(({ text }) => text.text)).toEqual(["Auditor"]);
    const words = await answerTo(ada, async () => ada.click(menu, "roles.show", options[0]));
    expect(words).toContain("Role: Auditor");
  });

  test("that is not there is answered with near names", async () => {
    expect(await typed(ada, "roles show Auditr")).toContain("Near to it: Auditor");
  });
});
