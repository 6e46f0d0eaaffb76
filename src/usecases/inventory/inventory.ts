import { newCard } from "../../domain/card.ts";
import { readMarker, sealedText } from "../../domain/marker.ts";
import { happeningOf, makeReport } from "../../domain/report.ts";
import { DAY, MINUTE, type RequestId } from "../../domain/values.ts";
import type { Differing, InventoryKey } from "../inventory-port.ts";
import type { Context, ManagedKey } from "../ports.ts";
import type { Commit } from "../store-port.ts";

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
  // The first sync finds everything new, and says nothing of it.
  const known = await store.inventoryState();
  let written = 0;
  for (let after = 0; ;) {
    const readAt = clock();
    const keys = await manager.keysAfter(after, PAGE);
    const last = keys.at(-1)?.id ?? after;
    const whole = keys.length < PAGE;
    const page = { after, through: whole ? Number.MAX_SAFE_INTEGER : last, readAt };
    written += await store.putKeysPage({
      ...page,
      keys: keys.map((key) => ({ ...listed(key, names.get(key.role)), madeBy: madeBy(context, key) })),
      ...(known === undefined ? {} : { reporting: (differing) => reportOn(context, differing) }),
    });
    if (whole) break;
    after = last;
  }
  await store.syncEnded({ asOf, soon: asOf + SOON });
  // What it did not say when they were drawn, it may say now.
  await store.wantCardsRedrawn("incomplete");
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

/** The request that a key's marker names, where the marker is ours. */
function madeBy({ seal }: Context, { description }: ManagedKey): RequestId | undefined {
  const found = readMarker(description);
  return found !== undefined && seal(sealedText(found.origin)) === found.seal
    ? found.origin.request
    : undefined;
}

/** What of a page nobody did here, with its card for the responders; `undefined`: nothing. */
function reportOn(
  context: Context,
  differing: readonly Differing[],
): Pick<Commit, "changes" | "events"> | undefined {
  const happenings = differing.flatMap(({ before, after, ours }) => happeningOf(before, after, ours) ?? []);
  if (happenings.length === 0 || !context.policy().policy.outside.report) return undefined;
  const at = context.clock();
  const { next, event } = makeReport({ id: context.newId(), at, happenings });
  const { incidents } = context.policy().policy.channels;
  const card = newCard(next.id, "outside", { channel: incidents }, at);
  context.nudge();
  return {
    changes: [
      { row: "report", next },
      { row: "card", next: card },
    ],
    events: [event],
  };
}
