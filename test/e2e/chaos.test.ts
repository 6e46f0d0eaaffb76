import { expect, test } from "vitest";
import { stormyDay } from "../support/chaos-run.ts";
import { trail } from "../support/audit.ts";

test("chaos", async () => {
  const seed = Number(process.env["SEED"] ?? 1);
  await stormyDay({ seed, haste: 5, ms: Number(process.env["MS"] ?? 10_000), rate: Number(process.env["RATE"] ?? 0.3) }, async ({ program, witness, slackLine, managerLine }, crowd) => {
    const events = (await trail(program.context.store)).map(({ event }) => event);
    console.log(JSON.stringify(Object.fromEntries(Object.entries(Object.groupBy(events, (e) => e)).map(([k, v]) => [k, v?.length]))));
    console.log(JSON.stringify([...crowd.done]));
    console.log(witness.checked, witness.untrue, "again", witness.shownAgain);
    console.log("clicks", witness.clicks.count, "unlucky", witness.clicks.unlucky, witness.clicks.ignored);
    console.log(slackLine.fates, managerLine.fates, slackLine.cuts);
    for (const { value } of await program.context.store.lockouts(50)) {
      console.log(JSON.stringify(value));
      console.log(JSON.stringify(await program.context.store.lockoutItems(value.id, { after: 0, limit: 100 })));
      console.log((await trail(program.context.store)).filter((r) => r.subject === `lockout:${value.id}`).map((r) => `${r.seq} ${r.at} ${r.event} ${r.evidence}`).join("\n"));
    }
    const lines = program.logged().split("\n").filter(Boolean).map((l) => JSON.parse(l));
    const errors = lines.filter((l) => l.level >= 50 || l.level === "error");
    console.log(lines.length, errors.length, JSON.stringify([...Map.groupBy(errors, (e) => JSON.stringify([e.msg, e.err?.message ?? e.error?.message, (e.err??e.error)?.stack?.split("\n").filter((l: string)=>l.includes("/tmp/c2")).slice(0,3)])).entries()].map(([k, v]) => [v.length, k]), null, 1));
    console.log(JSON.stringify(await program.context.store.countRequests()));
    expect(witness.untrue).toEqual([]);
    expect(witness.clicks.ignored).toEqual([]);
  });
}, 120_000);
