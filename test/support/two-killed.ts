import { SECOND } from "../../src/domain/values.ts";
import { personNamed, testPolicyFile } from "./context.ts";
import { gatherCrowd, seeded } from "./crowd.ts";
import { startReplicas } from "./replicas.ts";
import { type Checked, checkTruth } from "./truth.ts";

const people = (...names: string[]) => ({ people: names.map(personNamed) });

/** As many people do random things for some seconds, two processes are killed and started again at random. */
export async function runTwoKilled({
  seed,
  seconds,
}: {
  seed: number;
  seconds: number;
}): Promise<{ kills: number; checked: Checked }> {
  const groups = {
    security: people("chiara", "dmitri", "emi"),
    responders: people("farid", "emi", "chiara"),
    auditors: people("grace"),
  };
  await using replicas = await startReplicas(2, testPolicyFile({ groups }));
  const crowd = await gatherCrowd(replicas.slack, { seed });
  const luck = seeded(seed);
  const end = Date.now() + seconds * SECOND;
  console.log("start", process.uptime());
  const over = (): boolean => Date.now() > end;
  try {
    // Time runs three times as fast: what was cut off is given up within the run, not after it.
    const passing = setInterval(() => replicas.advance(2 * SECOND), SECOND);
    const [kills] = await Promise.all([
      replicas.keepKilling(() => 500 + luck() * 4500, over),
      crowd.actUntil(over),
    ]).finally(() => clearInterval(passing));
    console.log("acted", process.uptime(), JSON.stringify([...crowd.done]));
    const checked = await checkTruth({ ...replicas, crowd });
    console.log(process.uptime(), { kills, checked });
    return { kills, checked };
  } catch (error) {
    const done = JSON.stringify([...crowd.done]);
    throw new Error(`seed ${seed}; done: ${done}; ${replicas.said().slice(-3000)}`, { cause: error });
  }
}
