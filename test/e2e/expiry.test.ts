import { expect, test } from "vitest";
import { DAY } from "../../src/domain/values.ts";
import { testPolicy } from "../support/context.ts";
import {
  answerTo,
  inTime,
  letCardsBeDrawn,
  messageWith,
  refusalsOf,
  textOf,
  trailIsWhole,
  until,
} from "../support/conversation.ts";
import { aWorkingKey, managed, modalWith, sendForm, type } from "../support/keys.ts";
import { messagesSaying, pass, remindedOf, startUpkeep, TEAM } from "../support/upkeep.ts";

/** In any order. */
const expiry = { "remind-before": ["7 days", "30 days", "1 day", "14 days"], team: TEAM.id };

test("the owner is told at each moment once, and from the second one on the team", async () => {
  await using upkeep = await startUpkeep(["ada", "farid"], expiry);
  const { program, as } = upkeep;
  const { id } = await aWorkingKey(program, as.ada, "ci-ends");
  await pass(program, 50);
  expect(await remindedOf(program, id)).toEqual([]);

  await pass(program, 10);
  const first = textOf(await messageWith(as.ada, "app", "Expires soon: ci-ends"));
  expect(first).toContain("[Rotate…] [Extend…] [Let it go]");
  expect(await messagesSaying(as.farid, TEAM.name, "ci-ends")).toEqual([]);
  for (const days of [0, 3, 13, 1, 7, 1, 4, 0]) await pass(program, days);
  const owner = as.ada.user;
  await until(async () => (await remindedOf(program, id)).length === 4);
  expect(await remindedOf(program, id)).toEqual([
    { what: "expiry", step: 30, team: false, owner },
    { what: "expiry", step: 14, team: true, owner },
    { what: "expiry", step: 7, team: true, owner },
    { what: "expiry", step: 1, team: true, owner },
  ]);
  const team = textOf(await messageWith(as.farid, TEAM.name, "Expires soon: ci-ends"));
  expect(team).toContain(`Owner: <@${owner}>`);
  expect(team).toContain("[Show] [Rotate…] [Extend…] [Hand over…] [Let it go]");
  await until(async () => (await messagesSaying(as.ada, "app", "Expires soon: ci-ends")).length === 4);
  expect(await messagesSaying(as.farid, TEAM.name, "Expires soon: ci-ends")).toHaveLength(3);

  await pass(program, 2);
  await messageWith(as.ada, "app", "Expiry: ci-ends", "It has expired");
  await inTime(
    program,
    async () => (await messagesSaying(as.ada, "app", "Expires soon: ci-ends")).length === 0,
  );
  expect(await remindedOf(program, id)).toHaveLength(4);
  await trailIsWhole(program.context.store);
});

test("after an outage the owner hears of the nearest moment alone, and of none twice after a restart", async () => {
  await using upkeep = await startUpkeep(["ada", "farid"], expiry);
  const { program, as } = upkeep;
  const { id } = await aWorkingKey(program, as.ada, "ci-outage");
  await pass(program, 85);
  await messageWith(as.ada, "app", "Expires soon: ci-outage");
  const reminded = [{ what: "expiry", step: 7, team: false, owner: as.ada.user }];
  expect(await remindedOf(program, id)).toEqual(reminded);
  await program.restart();
  await pass(program, 0);
  await pass(program, 1);
  expect(await remindedOf(program, id)).toEqual(reminded);
  // The last moment is the team's at the latest.
  await pass(program, 3);
  await messageWith(as.farid, TEAM.name, "Expires soon: ci-outage");
  expect((await remindedOf(program, id)).map(({ step }) => step)).toEqual([7, 1]);
});

