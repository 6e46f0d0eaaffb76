import { vi } from "vitest";
import type { Message } from "../../src/local-slack/client-protocol.ts";
import { SECOND } from "../../src/domain/values.ts";
import type { OnBadLines } from "./bad-lines.ts";
import type { Chaos } from "./chaos.ts";
import {
  answerTo,
  askAndGetApproved,
  askFor,
  cardOf,
  claimMessage,
  letCardsBeDrawn,
  messageWith,
  privateAnswer,
  textOf,
} from "./conversation.ts";
import type { Program } from "./program.ts";

/** Changes to a key that there is, of which none gets through. */
const changes = (how: "500" | "unheeded"): Counted => {
  let count = 0;
  return {
    count: () => count,
    bend: ({ method, path }) => {
      if (method !== "POST" || !/^\/api\/apikeys\/\d+$/.test(path)) return undefined;
      count += 1;
      return how;
    },
  };
};
type Counted = { count: () => number; bend: NonNullable<Chaos["bend"]> };

/**
 * While Slack's line is good the manager fails at one call after another that chance meets too seldom.
 * What is said then is for the witness to judge: here it is only waited for.
 */
export async function sendSqualls(on: OnBadLines): Promise<void> {
  const { program, managerLine } = on;
  const { slack } = program;
  const [ada, chiara, emi] = [await slack.as("ada"), await slack.as("chiara"), await slack.as("emi")];
  await askAndGetApproved(program, ada, { name: "squall" });
  await askFor(program, ada, { name: "gale" });
  const offer = await claimMessage(ada, "squall", "[Show my secret once]");

  // Nothing can be looked up, and both hear so.
  managerLine.bend = () => "500";
  const heard = await Promise.allSettled([
    privateAnswer(ada, async () => ada.click(offer, "claim.show")),
    privateAnswer(emi, async () => emi.click(await cardOf(emi, "gale", "[Approve]"), "decide.approve")),
  ]);
  if (heard.some(({ status }) => status === "rejected"))
    throw new Error("nobody was told that the manager fails");

  // A secret is shown, and its key does not become active yet.
  const unheeded = changes("unheeded");
  managerLine.bend = unheeded.bend;
  letCardsBeDrawn(program);
  await privateAnswer(ada, async () => ada.click(offer, "claim.show"));
  const active = async (): Promise<boolean> =>
    textOf(await claimMessage(ada, "squall", "the key's number is")).includes("The key is active since");
  await passing(program, async () => unheeded.count() > 0 || (await active()));
  managerLine.bend = undefined;
  await passing(program, active);

  // It cannot be locked, or the manager does not heed it.
  for (const how of ["500", "unheeded"] as const) {
    managerLine.bend = changes(how).bend;
    await answerTo(ada, async () => ada.command("/apikey lock squall because odd calls"));
    managerLine.bend = undefined;
    await answerTo(ada, async () => ada.command("/apikey unlock squall"));
  }

  // Another role is approved, and the key keeps its own.
  await answerTo(ada, async () => ada.command("/apikey role squall to Full Access because more work"));
  const card = async (words: string): Promise<Message> =>
    messageWith(emi, "#key-approvals", ": squall\n", "Full Access", words);
  const carriedOut = async (): Promise<boolean> =>
    textOf(await card(`<@${emi.user}>`)).includes("and carried out");
  const failing = changes("500");
  managerLine.bend = failing.bend;
  for (const approver of [chiara, emi]) {
    const open = await card("[Approve]");
    letCardsBeDrawn(program);
    await approver.click(open, "decide.approve");
    await card(`<@${approver.user}>`);
  }
  // The client tries once more by itself.
  await passing(program, async () => failing.count() > 1 || (await carriedOut()));
  const kept = changes("unheeded");
  managerLine.bend = kept.bend;
  await passing(program, async () => kept.count() > 0 || (await carriedOut()));
  managerLine.bend = undefined;
}

/** Time runs on quickly: what failed is tried again only after a while. */
async function passing({ clock }: Program, holds: () => Promise<boolean>): Promise<void> {
  await vi.waitUntil(
    async () => {
      clock.advance(2 * SECOND);
      return holds();
    },
    { timeout: 20_000, interval: 50 },
  );
}
