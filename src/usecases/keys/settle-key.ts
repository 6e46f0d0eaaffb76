import { Fault } from "../../domain/fault.ts";
import { type Due, endTimedLocks, type KeyRecord } from "../../domain/key.ts";
import { dropName, goneKey, oweActive, settleKey } from "../../domain/key-settling.ts";
import { holding } from "../../domain/lockout.ts";
import { readMarker, withMarker } from "../../domain/marker.ts";
import type { Step } from "../../domain/request.ts";
import type { KeyId } from "../../domain/values.ts";
import { changeKnown, one } from "../change.ts";
import type { Context, KeyChange, ManagedKey } from "../ports.ts";

/** How often values are set anew because somebody changed the record meanwhile. */
const ROUNDS = 10;

/** `later`: the manager has not answered yet; `held`: a lockout keeps the key down, whatever else is due. */
export type Settling = "settled" | "later" | "held";

/**
 * Gives the manager what is due for a key, and says so only when its own answer shows it. Values
 * are set, not toggled, and read anew after each round: of a lock and an unlock at once the last
 * commit is what stands at the end, whichever call came later. What fails here the sweep takes up.
 */
export async function settle(context: Context, id: KeyId): Promise<Settling> {
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const settled = await settleOnce(context, id);
      if (settled !== undefined) return settled;
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.log.warn({ code: error.code, key: id }, "a change to a key goes on later");
  }
  return "later";
}

/** Timed locks whose time has come end; then whatever is due is done. */
export async function settleDueKey(context: Context, id: KeyId): Promise<void> {
  await commitStep(context, id, (record) => endTimedLocks(record, context.clock()));
  await settle(context, id);
}

/** The key is gone from the manager: so says its record from now on, if somebody had made one. */
export async function noteGone(context: Context, id: KeyId): Promise<void> {
  await commitStep(context, id, (record) => goneKey(record, context.clock()));
}

/** One round; `undefined` when the record moved meanwhile, and the next one has to look again. */
async function settleOnce(context: Context, id: KeyId): Promise<"settled" | "held" | undefined> {
  const before = await context.store.key(id);
  const due = before?.value.due;
  if (before === undefined || due === undefined) return "settled";
  const { version: gate, lockouts } = await context.store.gate(id);
  const held = due.active === true && holding(lockouts, before.value) !== undefined;
  // An earlier round, or one that was cut off, may have made the key active before the lockout came:
  // its restore will bring it back, and nothing else.
  const told = held ? { ...due, active: false } : due;
  try {
    await tell(context, id, told);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.code === "manager-conflict" && due.name !== undefined) {
      await nameTaken(context, before.value, due.name);
      return undefined;
    }
    if (error.code !== "manager-not-found") throw error;
    await noteGone(context, id);
    return "settled";
  }
  if (held) return "held";
  const step = settleKey(before.value, context.clock());
  if ("refusal" in step) return "settled";
  const commit = one({ row: "key", before, next: step.next }, step.event);
  const outcome = await context.store.commit(
    due.active === true ? { ...commit, gate: { read: gate } } : commit,
  );
  if (outcome !== "committed") {
    // Somebody may have settled the opposite while our call was under way, and ours came last.
    await commitStep(context, id, (record) => oweActive(record, before.value, context.clock()));
    return undefined;
  }
  context.nudge();
  return "settled";
}

/** The name goes, unless somebody has chosen another one since, and whoever wanted it is told. */
async function nameTaken(
  context: Context,
  { id, name: keyName, dueBy }: KeyRecord,
  wanted: string,
): Promise<void> {
  await commitStep(context, id, (record) => dropName(record, wanted, context.clock()));
  if (dueBy !== undefined) await tellTaken(context, dueBy, { keyName, wanted });
}

async function tell(context: Context, id: KeyId, due: Due): Promise<void> {
  if (due.deleted) return context.manager.deleteKey(id);
  const { deleted: _, description, ...values } = due;
  const change: KeyChange = {
    ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)),
    ...(description === undefined ? {} : { description: await keepingMarker(context, id, description) }),
  };
  const answered = await context.manager.modifyKey(id, change);
  if (shows(answered, change)) return;
  throw new Fault("manager-bad-answer", `POST /apikeys/${id}: the answer is not what was set`);
}

/** A marker at the end of a description stays there, whatever people write before it. */
async function keepingMarker(context: Context, id: KeyId, text: string): Promise<string> {
  const found = readMarker((await context.manager.describeKey(id))?.description ?? "");
  return found === undefined ? text : withMarker(text, found.origin, found.seal);
}

/** A manager that keeps something else than it was sent is not believed; it may count in whole seconds. */
function shows(key: ManagedKey, { expiresAt, ...change }: KeyChange): boolean {
  const apart = expiresAt === undefined ? 0 : Math.abs((key.expiresAt ?? 0) - (expiresAt ?? 0));
  const same = (["name", "description", "locale", "timeZone", "active"] as const).every(
    (member) => change[member] === undefined || key[member] === change[member],
  );
  return same && apart < 1000;
}

async function commitStep(
  context: Context,
  id: KeyId,
  step: (record: KeyRecord) => Step<KeyRecord>,
): Promise<void> {
  await changeKnown<undefined>(context, async () => {
    const before = await context.store.key(id);
    if (before === undefined) return { refusal: { reason: "key-deleted" } };
    const taken = step(before.value);
    if ("refusal" in taken) return taken;
    return { commit: one({ row: "key", before, next: taken.next }, taken.event), result: undefined };
  });
}

async function tellTaken(
  context: Context,
  person: NonNullable<KeyRecord["dueBy"]>,
  names: { keyName: string; wanted: string },
): Promise<void> {
  try {
    await context.messages.tell(person, { kind: "name-taken", ...names });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.log.warn({ code: error.code }, "the word that a name is taken could not be sent");
  }
}
