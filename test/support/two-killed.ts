import { setTimeout as pause } from "node:timers/promises";
import { SECOND } from "../../src/domain/values.ts";
import { personNamed, testPolicyFile } from "./context.ts";
import { gatherCrowd, seeded } from "./crowd.ts";
import { startReplicas } from "./replicas.ts";
import { type Checked, checkTruth } from "./truth.ts";

const people = (...names: string[]) => ({ people: names.map(personNamed) });

/** How much has to have happened before it is enough: a slow machine takes longer. */
export type Enough = { seconds: number; kills: number; secrets: number };

/**
 * Two processes are killed and started again at random, while people do random things in Slack; then all
 * comes to rest, and is held against the truth. What fails says with which seed it may come again.
 */
export async function runTwoKilled(seed: number, enough: Enough): Promise<Checked & { kills: number }> {
  const groups = {
    security: people("chiara", "dmitri", "emi"),
    responders: people("farid", "emi", "chiara"),
    auditors: people("grace"),
  };
  await using replicas = await startReplicas(2, testPolicyFile({ groups }));
  const crowd = await gatherCrowd(replicas.slack, { seed });
  const luck = seeded(seed);
  const earliest = Date.now() + enough.seconds * SECOND;
  let over = false;
  const isEnough = (kills: number): boolean =>
    (over ||= Date.now() > earliest && kills >= enough.kills && crowd.shown().length >= enough.secrets);
  // Mostly while somebody is just being shown a secret, or something is being carried out: that is soon over.
  const life = async (): Promise<void> => {
    await pause(500 + luck() * 3000);
    if (luck() < 0.3) return;
    await Promise.race([crowd.begins("claim", "approve", "lock", "unlock", "lockout"), pause(2 * SECOND)]);
    await pause(luck() * 150);
  };
  // Time runs three times as fast: what was cut off is given up within the run, not after it.
  const passing = setInterval(() => replicas.advance(2 * SECOND), SECOND);
  try {
    const [kills] = await Promise.all([
      replicas.keepKilling(life, isEnough).finally(() => (over = true)),
      crowd.actUntil(() => over),
    ]);
    clearInterval(passing);
    return { ...(await checkTruth({ ...replicas, crowd })), kills };
  } catch (error) {
    const done = JSON.stringify(Object.fromEntries(crowd.done));
    throw new Error(`seed ${seed}; done: ${done}; said: ${replicas.said().slice(-3000)}`, { cause: error });
  } finally {
    clearInterval(passing);
  }
}
