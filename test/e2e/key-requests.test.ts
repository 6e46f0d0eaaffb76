import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RIGHT } from "../../src/domain/own-rights.ts";
import { DAY } from "../../src/domain/values.ts";
import type { RoleDraft } from "../../src/domain/wants.ts";
import { personNamed } from "../support/context.ts";
import {
  letCardsBeDrawn,
  messageWith,
  privateAnswer,
  refusalsOf,
  textOf,
  trailIsWhole,
  until,
} from "../support/conversation.ts";
import {
  aWorkingKey,
  formAfter,
  managed,
  modalWith,
  policyWithTwoResponders,
  sendForm,
  type,
} from "../support/keys.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

let program: Program;
let ada: Client;
let ben: Client;
let chiara: Client;
let dmitri: Client;
let farid: Client;

const draft: RoleDraft = {
  name: "Deployer",
  description: "",
  rights: [RIGHT.viewKeys],
  allComputers: true,
  allPolicies: true,
  allowUserInterface: false,
  allowWebService: true,
  onlyEqualOrLesserUsers: false,
  computerIds: [],
  computerGroupIds: [],
  policyIds: [],
};

beforeAll(async () => {
  const policy = policyWithTwoResponders();
  const rules = [
    ...policy.rules,
    {
      name: "one for deploying",
      when: { roles: ["Deployer", "Gone soon"] },
      needs: [{ group: "security", approvals: 1 }],
    },
  ];
  program = await startProgram({
    policy: { ...policy, rules, limits: { ...policy.limits, "keys-per-person": 6 } },
  });
  [ada, ben, chiara, dmitri, farid] = (await Promise.all(
    ["ada", "ben", "chiara", "dmitri", "farid"].map((name) => program.slack.as(name)),
  )) as [Client, Client, Client, Client, Client];
  await program.context.manager.createRole(draft);
});
beforeEach(() => program.clock.advance(10_000));
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

const card = async (heading: string, ...words: string[]) =>
  messageWith(chiara, "#key-approvals", heading, ...words);
const approve = async (who: Client, heading: string): Promise<void> => {
  const message = await card(heading, "[Approve]");
  letCardsBeDrawn(program);
  await who.click(message, "decide.approve");
};

describe("another role", () => {
  test("is asked for by the owner, shown right by right, and stands in the manager once approved", async () => {
    await aWorkingKey(program, ada, "ci-role");
    const before = (await managed(program, "ci-role")).role;
    const said = await type(ada, "role ci-role to Deployer because it only lists keys now");
    expect(said).toContain("Your request for another role for ci-role is made.");
    const shown = textOf(await card("Another role: ci-role"));
    expect(shown).toContain("May do then, but not now: view API keys");
    expect(shown).toContain("May do now, but not then: ");
    expect((await managed(program, "ci-role")).role).toBe(before);
    await approve(chiara, "Another role: ci-role");
    await until(async () => (await managed(program, "ci-role")).role !== before);
    await messageWith(ada, "app", "another role for ci-role", "carried out");
  });

  test("is not a responder's to ask for, nor anybody else's", async () => {
    await aWorkingKey(program, ada, "ci-not-role");
    const before = await managed(program, "ci-not-role");
    for (const who of [ben, farid])
      expect(await type(who, "role ci-not-role to Deployer because I think so")).toContain(
        "Only the key's owner can ask for another role",
      );
    expect(await managed(program, "ci-not-role")).toEqual(before);
    expect(await refusalsOf(program, "ben")).toContainEqual({ reason: "not-your-key", does: "role" });
  });

  test("that is unknown is answered with near names; one that is gone by the decision ends the request", async () => {
    const no = await privateAnswer(ada, async () =>
      ada.command("/apikey role ci-role to Auditr because typing fast"),
    );
    expect(textOf(no)).toContain("Near to it: Auditor");
    await ada.click(no, "key.role-again");
    const form = await modalWith(ada, "ci-role", "Near to it: Auditor");
    expect(form.values["key.role.because"]?.["key.role.because"]).toMatchObject({ value: "typing fast" });
    await ada.closeModal();
    const { id } = await program.context.manager.createRole({ ...draft, name: "Gone soon" });
    expect(await type(ada, "role ci-not-role to Gone soon because it will not last")).toContain("is made");
    await card("Another role: ci-not-role");
    await program.context.manager.deleteRole(id);
    const before = await managed(program, "ci-not-role");
    const message = await card("Another role: ci-not-role", "[Approve]");
    letCardsBeDrawn(program);
    await chiara.click(message, "decide.approve");
    await card("Another role: ci-not-role", "The role is gone from the manager");
    expect(await managed(program, "ci-not-role")).toEqual(before);
  });
});

