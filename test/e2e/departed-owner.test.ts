import { expect, test } from "vitest";
import { DAY, personId } from "../../src/domain/values.ts";
import type { Context } from "../../src/usecases/ports.ts";
import { eventsOf } from "../support/audit.ts";
import {
  answerTo,
  inTime,
  letCardsBeDrawn,
  messageWith,
  textOf,
  trailIsWhole,
} from "../support/conversation.ts";
import { aWorkingKey, formAfter, modalWith, sendForm, type } from "../support/keys.ts";
import { messagesSaying, pass, remindedOf, startUpkeep } from "../support/upkeep.ts";

/** Deactivates somebody in Slack, or takes them back. */
const become = async (
  upkeep: Awaited<ReturnType<typeof startUpkeep>>,
  person: string,
  kind: "deactivated" | "member",
): Promise<void> => {
  await upkeep.program.slack.admin("PATCH", `people/${person}`, { kind });
};

test("their keys are listed to the responders, and handed over to who knows them", async () => {
  await using upkeep = await startUpkeep(["ada", "ben", "dmitri", "emi", "farid"], {});
  const { program, as } = upkeep;
  await aWorkingKey(program, as.ada, "ci-first");
  await aWorkingKey(program, as.ada, "ci-second");
  await become(upkeep, as.ada.user, "deactivated");
  const card = await messageWith(as.farid, "#incidents", "2 keys have lost their owner");
  // Chiara approved both.
  expect(textOf(card)).toContain("Proposed owner: <@U0CHIARA001>");
  expect(textOf(card)).toContain("[Hand over…] [Lock…] [Show]");
  expect(textOf(card)).toMatch(/<@U0EMI000001>.*: please see to them\./);
  expect(await eventsOf(program.context.store, `person:${as.ada.user}`)).toContain("owner.departed");

  await as.ben.click(card, "key.assign-again");
  await modalWith(
    as.ben,
    "This is somebody else's key. Its owner or an incident responder can hand it over.",
  );
  await as.ben.closeModal({ all: true });

  letCardsBeDrawn(program);
  await as.farid.click(card, "key.assign-again");
  const form = await modalWith(as.farid, "ci-first", "New owner");
  expect(JSON.stringify(form.view.blocks)).toContain('"initial_user":"U0CHIARA001"');
  await sendForm(
    as.farid,
    { "key.assign.to": "U0CHIARA001", "key.assign.because": "Ada has left the company" },
    "a new owner for ci-first is made",
  );
  const request = await messageWith(as.dmitri, "#key-approvals", "New owner: ci-first", "[Approve]");
  letCardsBeDrawn(program);
  await as.dmitri.click(request, "decide.approve");
  letCardsBeDrawn(program);
  const one = textOf(await messageWith(as.farid, "#incidents", "1 key has lost its owner"));
  expect(one).toContain("With another owner now\nci-first: <@U0CHIARA001>");
  expect(one).toContain("ci-second (ID");

  // Locked from the card, and it says so.
  letCardsBeDrawn(program);
  await as.farid.click(await messageWith(as.farid, "#incidents", "1 key has lost its owner"), "key.lock");
  await modalWith(as.farid, "ci-second", "Why");
  await sendForm(as.farid, { "key.lock.because": "nobody looks after it" }, "ci-second is locked.");
  letCardsBeDrawn(program);
  await messageWith(as.farid, "#incidents", "1 key has lost its owner", "locked by");

  await become(upkeep, as.ada.user, "member");
  await messageWith(as.farid, "#incidents", "The keys of somebody who had left", "They are back since");
  await become(upkeep, as.ada.user, "deactivated");
  await inTime(
    program,
    async () => (await messagesSaying(as.farid, "#incidents", "lost its owner")).length === 1,
  );
  expect(await messagesSaying(as.farid, "#incidents", "The keys of somebody who had left")).toHaveLength(1);
  await trailIsWhole(program.context.store);
});

test("an owner who leaves unheard is found within a day, once, though the bot is restarted", async () => {
  // Slack's events do not arrive.
  const deaf = (context: Context): Context => ({
    ...context,
    store: { ...context.store, personChanged: async () => {}, forget: async () => {} },
  });
  await using upkeep = await startUpkeep(["ada", "farid"], { team: "C0GENERAL01" }, deaf);
  const { program, as } = upkeep;
  const { id } = await aWorkingKey(program, as.ada, "ci-unheard");
  await pass(program, 0.1);
  await become(upkeep, as.ada.user, "deactivated");
  await pass(program, 1);
  await messageWith(as.farid, "#incidents", "1 key has lost its owner");
  await program.restart();
  await pass(program, 1);
  const left = async () =>
    (await eventsOf(program.context.store, `person:${as.ada.user}`)).filter(
      (each) => each === "owner.departed",
    );
  expect(await left()).toHaveLength(1);

  // Nobody can tell them that their key ends: the team hears of it from the first time on.
  await pass(program, 58);
  await messageWith(as.farid, "#general", "Expires soon: ci-unheard");
  expect(await remindedOf(program, id)).toEqual([{ what: "expiry", step: 30, team: true }]);
});

test("without an active person who knows a key nobody is proposed, and who owns nothing is not looked at", async () => {
  await using upkeep = await startUpkeep(["ada", "ben", "chiara", "farid"], {});
  const { program, as } = upkeep;
  await aWorkingKey(program, as.ada, "ci-lonely");
  await become(upkeep, as.ben.user, "deactivated");
  await become(upkeep, as.chiara.user, "deactivated");
  await become(upkeep, as.ada.user, "deactivated");
  const card = await messageWith(as.farid, "#incidents", "1 key has lost its owner");
  expect(textOf(card)).toContain("Proposed owner: nobody that I know of");
  await as.farid.click(card, "key.assign-again");
  expect(textOf(await modalWith(as.farid, "ci-lonely", "New owner"))).toContain("ci-lonely");
  const { store } = program.context;
  expect(await store.departureOf(personId.parse(as.ben.user))).toBeUndefined();
});

test("a key is adopted by nobody who has left, whatever the card proposed", async () => {
  await using upkeep = await startUpkeep(["ada", "farid"], {});
  const { program, as } = upkeep;
  await aWorkingKey(program, as.ada, "ci-both");
  await become(upkeep, as.ada.user, "deactivated");
  await messageWith(as.farid, "#incidents", "Proposed owner: <@U0CHIARA001>");
  await become(upkeep, "U0CHIARA001", "deactivated");
  program.clock.advance(DAY);
  await formAfter(as.farid, "assign ci-both", "New owner");
  await as.farid.closeModal({ all: true });
  const said = await answerTo(as.farid, async () =>
    as.farid.command("/apikey assign ci-both to <@U0CHIARA001> because the card says so"),
  );
  expect(said).toContain("not active in the workspace");
  expect(await type(as.farid, "show ci-both")).toContain(`<@${as.ada.user}>`);
});
