import { join } from "node:path";
import { type OnBadLines, startOnBadLines } from "./bad-lines.ts";
import { personNamed } from "./context.ts";
import { type Crowd, gatherCrowd } from "./crowd.ts";
import { policyForIncidents } from "./lockouts.ts";
import { type Scene, waitUntilQuiet } from "./quiet.ts";
import { checkTruth } from "./truth.ts";

const TICK = 100;

export async function stormyDay(
  { seed, haste, ms, rate }: { seed: number; haste: number; ms: number; rate: number },
  look: (on: OnBadLines, crowd: Crowd, scene: Scene) => Promise<void>,
): Promise<void> {
  await using on = await startOnBadLines({ seed, haste, policy: policyForIncidents() });
  const { program } = on;
  await program.slack.admin("PATCH", "channels/C0INCIDENTS", {
    add: ["emi", "chiara", "farid"].map(personNamed),
  });
  const crowd = await gatherCrowd(program.slack, { seed });
  const ticking = setInterval(() => program.clock.advance(TICK * (haste - 1)), TICK);
  const scene: Scene = {
    context: { ...program.context, manager: on.manager },
    where: { sqlite: join(program.folder, "portcullis.sqlite") },
    advance: (by) => program.clock.advance(by),
  };
  try {
    const warm = Date.now() + 3000;
    await crowd.actUntil(() => Date.now() > warm);
    on.slackLine.rate = rate;
    on.managerLine.rate = rate;
    const end = Date.now() + ms;
    await crowd.actUntil(() => Date.now() > end);
    on.slackLine.heal();
    on.managerLine.heal();
    await waitUntilQuiet(scene, 20_000);
  } finally {
    clearInterval(ticking);
  }
  await look(on, crowd, scene);
  try {
    console.log(await checkTruth({ ...scene, crowd }));
  } finally {
    console.log(on.witness.story.join("\n"));
  }
}
