import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Policy } from "../../src/domain/policy.ts";
import { MINUTE } from "../../src/domain/values.ts";
import { testPolicy } from "../support/context.ts";
import {
  answerTo,
  approve,
  askAndGetApproved,
  askFor,
  cardOf,
  claimMessage,
  letCardsBeDrawn,
  messageWith,
  requestNamed,
  showSecret,
  trailIsWhole,
} from "../support/conversation.ts";
import type { Client } from "../support/local-slack.ts";
import { type Program, startProgram } from "../support/program.ts";

/** The policy's rule for Auditor; what it says besides stays. */
const auditor = (rule: object): Policy =>
  testPolicy({ rules: [{ name: "reading", when: { roles: ["Auditor"] }, ...rule }] });
const approvals = (count: number): Policy => auditor({ needs: [{ group: "security", approvals: count }] });
const refusing = auditor({ refuse: "No more keys this year." });
const automatic = auditor({ automatic: true });

let inForce = approvals(1);
let program: Program;
let ada: Client;
let chiara: Client;

beforeAll(async () => {
  const policy = (): ReturnType<Program["context"]["policy"]> => ({ policy: inForce, hash: "1".repeat(64) });
  program = await startProgram({ around: (context) => ({ ...context, policy }) });
  [ada, chiara] = await Promise.all([program.slack.as("ada"), program.slack.as("chiara")]);
});
beforeEach(() => program.clock.advance(10 * MINUTE));
afterEach(() => {
  inForce = approvals(1);
});
afterAll(async () => {
  await trailIsWhole(program.context.store);
  await program[Symbol.asyncDispose]();
});

const stateOf = async (name: string) => (await requestNamed(program, name)).value.state;

describe("a pending request is judged by the stricter of the policy at its making and the policy now", () => {
  test("one approval was asked for, two are now: one is not enough", async () => {
    await askFor(program, ada, { name: "stricter" });
    inForce = approvals(2);
    await approve(program, chiara, "stricter");
    expect(await stateOf("stricter")).toBe("pending");
    await approve(program, "dmitri", "stricter");
    expect(await stateOf("stricter")).toBe("approved");
  });

  test.each([
    ["one is", approvals(1)],
    ["none is", automatic],
  ])("two approvals were asked for, %s now: two are still needed", async (how, now) => {
    const name = `milder-${how.replace(" ", "-")}`;
    inForce = approvals(2);
    await askFor(program, ada, { name });
    inForce = now;
    await approve(program, chiara, name);
    expect(await stateOf(name)).toBe("pending");
    await approve(program, "dmitri", name);
    expect(await stateOf(name)).toBe("approved");
  });

  test("what the policy now refuses cannot be approved: the request ends, and both are told why", async () => {
    await askFor(program, ada, { name: "refused-now" });
    inForce = refusing;
    const card = await cardOf(chiara, "refused-now");
    const words = await answerTo(chiara, async () => chiara.click(card, "decide.approve"));
    expect(words).toContain('The policy does not allow this (rule "reading"): No more keys this year.');
    letCardsBeDrawn(program);
    await messageWith(ada, "app", "Your request for the API key refused-now", "The policy has changed");
    expect(await stateOf("refused-now")).toBe("failed");
  });
});

describe("an approval is looked at again at the claim", () => {
  test.each([
    ["refuses it", refusing],
    ["asks for more than was given", approvals(2)],
  ])("and no longer holds where the policy now %s", async (how, now) => {
    const name = `claim-${how.length}`;
    await askAndGetApproved(program, ada, { name });
    inForce = now;
    const message = await claimMessage(ada, name, "[Show my secret once]");
    letCardsBeDrawn(program);
    const words = await answerTo(ada, async () => ada.click(message, "claim.show"));
    expect(words).toContain("The policy has changed and no longer allows this.");
    letCardsBeDrawn(program);
    await messageWith(
      ada,
      "app",
      `Your request for the API key ${name}`,
      "The policy has changed and no longer allows this.",
    );
    expect(await program.context.manager.keyNamed(name)).toBeUndefined();
    expect(await stateOf(name)).toBe("failed");
  });

  test("and holds where the policy has become milder", async () => {
    inForce = approvals(2);
    await askFor(program, ada, { name: "claim-milder" });
    await approve(program, chiara, "claim-milder");
    await approve(program, "dmitri", "claim-milder");
    inForce = automatic;
    await showSecret(program, ada, "claim-milder");
    await claimMessage(ada, "claim-milder", "The key is active since");
  });
});
