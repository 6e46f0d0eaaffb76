import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../config.ts";
import { countIn, type Lockout, type LockoutId } from "../domain/lockout.ts";
import { RESTORING } from "../domain/lockout-item.ts";
import { driveLockouts } from "../usecases/lockout/lockout-engine.ts";
import type { Context } from "../usecases/ports.ts";
import type { Terminal } from "./terminal.ts";

/** How often what is going on is looked at, and how long nothing may happen before that is said; milliseconds. */
const LOOK = 500;
const STILL = 15_000;

/** Works on it, or where the running program alone can reach the manager, watches it at work. */
export async function follow(
  context: Context,
  terminal: Terminal,
  id: LockoutId,
  config: Config,
): Promise<0 | 1> {
  let said = "";
  let changedAt = Date.now();
  for (;;) {
    if (config.manager.kind === "remote") await driveLockouts(context);
    const now = (await context.store.lockout(id))?.value;
    if (now === undefined) return 1;
    const words = standInWords(now);
    if (words !== said) {
      terminal.say(`${words}\n`);
      said = words;
      changedAt = Date.now();
    }
    if (isQuiet(now)) return 0;
    if (Date.now() - changedAt > STILL) {
      terminal.say(
        "Nothing has happened for a while. It goes on by itself as soon as the manager answers and Portcullis runs.\n",
      );
      return 1;
    }
    await sleep(LOOK);
  }
}

function isQuiet(now: Lockout): boolean {
  return now.state !== "declared" && now.state !== "restoring" && countIn(now, RESTORING) === 0;
}

export function standInWords(now: Lockout): string {
  const { state, counts, clock, at } = now;
  const verified =
    clock.verifiedAt === undefined ? "" : `, verified after ${((clock.verifiedAt - at) / 1000).toFixed(1)} s`;
  const parts = Object.entries(counts).flatMap(([each, count]) => (count === 0 ? [] : [`${count} ${each}`]));
  return `${state}: ${parts.join(", ") || "nothing found yet"}${verified}`;
}