describe("a longer life", () => {
  test("is asked for by the owner, and stands in the manager once approved", async () => {
    await aWorkingKey(program, ada, "ci-life");
    const before = (await managed(program, "ci-life")).expiresAt ?? 0;
    const form = await formAfter(ada, "extend ci-life until in 200 days", "ci-life", "Who will be asked");
    expect(form.values["key.extend.until"]?.["key.extend.until"]).toMatchObject({ value: "in 200 days" });
    await sendForm(ada, { "key.extend.because": "the project goes on" }, "a longer life for ci-life is made");
    expect((await managed(program, "ci-life")).expiresAt).toBe(before);
    await approve(chiara, "Longer life: ci-life");
    await until(async () => ((await managed(program, "ci-life")).expiresAt ?? 0) > before + 100 * DAY);
  });

  test("is neither a shorter one, nor longer than the policy allows, nor a responder's to ask for", async () => {
    await aWorkingKey(program, ada, "ci-limits");
    expect(await type(ada, "extend ci-limits until tomorrow because I mean it")).toContain("/apikey edit");
    expect(await type(ada, "extend ci-limits until never because it is useful")).toContain("365 days");
    expect(await type(farid, "extend ci-limits for 200 days because it is useful")).toContain(
      "Only the key's owner can ask for a longer life",
    );
  });
});

describe("another owner", () => {
  test("is judged as if they asked themselves, and decided by neither of the two", async () => {
    const { id } = await aWorkingKey(program, ada, "ci-owner");
    // Dmitri approves requests, and would own this key.
    const said = await type(ada, `assign ci-owner to <@${dmitri.user}> because I change teams`);
    expect(said).toContain("a new owner for ci-owner is made");
    const message = await card("New owner: ci-owner", "[Approve]");
    letCardsBeDrawn(program);
    await dmitri.click(message, "decide.approve");
    expect((await program.context.store.key(id))?.value.owner).toBe(personNamed("ada"));
    expect(await refusalsOf(program, "dmitri")).toContainEqual({ reason: "own-request" });
    await approve(chiara, "New owner: ci-owner");
    await until(async () => (await program.context.store.key(id))?.value.owner === personNamed("dmitri"));
    expect(await type(ada, "lock ci-owner because it was mine")).toContain("somebody else's key");
    expect((await managed(program, "ci-owner")).description).toContain(personNamed("dmitri"));
  });

  test("voids a rotation that was open for the former one", async () => {
    await aWorkingKey(program, ada, "ci-void");
    await formAfter(ada, "rotate ci-void", "ci-void");
    await sendForm(ada, {}, "Until it is pressed");
    await messageWith(ada, "app", "A new secret for your API key ci-void", "[Show my secret once]");
    await type(farid, `assign ci-void to <@${ben.user}> because Ada leaves`);
    await approve(chiara, "New owner: ci-void");
    await messageWith(ada, "app", "A new secret for your API key ci-void", "The key changed hands");
  });

  test("must be a full member of this workspace with room for one more key", async () => {
    await aWorkingKey(program, ada, "ci-guest");
    const gus = personNamed("gus");
    expect(await type(ada, `assign ci-guest to <@${gus}> because I leave`)).toContain(
      "Guests cannot own keys",
    );
    expect(await type(ben, `assign ci-guest to <@${ben.user}> because I want it`)).toContain(
      "somebody else's key",
    );
    await formAfter(ada, "assign ci-guest to everybody because we share", 'who "everybody" is');
    await ada.closeModal();
  });
});

test("a key that is not named is chosen from those that one may do this to", async () => {
  const form = await formAfter(ada, "role", "Which key?");
  const { options = [] } = await ada.options(form, "key.role-pick", "ci-ro");
  expect(options.map(({ text }) => text.text)).toEqual(["ci-role"]);
  await ada.click(form, "key.role-pick", options[0]);
  await modalWith(ada, "ci-role", "New role");
  await ada.closeModal();
});
