import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventsOf } from "../support/audit.ts";
import { personNamed, secretsIn } from "../support/context.ts";
import {
  approve,
  askFor,
  cardOf,
  claimMessage,
  claimNamed,
  requestNamed,
  showSecret,
  statusWith,
  trailIsWhole,
} from "../support/conversation.ts";
import { type Program, startProgram } from "../support/program.ts";

describe.each(["socket", "http"] as const)("the main job, with Slack delivering by %s", (mode) => {
  let program: Program;
  beforeAll(async () => {
    program = await startProgram({ mode });
  });
  afterAll(async () => {
    await trailIsWhole(program.context.store);
    await program[Symbol.asyncDispose]();
  });

  test("a key is asked for, approved, shown once and used", async () => {
    const { context, slack } = program;
    const ada = await slack.as("ada");
    const elsewhere = await slack.as("ben");
    const asked = await askFor(program, ada, { name: "ci-deploy", reason: "nightly report" });
    expect(await context.manager.keyNamed("ci-deploy")).toBeUndefined();

    const decided = await approve(program, "chiara", "ci-deploy");
    expect(decided.blocks.some(({ type }) => type === "actions")).toBe(false);
    expect(await context.manager.keyNamed("ci-deploy")).toBeUndefined();

    const { secret } = await showSecret(program, ada, "ci-deploy");
    const dm = await claimMessage(ada, "ci-deploy", "Its secret was shown on", "The key is active since");
    expect(dm.blocks.some(({ type }) => type === "actions")).toBe(false);
    expect(await statusWith(program, secret)).toBe(200);

    const claim = (await claimNamed(program, "ci-deploy")).value;
    const request = (await requestNamed(program, "ci-deploy")).value;
    expect(request).toMatchObject({ state: "fulfilled", asker: personNamed("ada") });
    expect(await context.manager.keyNamed("ci-deploy")).toMatchObject({ active: true, role: 2 });
    const record = await context.store.key((await context.manager.keyNamed("ci-deploy"))!.id);
    expect(record?.value).toMatchObject({ owner: personNamed("ada"), name: "ci-deploy" });
    await cardOf(await slack.as("chiara"), "ci-deploy", "Done: approved by");
    expect(secretsIn(await elsewhere.ephemerals())).toEqual([]);

    expect(await eventsOf(context.store, `request:${asked.id}`)).toEqual([
      "request.made",
      "request.approved",
      "request.fulfilled",
    ]);
    expect(await eventsOf(context.store, `claim:${claim.id}`)).toEqual([
      "claim.opened",
      "claim.minting",
      "claim.showing",
      "claim.delivered",
      "key.activated",
    ]);
  });
});
