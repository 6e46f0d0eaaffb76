import { Fault } from "../../domain/fault.ts";
import { type Due, type DueMember, endTimedLocks, type KeyRecord } from "../../domain/key.ts";
import {
  dropName,
  dropRefused,
  dueParts,
  goneKey,
  membersOf,
  oweActive,
  settleKey,
} from "../../domain/key-settling.ts";
import { holding } from "../../domain/lockout.ts";
import { readMarker, withMarker } from "../../domain/marker.ts";
import type { Step } from "../../domain/request.ts";
import type { KeyId } from "../../domain/values.ts";
import { changeKnown, one } from "../change.ts";
import type { Context, KeyChange, ManagedKey, PrivateNote } from "../ports.ts";

/** How often it is looked what is due: once for each call, and anew where somebody changed the record meanwhile. */
const ROUNDS = 15;

/**
 * What somebody waits for: that the key is active or is not, that it has new values, or that it is gone.
 * Who waits for a lock does not wait for values that are due besides: the sweep tells them.
 */
export type Awaited = "active" | "values" | "deleted";

/**
 * `later`: the manager has not answered yet; `held`: a lockout keeps the key down, whatever else is due;
 * `refused`: the manager has answered, and says no to these. A refused lock or unlock stays due, and is
 * tried again; anything else is dropped.
 */
export type Settling = "settled" | "later" | "held" | { refused: readonly DueMember[] };

/** What the calls of one settling are to tell, and what they met. */
type Met = {
  only: "active" | undefined;
  held: boolean;
  refused: DueMember[];
  /** Some of several values were refused: from now on each is told by itself, to find out which. */
  oneByOne: boolean;
};

/**
 * Gives the manager what is due for a key, and says so only when its own answer shows it. Values
 * are set, not toggled, and read anew after each round: of a lock and an unlock at once the last
 * commit is what stands at the end, whichever call came later. What fails here the sweep takes up.
 */
export async function settle(context: Context, id: KeyId, awaited: Awaited): Promise<Settling> {
  const met: Met = {
    only: awaited === "active" ? awaited : undefined,
    held: false,
    refused: [],
    oneByOne: false,
  };
  await settleRounds(context, id, met);
  return outcomeOf(awaited, met, (await context.store.key(id))?.value.due ?? {});
}

async function settleRounds(context: Context, id: KeyId, met: Met): Promise<void> {
  try {
    for (let round = 0; round < ROUNDS; round++) if (await settleNext(context, id, met)) break;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.log.warn({ code: error.code, key: id }, "a change to a key goes on later");
  }
}

function outcomeOf(awaited: Awaited, met: Met, due: Due): Settling {
  const awaits = (member: DueMember): boolean =>
    awaited === "values" ? member !== "active" && member !== "deleted" : member === awaited;
  const refused = met.refused.filter(awaits);
  if (refused.length > 0) return { refused };
  if (awaited === "active" && met.held) return "held";
  return due.deleted === true || membersOf(due).some(awaits) ? "later" : "settled";
}

/** Timed locks whose time has come end; then whatever is due is done. */
export async function settleDueKey(context: Context, id: KeyId): Promise<void> {
  await commitStep(context, id, (record) => endTimedLocks(record, context.clock()));
  await settleRounds(context, id, { only: undefined, held: false, refused: [], oneByOne: false });
}

/** The key is gone from the manager: so says its record from now on, if somebody had made one. */
export async function noteGone(context: Context, id: KeyId): Promise<void> {
  await commitStep(context, id, (record) => goneKey(record, context.clock()));
}

/** The next call for what is due; `true`: there is nothing more to tell for now. */
async function settleNext(context: Context, id: KeyId, met: Met): Promise<boolean> {
  const before = await context.store.key(id);
  const part = before && nextPart(before.value.due ?? {}, met);
  if (before === undefined || part === undefined) return true;
  const { version: gate, lockouts } = await context.store.gate(id);
  const held = part.active === true && holding(lockouts, before.value) !== undefined;
  try {
    // An earlier round, or one that was cut off, may have made the key active before the lockout came:
    // its restore will bring it back, and nothing else.
    await tell(context, id, held ? { active: false } : part);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return metFault(context, before.value, { part, met, error });
  }
  if (held) {
    met.held = true;
    return false;
  }
  const step = settleKey(before.value, part, context.clock());
  if ("refusal" in step) return true;
  const commit = one({ row: "key", before, next: step.next }, step.event);
  const outcome = await context.store.commit(
    part.active === true ? { ...commit, gate: { read: gate } } : commit,
  );
  if (outcome === "committed") context.nudge();
  else {
    // Somebody may have settled the opposite while our call was under way, and ours came last.
    const told = { ...before.value, due: part };
    await commitStep(context, id, (record) => oweActive(record, told, context.clock()));
  }
  return false;
}

function nextPart(due: Due, { only, held, refused, oneByOne }: Met): Due | undefined {
  const done = held || refused.includes("active");
  const part = dueParts(due).find(({ active }) => (active === undefined ? only === undefined : !done));
  return part !== undefined && oneByOne ? Object.fromEntries(Object.entries(part).slice(0, 1)) : part;
}

/** The manager did not do it: what it will never do is dropped. Throws what may go well later. */
async function metFault(
  context: Context,
  record: KeyRecord,
  { part, met, error }: { part: Due; met: Met; error: Fault },
): Promise<boolean> {
  const members = membersOf(part);
  if (error.code === "manager-not-found") {
    await noteGone(context, record.id);
    return true;
  }
  if (error.code === "manager-conflict" && part.name !== undefined) {
    met.refused.push("name");
    await nameTaken(context, record, part.name);
  } else if (error.code !== "manager-rejected") {
    throw error;
  } else if (members.length > 1) {
    met.oneByOne = true;
  } else {
    met.refused.push(...members);
    if (part.active === undefined) await drop(context, record, part);
    else
      context.log.warn(
        { key: record.id, active: part.active },
        "the manager refuses to lock or unlock a key",
      );
  }
  return false;
}

/** What the manager refuses goes, unless somebody has chosen something else since, and whoever wanted it is told. */
async function drop(context: Context, { id, name: keyName, dueBy }: KeyRecord, refused: Due): Promise<void> {
  await commitStep(context, id, (record) => dropRefused(record, refused, context.clock()));
  for (const member of membersOf(refused))
    if (dueBy !== undefined) await tellOf(context, dueBy, { kind: "refused", keyName, member });
}

/** The name goes, unless somebody has chosen another one since, and whoever wanted it is told. */
async function nameTaken(
  context: Context,
  { id, name: keyName, dueBy }: KeyRecord,
  wanted: string,
): Promise<void> {
  await commitStep(context, id, (record) => dropName(record, wanted, context.clock()));
  if (dueBy !== undefined) await tellOf(context, dueBy, { kind: "name-taken", keyName, wanted });
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

async function tellOf(
  context: Context,
  person: NonNullable<KeyRecord["dueBy"]>,
  note: PrivateNote,
): Promise<void> {
  try {
    await context.messages.tell(person, note);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.log.warn({ code: error.code }, "the word that the manager refuses a change could not be sent");
  }
}
