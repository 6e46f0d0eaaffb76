import type { Looking, ManagedKey, Manager } from "../ports.ts";

/**
 * All keys of the manager, by pages of so many in order of ID. Each is there once, as it was said last:
 * one that is said twice is still one key. Throws manager faults.
 */
export async function allKeys(
  manager: Pick<Manager, "keysAfter">,
  limit: number,
  looking?: Looking,
): Promise<ManagedKey[]> {
  const keys = new Map<number, ManagedKey>();
  for (let after = 0; ;) {
    const page = await manager.keysAfter(after, limit, looking);
    for (const key of page) keys.set(key.id, key);
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return [...keys.values()];
    after = last.id;
  }
}