test("an extension is asked for on the card, which says what came of it, and the new end has its own reminders", async () => {
  await using upkeep = await startUpkeep(["ada", "chiara"], expiry);
  const { program, as } = upkeep;
  const { id } = await aWorkingKey(program, as.ada, "ci-longer");
  await pass(program, 60);
  const card = await messageWith(as.ada, "app", "Expires soon: ci-longer");
  await as.ada.click(card, "key.extend");
  await modalWith(as.ada, "ci-longer", "Until");
  await sendForm(
    as.ada,
    { "key.extend.until": "in 60 days", "key.extend.because": "the project goes on" },
    "a longer life for ci-longer is made",
  );
  // Somebody has done something about it: the team need not.
  await pass(program, 2);
  const request = await messageWith(as.chiara, "#key-approvals", "Longer life: ci-longer", "[Approve]");
  letCardsBeDrawn(program);
  await as.chiara.click(request, "decide.approve");
  const extended = textOf(
    await messageWith(as.ada, "app", "Expiry: ci-longer", "Extended to", `by <@${as.ada.user}>`),
  );
  expect(extended).not.toContain("[Extend…]");
  await pass(program, 20);
  expect((await remindedOf(program, id)).map(({ step }) => step)).toEqual([30]);
  await pass(program, 10);
  await messageWith(as.ada, "app", "Expires soon: ci-longer");
  expect((await remindedOf(program, id)).map(({ step }) => step)).toEqual([30, 30]);
});

test("the team is not called while an extension waits for its decision, but at the last moment", async () => {
  await using upkeep = await startUpkeep(["ada"], {
    ...expiry,
    "remind-before": ["3 days", "2 days", "1 day"],
  });
  const { program, as } = upkeep;
  const { id } = await aWorkingKey(program, as.ada, "ci-waits");
  await pass(program, 87);
  await messageWith(as.ada, "app", "Expires soon: ci-waits");
  await type(as.ada, "extend ci-waits for 60 days because the project goes on");
  await pass(program, 1);
  await pass(program, 1);
  await until(async () => (await remindedOf(program, id)).length === 3);
  expect((await remindedOf(program, id)).map(({ team }) => team)).toEqual([false, false, true]);
});

test("the owner lets a key go, nobody else does, and an extension undoes it", async () => {
  await using upkeep = await startUpkeep(["ada", "ben", "chiara"], expiry);
  const { program, as } = upkeep;
  const { id } = await aWorkingKey(program, as.ada, "ci-let-go");
  await pass(program, 60);
  await messageWith(as.ada, "app", "Expires soon: ci-let-go");
  await pass(program, 16);
  const team = await messageWith(as.ben, TEAM.name, "Expires soon: ci-let-go");
  expect(await answerTo(as.ben, async () => as.ben.click(team, "reminder.let-go"))).toContain(
    "This is somebody else's key. Its owner or an incident responder can let it go.",
  );
  expect(await refusalsOf(program, "ben")).toContainEqual({ reason: "not-your-key", does: "let-go" });

  await as.ada.click(await messageWith(as.ada, "app", "Expires soon: ci-let-go"), "reminder.let-go");
  for (const [client, where] of [
    [as.ada, "app"],
    [as.ben, TEAM.name],
  ] as const) {
    await messageWith(client, where, "Expiry: ci-let-go", `<@${as.ada.user}> lets it go`);
  }
  await program.restart();
  await pass(program, 8);
  expect(await remindedOf(program, id)).toHaveLength(2);

  await type(as.ada, "extend ci-let-go for 20 days because it is needed after all");
  const request = await messageWith(as.chiara, "#key-approvals", "Longer life: ci-let-go", "[Approve]");
  letCardsBeDrawn(program);
  await as.chiara.click(request, "decide.approve");
  await messageWith(as.ada, "app", "Expiry: ci-let-go", "Extended to");
  await pass(program, 7);
  expect((await remindedOf(program, id)).map(({ step }) => step)).toEqual([30, 14, 14]);
});

