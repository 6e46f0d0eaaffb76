import { holding, type Turn, turned } from "../../domain/lockout.ts";
import { releaseKey } from "../../domain/lockout-hold.ts";
import { letGo } from "../../domain/lockout-item.ts";
import { SECOND } from "../../domain/values.ts";
import type { Batch, Batched } from "../lockout-port.ts";
import type { Work } from "./lockout-work.ts";

const BATCH = 250;
/** The engine tells the manager itself; what it did not come to, the sweep does after this long. */
const SWEEP_AFTER = 10 * SECOND;

/** Takes the lockout's hold from keys whose restore is approved; those that nothing else holds are to be opened. */
export async function letAllGo(work: Work): Promise<void> {
  const { context, id } = work;
  for (let after = 0; !work.over();) {
    const some = await context.store.lockoutItems(id, { after, states: ["leaving"], limit: BATCH });
    const last = some.at(-1);
    if (last === undefined) return;
    const at = context.clock();
    const keys = some.map(({ key }) => key);
    const of = { lockout: id, keys, records: true, gate: true, sweepFrom: at + SWEEP_AFTER };
    await context.store.commitBatch(of, (batch) => releaseAll(batch, at));
    context.nudge();
    after = last.key;
  }
}

function releaseAll({ lockout, items, records, others }: Batch, at: number): Batched {
  const turns: Turn[] = [];
  const changed = [];
  for (const before of items.values()) {
    if (before.state !== "leaving") continue;
    const record = records.get(before.key);
    const released = record && releaseKey(record, lockout.id);
    if (record === undefined || released === undefined) {
      turns.push({ before, next: letGo(before, "gone") });
      continue;
    }
    changed.push(released.record);
    // Another lockout that has not come to this key yet: it finds in the record that the key is to be active.
    const held = holding(others(before.key), record) === undefined ? undefined : "lockout";
    turns.push({ before, next: letGo(before, released.keptBy ?? held) });
  }
  return { ...turned(lockout, turns, at), records: changed };
}
