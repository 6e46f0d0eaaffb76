import type { Findable } from "../../domain/criteria.ts";
import { dangerousAmong } from "../../domain/dangerous-rights.ts";
import { recordOutside } from "../../domain/key.ts";
import { isInForce, type Lockout, type Turn, turned } from "../../domain/lockout.ts";
import { type NeverHeld, neverHeld } from "../../domain/lockout-choice.ts";
import { dangerOf } from "../../domain/lockout-danger.ts";
import { holdKey } from "../../domain/lockout-hold.ts";
import { gone, type LockoutItem, lockoutItem, readBack } from "../../domain/lockout-item.ts";
import { placeOf, type Scope } from "../../domain/lockout-scope.ts";
import { RIGHT } from "../../domain/own-rights.ts";
import type { KeyId } from "../../domain/values.ts";
import { allKeys } from "../inventory/all-keys.ts";
import type { Batch, Batched } from "../lockout-port.ts";
import type { Work } from "./lockout-work.ts";
import type { ManagedKey } from "../ports.ts";

/** As many keys as a manager answers at once (contract 7). */
const PAGE = 5000;
/** Keys held in one commit; the first are few, so that the first locks go out at once. */
const FIRST_BATCH = 64;
const BATCH = 250;

type Listed = Findable & { managed: ManagedKey; danger: number };
type Seen = { snapshot: LockoutItem; active: boolean | undefined };

/**
 * Lists all keys of the manager, never from our own list: what is in scope and new is held, the most
 * dangerous first, and what was locked or opened before the listing began is read back. Answers
 * whether anything changed by it. Throws manager faults.
 */
export async function look(work: Work, lockout: Lockout): Promise<boolean> {
  const { manager, store, policy } = work.context;
  const adding = lockout.drill ? lockout.state === "declared" : isInForce(lockout);
  // What is in force, or will be, locks by it; a drill, and the way back, have time.
  const looking = { stopping: adding && !lockout.drill };
  const described = Promise.all([manager.roles(looking), manager.ownId(looking)]);
  // Nothing is lost where the pages fail first.
  described.catch(() => {});
  const items = new Map<number, LockoutItem>();
  for (let after = 0; ;) {
    const page = await store.lockoutItems(lockout.id, { after, limit: PAGE });
    for (const item of page) items.set(item.key, item);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) break;
    after = last.key;
  }
  const keys = await allKeys(manager, PAGE, looking);
  const [roles, own] = await described;
  const seen = whatIsSeen(items, keys);
  const turnedAny = await readAllBack(work, lockout, seen);
  if (!adding || work.over()) return turnedAny;
  const now = work.context.clock();
  const dangerous = policy().policy["dangerous-rights"];
  const named = new Map(roles.map((role) => [role.id, role]));
  const dangerousRoles = new Set(
    roles.filter(({ rights }) => dangerousAmong(rights, dangerous).length > 0).map(({ id }) => id),
  );
  const listed: Listed[] = keys.map((key) => ({
    ...key,
    roleName: named.get(key.role)?.name ?? `ID ${key.role}`,
    owner: undefined,
    held: false,
    managed: key,
    danger: dangerOf({ ...key, dangerousRole: dangerousRoles.has(key.role) }, now),
  }));
  const possible = listed.filter((key) => mayBeIn(lockout.scope, key));
  const asked = new Set(possible);
  const never = neverHeld(listed, {
    own,
    wanted: (key) => asked.has(key as Listed),
    mayUnlock: (role) => named.get(role)?.rights.includes(RIGHT.editKeys) === true,
    now,
  });
  const unknown = possible.filter(({ id }) => !items.has(id));
  const added = await holdAll(
    work,
    unknown.toSorted((one, other) => other.danger - one.danger),
    never,
  );
  return added || turnedAny;
}

/** Whether it can be in scope, by what the manager says of it; whose it is and what holds it we know ourselves. */
function mayBeIn(scope: Scope, key: Findable): boolean {
  const criteria = scope.criteria.filter(({ on }) => on !== "owner" && on !== "held");
  const { spare: _, ...rest } = scope;
  return placeOf({ ...rest, criteria }, key) === "in";
}

/** Items with what the listing shows of their keys; `undefined`: the manager has no such key. */
function whatIsSeen(items: ReadonlyMap<number, LockoutItem>, keys: readonly ManagedKey[]): Seen[] {
  const active = new Map(keys.map((key) => [key.id as number, key.active]));
  return [...items.values()].map((snapshot) => ({ snapshot, active: active.get(snapshot.key) }));
}