test("the card of who owned a key says whose it is now, and the new owner is told in their turn", async () => {
  await using upkeep = await startUpkeep(["ada", "ben", "chiara"], expiry);
  const { program, as } = upkeep;
  const { id } = await aWorkingKey(program, as.ada, "ci-handed");
  await pass(program, 60);
  const card = await messageWith(as.ada, "app", "Expires soon: ci-handed");
  await as.ada.click(card, "reminder.let-go");
  await messageWith(as.ada, "app", "Expiry: ci-handed", "lets it go");
  await type(as.ada, `assign ci-handed to <@${as.ben.user}> because I change teams`);
  const request = await messageWith(as.chiara, "#key-approvals", "New owner: ci-handed", "[Approve]");
  letCardsBeDrawn(program);
  await as.chiara.click(request, "decide.approve");
  await messageWith(as.ada, "app", "Expiry: ci-handed", `It belongs to <@${as.ben.user}> now.`);
  await pass(program, 16);
  await messageWith(as.ben, "app", "Expires soon: ci-handed", "[Extend…]");
  expect((await remindedOf(program, id)).map(({ owner }) => owner)).toEqual([as.ada.user, as.ben.user]);
});

test("an old card lets nothing go that has changed since", async () => {
  await using upkeep = await startUpkeep(["ada"], expiry);
  const { program, as } = upkeep;
  const { id } = await aWorkingKey(program, as.ada, "ci-moved");
  await pass(program, 60);
  const card = await messageWith(as.ada, "app", "Expires soon: ci-moved");
  const { expiresAt = 0 } = await managed(program, "ci-moved");
  await program.context.manager.modifyKey(id, { expiresAt: expiresAt + DAY });
  expect(await answerTo(as.ada, async () => as.ada.click(card, "reminder.let-go"))).toContain(
    "The key has changed since you looked at it: its expiry.",
  );
});

test("a key that is locked or gone is not asked for", async () => {
  await using upkeep = await startUpkeep(["ada"], expiry);
  const { program, as } = upkeep;
  const locked = await aWorkingKey(program, as.ada, "ci-locked");
  const gone = await aWorkingKey(program, as.ada, "ci-gone");
  const told = await aWorkingKey(program, as.ada, "ci-told");
  await type(as.ada, "lock ci-locked because a break");
  await pass(program, 60);
  await messageWith(as.ada, "app", "Expires soon: ci-gone");
  await program.context.manager.deleteKey(gone.id);
  await pass(program, 0.01);
  await inTime(program, async () => (await messagesSaying(as.ada, "app", "The key is gone.")).length === 1);
  await pass(program, 16);
  await until(async () => (await remindedOf(program, told.id)).length === 2);
  expect(await remindedOf(program, locked.id)).toEqual([]);
  expect(await remindedOf(program, gone.id)).toHaveLength(1);

  await type(as.ada, "unlock ci-locked");
  await inTime(program, async () => (await remindedOf(program, locked.id)).length === 1);
  expect((await remindedOf(program, locked.id)).map(({ step }) => step)).toEqual([14]);
});

test("of a key that nobody owns the team is told, of the nearest moment alone, and may adopt it", async () => {
  await using upkeep = await startUpkeep(["ben", "farid"], { ...expiry, team: "security" });
  const { program, as } = upkeep;
  const { manager } = program.context;
  const { key } = await manager.createKey({
    name: "nobodys",
    description: "",
    role: 2,
    locale: "en-US",
    timeZone: "UTC",
    active: true,
    expiresAt: program.clock.now() + 5 * DAY,
  });
  await inTime(program, async () => (await remindedOf(program, key.id)).length === 1);
  const card = await messageWith(as.farid, "#incidents", "Expires soon: nobodys");
  expect(textOf(card)).toContain("Owner: nobody");
  expect(textOf(card)).toContain("[Show] [Adopt…] [Let it go]");
  // A group of people is called by name where incidents are handled.
  expect(textOf(card)).toMatch(/security \(<@U0CHIARA001>.*\): please see to it\./);
  expect(await remindedOf(program, key.id)).toEqual([{ what: "expiry", step: 7, team: true }]);
  await as.farid.click(card, "reminder.let-go");
  await messageWith(as.farid, "#incidents", "Expiry: nobodys", `<@${as.farid.user}> lets it go`);
});

