import { countIn, type Lockout } from "../domain/lockout.ts";
import { itemState } from "../domain/lockout-item.ts";
import type { Instant } from "../domain/values.ts";
import type { Store } from "../usecases/store-port.ts";
import type { Figures } from "./figures.ts";

export type StoreRead = Pick<Store, "auditHead" | "countRequests" | "gate" | "inventoryState" | "lockouts">;

/** Among so many, one is no drill, or the last real one is long ago. */
const NEWEST = 20;
const IN_FORCE = ["declared", "contained", "ending"] as const;

/** What figures say of the store. */
export async function readStored(store: StoreRead) {
  const [head, counted, gate, inventory, latest] = await Promise.all([
    store.auditHead(),
    store.countRequests(),
    store.gate(),
    store.inventoryState(),
    store.lockouts(NEWEST),
  ]);
  const newest = latest.find(({ value }) => !value.drill)?.value;
  return { head, counted, inForce: gate.lockouts, keysAsOf: inventory?.asOf, newest };
}

type Stored = Awaited<ReturnType<typeof readStored>>;

/** What cannot be read is not known, and what there was is not what there is: then nothing is said. */
export function showStored(
  figures: Figures,
  stored: Stored | undefined,
  { now, startedAt }: { now: Instant; startedAt: Instant },
): void {
  const { requests, auditHead, keysReadAge, lockouts, lockoutUncontained, lockoutKeys, lockoutClock } =
    figures;
  for (const each of [requests, lockouts, lockoutKeys, lockoutClock]) each.reset();
  for (const each of [auditHead, keysReadAge, lockoutUncontained]) each.remove();
  figures.storeUp.set(stored === undefined ? 0 : 1);
  if (stored === undefined) return;
  const { head, counted, inForce, keysAsOf = startedAt, newest } = stored;
  auditHead.set(head);
  keysReadAge.set((now - keysAsOf) / 1000);
  for (const { state, count } of counted) requests.set({ state }, count);
  for (const state of IN_FORCE)
    lockouts.set({ state }, inForce.filter((each) => each.state === state).length);
  const uncontained = inForce.filter(isUncontained).map(({ at }) => at);
  lockoutUncontained.set(uncontained.length === 0 ? 0 : (now - Math.min(...uncontained)) / 1000);
  for (const state of itemState.options)
    lockoutKeys.set(
      { state },
      inForce.reduce((sum, each) => sum + each.counts[state], 0),
    );
  if (newest === undefined) return;
  for (const [mark, at] of Object.entries(newest.clock))
    lockoutClock.set({ mark: mark.replace(/At$/, "") }, (at - newest.at) / 1000);
}

/** Its state alone does not tell: its time may be over, or more keys found, before all are read back as locked. */
function isUncontained(lockout: Lockout): boolean {
  return lockout.state === "declared" || countIn(lockout, ["waiting", "locked"]) > 0;
}