async function readAllBack(work: Work, lockout: Lockout, seen: readonly Seen[]): Promise<boolean> {
  const { clock, policy } = work.context;
  const reading = { at: clock(), relock: policy().policy.lockouts.relock };
  const next = (item: LockoutItem, active: boolean | undefined): LockoutItem => {
    if (active === undefined) return gone(item);
    // A drill has locked nothing: that a key is there is all that can be read back.
    return readBack(item, lockout.drill ? false : active, reading);
  };
  const turning = seen.filter(({ snapshot, active }) => next(snapshot, active) !== snapshot);
  let any = false;
  for (let i = 0; i < turning.length && !work.over(); i += BATCH) {
    const some = turning.slice(i, i + BATCH);
    await commit(
      work,
      some.map(({ snapshot }) => snapshot.key),
      {},
      ({ lockout, items }) => {
        const turns = some.flatMap(({ snapshot, active }): Turn[] => {
          const now = items.get(snapshot.key);
          // What has moved since the listing began is read back by the next one.
          const same = now !== undefined && now.state === snapshot.state && now.again === snapshot.again;
          return same ? [{ before: now, next: next(now, active) }] : [];
        });
        any ||= turns.length > 0;
        return turns.length === 0 ? undefined : turned(lockout, turns, reading.at);
      },
    );
  }
  return any;
}

/** Items, and holds on the keys' records, many in one commit. */
async function holdAll(work: Work, keys: readonly Listed[], never: NeverHeld): Promise<boolean> {
  let any = false;
  for (let i = 0; i < keys.length && !work.over();) {
    const some = keys.slice(i, i + (i === 0 ? FIRST_BATCH : BATCH));
    i += some.length;
    const rest = keys.length - i;
    const ids = some.map(({ managed }) => managed.id);
    await commit(work, ids, { records: true }, (batch) => {
      const held = holdSome(batch, some, { never, rest, at: work.context.clock() });
      any ||= held !== undefined && held.items.length > 0;
      return held;
    });
  }
  return any;
}

function holdSome(
  { lockout, items, records }: Batch,
  keys: readonly Listed[],
  { never, rest, at }: { never: NeverHeld; rest: number; at: number },
): Batched | undefined {
  // Its restore may have been approved while the manager was listing: then it holds nothing new.
  if (!lockout.drill && !isInForce(lockout)) return undefined;
  const turns: Turn[] = [];
  const changed = [];
  for (const listed of keys) {
    const { managed, danger } = listed;
    if (items.has(managed.id)) continue;
    const record = records.get(managed.id);
    const holds = record?.holds;
    const known = { ...listed, owner: record?.owner, held: holds !== undefined };
    const place = placeOf(lockout.scope, known);
    if (place === "out") continue;
    const why = never.get(managed.id) ?? (place === "spared" ? "spared" : undefined);
    const held = holdKey(record ?? recordOf(managed), {
      lockout: lockout.id,
      activeNow: managed.active,
      at,
    });
    const next = lockoutItem.parse({
      lockout: lockout.id,
      key: managed.id,
      name: managed.name,
      owner: record?.owner,
      role: managed.role,
      lastUsedAt: managed.lastUsedAt,
      danger,
      wasActive: held.holds?.baseActive ?? managed.active,
      state: why === undefined ? "waiting" : "skipped",
      tries: 0,
      nextTry: 0,
      reason: why,
    });
    turns.push({ before: undefined, next });
    if (why === undefined && !lockout.drill && held !== record) changed.push(held);
  }
  if (turns.length === 0 && lockout.coming === rest) return undefined;
  return { ...turned({ ...lockout, coming: rest }, turns, at), records: changed };
}

function recordOf({ id, name, role, createdAt: madeAt, expiresAt }: ManagedKey) {
  const ends = expiresAt === undefined ? {} : { expiresAt };
  return recordOutside({ id, name, role, madeAt, ...ends });
}

async function commit(
  work: Work,
  keys: readonly KeyId[],
  also: { records?: boolean },
  decide: (batch: Batch) => Batched | undefined,
): Promise<void> {
  const { context, id } = work;
  await context.store.commitBatch({ lockout: id, keys, ...also }, decide);
  context.nudge();
}