test("a secret that grows old is told of, weekly, until it is rotated or let go", async () => {
  await using upkeep = await startUpkeep(["ada", "farid"], { ...expiry, "rotate-every": "20 days" });
  const { program, as } = upkeep;
  const { id } = await aWorkingKey(program, as.ada, "ci-old");
  await pass(program, 19);
  expect(await remindedOf(program, id)).toEqual([]);
  await pass(program, 1);
  const card = await messageWith(as.ada, "app", "Time to rotate: ci-old");
  await pass(program, 6);
  expect(await remindedOf(program, id)).toHaveLength(1);
  await pass(program, 1);
  await messageWith(as.farid, TEAM.name, "Time to rotate: ci-old");
  const owner = as.ada.user;
  expect(await remindedOf(program, id)).toEqual([
    { what: "rotation", step: 0, team: false, owner },
    { what: "rotation", step: 1, team: true, owner },
  ]);

  letCardsBeDrawn(program);
  await as.ada.click(card, "key.rotate");
  await modalWith(as.ada, "ci-old", "The old secret works until that button is pressed");
  await sendForm(as.ada, {}, "Until it is pressed, everything stays as it is");
  const offer = await messageWith(
    as.ada,
    "app",
    "A new secret for your API key ci-old",
    "[Show my secret once]",
  );
  letCardsBeDrawn(program);
  await as.ada.click(offer, "claim.show");
  await messageWith(as.ada, "app", "Rotation: ci-old", "It was rotated");
  await messageWith(as.farid, TEAM.name, "Rotation: ci-old", "It was rotated");

  await pass(program, 15);
  expect(await remindedOf(program, id)).toHaveLength(2);
  await pass(program, 5);
  const again = await messageWith(as.ada, "app", "Time to rotate: ci-old");
  await as.ada.click(again, "reminder.let-go");
  await messageWith(as.ada, "app", "Rotation: ci-old", "nobody is reminded again before it is rotated");
  await pass(program, 8);
  expect((await remindedOf(program, id)).map(({ what, step }) => [what, step])).toEqual([
    ["rotation", 0],
    ["rotation", 1],
    ["rotation", 0],
  ]);
});

test("another policy's moments hold at once", async () => {
  await using upkeep = await startUpkeep(["ada"], { "remind-before": [] });
  const { program, as } = upkeep;
  const { id } = await aWorkingKey(program, as.ada, "ci-policy");
  await pass(program, 30);
  // That the key was used is seen by now, so that nothing but the policy has it looked at.
  for (let i = 0; i < 2; i++) await pass(program, 0.01);
  expect(await remindedOf(program, id)).toEqual([]);
  const policy = testPolicy({ expiry: { "remind-before": ["80 days"] } });
  await program.portcullis.takePolicy({ policy, hash: "1".repeat(64) });
  await messageWith(as.ada, "app", "Expires soon: ci-policy");
  expect(await remindedOf(program, id)).toMatchObject([{ what: "expiry", step: 80 }]);
});

test("the responders are told of the key that Portcullis works with, and nobody lets that go", async () => {
  await using upkeep = await startUpkeep(["farid"], { ...expiry, "rotate-every": "1 day" });
  const { program, as } = upkeep;
  const { manager } = program.context;
  const { id } = await manager.describeCurrent();
  await manager.modifyKey(id, { expiresAt: program.clock.now() + 20 * DAY });
  await inTime(program, async () => (await remindedOf(program, id)).length === 1);
  const card = textOf(await messageWith(as.farid, "#incidents", "Expires soon: portcullis"));
  expect(card).toContain("I work with this key myself");
  expect(card).toContain(`<@${as.farid.user}>`);
  expect(card).not.toContain("[");
  expect(await remindedOf(program, id)).toEqual([{ what: "expiry", step: 30, team: true }]);
});
