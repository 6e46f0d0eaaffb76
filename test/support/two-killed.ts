import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { SECOND } from "../../src/domain/values.ts";
import { gatherCrowd, policyForCrowd, seeded } from "./crowd.ts";
import { startReplicas } from "./replicas.ts";
import { type Checked, checkTruth } from "./truth.ts";

/** How much has to have happened before it is enough: a slow machine takes longer. */
export type Enough = { seconds: number; kills: number; secrets: number };

/** In the middle of something that takes several steps: most kills come about such a call. */
const BUSY = [
  /^POST .*\/apikeys$/,
  /^POST .*\/apikeys\/\d+(\/secretkey)?$/,
  /chat\.postEphemeral/,
  /chat\.postEphemeral/,
  /chat\.(postMessage|update)/,
];

/** Resolves when the manager or Slack, which run in this process, next hear such a call; or after so long. */
export async function nextCall(call: RegExp, patience: number): Promise<void> {
  let heard = (): void => {};
  const hear = (message: unknown): void => {
    const { request } = message as { request: IncomingMessage };
    if (call.test(`${request.method} ${request.url}`)) heard();
  };
  subscribe(REQUESTS, hear);
  await Promise.race([new Promise<void>((resolve) => (heard = resolve)), pause(patience)]);
  unsubscribe(REQUESTS, hear);
}

const REQUESTS = "http.server.request.start";

/**
 * Two processes are killed and started again at random, while people do random things in Slack; then all
 * comes to rest, and is held against the truth. What fails says with which seed it may come again.
 */
export async function runTwoKilled(seed: number, enough: Enough): Promise<Checked & { kills: number }> {
  await using replicas = await startReplicas(2, policyForCrowd());
  const crowd = await gatherCrowd(replicas.slack, { seed });
  const luck = seeded(seed);
  const earliest = Date.now() + enough.seconds * SECOND;
  let over = false;
  const isEnough = (kills: number): boolean =>
    (over ||= Date.now() > earliest && kills >= enough.kills && crowd.shown().length >= enough.secrets);
  const life = async (): Promise<void> => {
    await pause(500 + luck() * 2500);
    if (luck() < 0.2) return;
    const call = BUSY[Math.floor(luck() * BUSY.length)] ?? /./;
    await nextCall(call, 3 * SECOND);
    await pause(luck() * luck() * 60);
  };
  // Time runs three times as fast: what was cut off is given up within the run, not after it.
  const passing = setInterval(() => replicas.advance(2 * SECOND), SECOND);
  try {
    const [kills] = await Promise.all([
      replicas.keepKilling(life, isEnough).finally(() => (over = true)),
      crowd.actUntil(() => over),
    ]);
    clearInterval(passing);
    const checked = await checkTruth({ ...replicas, crowd });
    if (replicas.bugs().length > 0) throw new Error(replicas.bugs().join("\n"));
    return { ...checked, kills };
  } catch (error) {
    const done = JSON.stringify(Object.fromEntries(crowd.done));
    throw new Error(`seed ${seed}; done: ${done}; said: ${replicas.said().slice(-3000)}`, { cause: error });
  } finally {
    clearInterval(passing);
  }
}
