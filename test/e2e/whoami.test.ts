import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NEEDED } from "../../src/domain/own-rights.ts";
import { Secret } from "../../src/domain/secret.ts";
import { managerClient } from "../../src/manager/client.ts";
import { type ManagerSession, openSession } from "../../src/manager/session.ts";
import { ask } from "../../src/usecases/requests/ask.ts";
import { preview } from "../../src/usecases/requests/ask.ts";
import { requestId } from "../../src/domain/values.ts";
import { eventsOf, trail } from "../support/audit.ts";
import { aDraft, personNamed, testPolicy } from "../support/context.ts";
import { answerTo, breakableManager, privateAnswer, refusalsOf, textOf } from "../support/conversation.ts";
import { ADMIN_PASSWORD } from "../support/embedded-manager.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

const { around, broken, mended } = breakableManager();
let program: Program;
let farid: Client;
let admin: ManagerSession;

beforeAll(async () => {
  const rules = [{ name: "anything", needs: [{ group: "security", approvals: 1 }] }];
  program = await startProgram({ around, policy: testPolicy({ rules }) });
  farid = await program.slack.as("farid");
  admin = await openSession({
    url: program.context.manager.url,
    trust: { kind: "system" },
    userName: "MasterAdmin",
    password: new Secret(ADMIN_PASSWORD),
    timeoutMs: 5000,
  });
});
afterAll(async () => {
  await admin?.close();
  await program?.[Symbol.asyncDispose]();
});

const formOf = async (words = "") =>
  farid.waitFor(({ modals }) => {
    const top = modals.at(-1);
    const ready = top !== undefined && JSON.stringify(top.view.blocks).includes('"whoami.name"');
    return ready && textOf(top).includes(words) ? top : undefined;
  });

async function openForm() {
  const message = await privateAnswer(farid, async () => farid.command("/apikey whoami"));
  expect(await farid.click(message, "whoami.open")).toEqual({ ok: true });
  return formOf();
}

async function said(words: string): Promise<void> {
  await farid.waitFor(({ modals }) => {
    const top = modals.at(-1);
    return top !== undefined && textOf(top).includes(words);
  });
}

/** Lets the program work with another key, whose role has just these rights. */
async function workWith(name: string, rights: readonly string[], expiresAt?: number): Promise<number> {
  const role = await admin.createRoleForKeys({ name, description: "", rights });
  const { secret } = await admin.createKey({
    name,
    description: "",
    role: role.id,
    locale: "en-US",
    timeZone: "Etc/UTC",
    active: true,
    ...(expiresAt !== undefined && { expiresAt }),
  });
  Object.assign(broken, managerClient({ url: program.context.manager.url, secret, timeoutMs: 5000 }));
  return role.id;
}

describe("/apikey whoami", () => {
  test("shows a responder the key that the program works with", async () => {
    const own = await program.context.manager.describeCurrent();
    const words = await answerTo(farid, async () => farid.command("/apikey whoami"));
    expect(words).toContain(`I work with the key portcullis (ID ${own.id}).`);
    expect(words).toContain("Role: Full Access (ID 1); it has every right that I need.");
    expect(words).toContain("I can carry them out");
    expect(words).toContain("Expires: never");
  });

  test("is refused to everybody else, in words and in the trail", async () => {
    const ada = await program.slack.as("ada");
    const words = await answerTo(ada, async () => ada.command("/apikey whoami"));
    expect(words).toContain("Only incident responders may do this");
    expect(await refusalsOf(program, "ada")).toEqual([{ reason: "not-a-responder" }]);
    expect(words).not.toContain("portcullis");
  });

  test("says which rights are missing, that changes to roles are refused, and that the end is near", async () => {
    await workWith("limited", NEEDED.slice(1), program.clock.now() + 5 * 86_400_000 + 60_000);
    try {
      const words = await answerTo(farid, async () => farid.command("/apikey whoami"));
      expect(words).toContain("it lacks what I need to view API keys. Mend it");
      expect(words).toContain("I refuse them");
      expect(words).toContain("in 5 days: replace it in time");
    } finally {
      mended();
    }
  });

  test("says so where not even roles may be read", async () => {
    await workWith("blind", NEEDED.slice(0, -1));
    try {
      const words = await answerTo(farid, async () => farid.command("/apikey whoami"));
      expect(words).toContain("it lacks what I need to view administrator roles");
    } finally {
      mended();
    }
  });
});

describe("changing the program's own key", () => {
  test("changes it in the manager, and stands in the trail before and after", async () => {
    const before = await program.context.manager.describeCurrent();
    const form = await openForm();
    const { options = [] } = await farid.options(form, "whoami.zone", "Asia/Tokyo");
    await farid.submit({
      "whoami.name": "portcullis",
      "whoami.description": "the bot's own",
      "whoami.locale": "ja-JP",
      "whoami.zone": options[0] ?? "",
    });
    await said("The manager has it now");
    await farid.closeModal();
    expect(await program.context.manager.describeCurrent()).toEqual({
      ...before,
      description: "the bot's own",
      locale: "ja-JP",
      timeZone: "Asia/Tokyo",
    });
    expect(await eventsOf(program.context.store, `key:${before.id}`)).toEqual([
      "own-key.changing",
      "own-key.changed",
    ]);
    const row = (await trail(program.context.store)).at(-1);
    expect(row?.actor).toBe(personNamed("farid"));
    expect(JSON.parse(row?.evidence ?? "")).toEqual({ members: ["description", "locale", "timeZone"] });
  });

  test.each([
    ["a name that another key has", { "whoami.name": "taken" }, "There is a key with this name already"],
    ["a secret", { "whoami.description": `1:${"A".repeat(43)}=` }, "looks as if it has a secret in it"],
  ])("with %s comes back with what was typed and what is wrong", async (_, typed, words) => {
    await admin
      .createKey({
        name: "taken",
        description: "",
        role: 2,
        locale: "en-US",
        timeZone: "Etc/UTC",
        active: true,
      })
      .catch(() => {});
    const before = await program.context.manager.describeCurrent();
    await openForm();
    await farid.submit(typed);
    const again = await formOf(words);
    for (const value of Object.values(typed))
      expect(JSON.stringify(again.view.blocks)).toContain(`"initial_value":"${value}"`);
    await farid.closeModal();
    expect(await program.context.manager.describeCurrent()).toEqual(before);
  });

  test("writes nothing where nothing is changed", async () => {
    const events = (await trail(program.context.store)).length;
    await openForm();
    await farid.submit({});
    await said("The manager has it now");
    await farid.closeModal();
    expect((await trail(program.context.store)).length).toBe(events);
  });
});

describe("what is the program's own", () => {
  const asks = async (draft: Parameters<typeof aDraft>[0]) =>
    ask(program.context, {
      id: requestId.parse(program.context.newId()),
      asker: personNamed("ada"),
      draft: aDraft(draft),
    });

  test("is out of reach of requests: its name, and the role that was made for it", async () => {
    const role = await workWith("mine", NEEDED);
    try {
      expect(await asks({ keyName: "Mine" })).toEqual({ refusal: { reason: "own-key", what: "name" } });
      const refused = { refusal: { reason: "own-key", what: "role" } };
      expect(await asks({ keyName: "other", roleId: role })).toEqual(refused);
      const life = { kind: "days", days: 1 } as const;
      expect(await preview(program.context, personNamed("ada"), { roleId: role, life })).toEqual(refused);
    } finally {
      mended();
    }
  });

  test("does not take Full Access from the policy's hands", async () => {
    expect(await asks({ keyName: "mighty", roleId: 1 })).toMatchObject({ made: { version: 1 } });
  });
});
