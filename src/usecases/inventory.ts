import { readMarker } from "../domain/marker.ts";
import { DAY, MINUTE } from "../domain/values.ts";
import type { InventoryKey } from "./inventory-port.ts";
import type { Context, ManagedKey } from "./ports.ts";

/** How often all keys are read. */
const PERIOD = 5 * MINUTE;
/** Keys read at once: what one page takes of memory. */
const PAGE = 1000;
/** A key that expires within this time is said to expire soon. */
export const SOON = 30 * DAY;

/** Reads all keys when it is time to and nobody else does; answers how many rows were written. */
export async function syncInventory(context: Context): Promise<number | undefined> {
  const { store, clock } = context;
  const now = clock();
  if (!(await store.beginSync(now, now - PERIOD))) return undefined;
  return syncAll(context);
}

/**
 * Reads all keys by pages in order of ID. What is deleted is seen as a gap between two pages' ends.
 * A manager fault leaves the rest as it was, with its older "as of". Throws manager faults.
 */
async function syncAll(context: Context): Promise<number> {
  const { store, manager, clock } = context;
  const asOf = clock();
  const names = new Map((await manager.roles()).map((role) => [role.id, role.name]));
  let written = 0;
  for (let after = 0; ;) {
    const readAt = clock();
    const keys = await manager.keysAfter(after, PAGE);
    const last = keys.at(-1)?.id ?? after;
    const whole = keys.length < PAGE;
    const page = { after, through: whole ? Number.MAX_SAFE_INTEGER : last, readAt };
    written += await store.putKeysPage({
      ...page,
      keys: keys.map((key) => listed(key, names.get(key.role))),
    });
    if (whole) break;
    after = last;
  }
  await store.syncEnded({ asOf, soon: asOf + SOON });
  return written;
}

/**
 * A key as lists show it: used by the day, so that a key in use changes its row once a day, and
 * without our marker, which is not for people.
 */
export function listed(key: ManagedKey, roleName: string | undefined): InventoryKey {
  const { lastUsedAt, description } = key;
  return {
    ...key,
    description: readMarker(description)?.text ?? description,
    lastUsedAt: lastUsedAt === undefined ? undefined : lastUsedAt - (lastUsedAt % DAY),
    roleName,
  };
}
