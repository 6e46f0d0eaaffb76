import { criteria } from "../../domain/criteria.ts";
import { dangerousAmong } from "../../domain/dangerous-rights.ts";
import { startOfDay } from "../../domain/day.ts";
import { Fault } from "../../domain/fault.ts";
import { dangerOf } from "../../domain/lockout-danger.ts";
import { placeOf, type Scope } from "../../domain/lockout-scope.ts";
import { parseQuery, printQuery } from "../../domain/query.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { containsSecret } from "../../domain/secret.ts";
import { DAY, type Instant, type KeyId, type PersonId, SECOND } from "../../domain/values.ts";
import type { ListedKey } from "../inventory-port.ts";
import { asResponder, refused } from "../people.ts";
import type { Context } from "../ports.ts";

/** Keys of the inventory read at once. */
const PAGE = 1000;
/** The most dangerous, by name. */
const NAMED = 10;
/** The dry run goes without what the manager does not say in time. */
const PATIENCE = SECOND;

/** What somebody typed, as a scope whose moments stand still. */
export type Typed = {
  by: PersonId;
  line: string;
  /** A pasted list: nothing else is in scope then. */
  keys?: readonly KeyId[];
  /** What to leave alone: a line of the same kind, and keys. */
  spareLine?: string;
  spareKeys?: readonly KeyId[];
};

/** Reads the scope of a lockout for a responder, whose groups may be known since a day. */
export async function scopeOf(
  context: Context,
  { by, line, keys, spareLine = "", spareKeys = [] }: Typed,
): Promise<{ scope: Scope } | { refusal: Refusal }> {
  const responder = await asResponder(context, by, DAY);
  if ("refusal" in responder) return refused(context, by, `person:${by}`, responder.refusal);
  if (containsSecret(line) || containsSecret(spareLine)) {
    return refused(context, by, `person:${by}`, { reason: "contains-secret", field: "line" });
  }
  const zone = responder.person.timeZone;
  const asking = { now: context.clock(), me: by, startOfDay: (day: string) => startOfDay(day, zone) };
  const [all, spared] = [parseQuery(line), parseQuery(spareLine)];
  if ("mistake" in all) return { refusal: { reason: "bad-query", line, ...all.mistake } };
  if ("mistake" in spared) return { refusal: { reason: "bad-query", line: spareLine, ...spared.mistake } };
  const spare = {
    query: printQuery(spared),
    criteria: criteria(spared, asking),
    keys: [...spareKeys],
  };
  const sparing = spare.criteria.length > 0 || spare.keys.length > 0 ? { spare } : {};
  const listed = keys === undefined ? {} : { keys: [...keys] };
  return { scope: { query: printQuery(all), criteria: criteria(all, asking), ...listed, ...sparing } };
}

/** What a lockout would do, as far as the inventory knows. */
export type Survey = {
  keys: number;
  /** Of these, how many work now. */
  active: number;
  /** The most dangerous first. */
  dangerous: ListedKey[];
  /** Whose keys they are, the most first; `undefined`: nobody's. */
  owners: { owner: PersonId | undefined; keys: number }[];
  spared: { key: ListedKey; why: "own-key" | "spared" }[];
  /** More keys than the policy lets go without a typed confirmation. */
  mustType: boolean;
  /** When the manager's keys were last read whole; absent before the first time. */
  asOf: Instant | undefined;
};

/** The dry run: reads the inventory alone, and what the manager says at once of roles and our own key. */
export async function surveyLockout(context: Context, scope: Scope): Promise<Survey> {
  const { store, clock, policy } = context;
  const now = clock();
  const { dangerousRoles, own } = await fromManager(context);
  const found: { key: ListedKey; danger: number }[] = [];
  const spared: Survey["spared"] = [];
  const owners = new Map<PersonId | undefined, number>();
  for await (const key of inScope(context, scope)) {
    const place = placeOf(scope, { ...key, held: key.holds !== undefined });
    if (place === "out") continue;
    if (place === "spared" || key.id === own) {
      spared.push({ key, why: key.id === own ? "own-key" : "spared" });
      continue;
    }
    owners.set(key.owner, (owners.get(key.owner) ?? 0) + 1);
    found.push({ key, danger: dangerOf({ ...key, dangerousRole: dangerousRoles.has(key.role) }, now) });
  }
  const most = found.toSorted((one, other) => other.danger - one.danger).slice(0, NAMED);
  const state = await store.inventoryState();
  return {
    keys: found.length,
    active: found.filter(({ key }) => key.active).length,
    dangerous: most.map(({ key }) => key),
    owners: [...owners]
      .map(([owner, keys]) => ({ owner, keys }))
      .toSorted((one, other) => other.keys - one.keys),
    spared,
    mustType: state === undefined || found.length > policy().policy.lockouts["confirm-over"],
    asOf: state?.asOf,
  };
}

/** How many keys it would be, by the inventory alone. */
export async function countSurveyed(context: Context, scope: Scope): Promise<number> {
  let count = 0;
  for await (const key of inScope(context, scope)) {
    if (placeOf(scope, { ...key, held: key.holds !== undefined }) === "in") count += 1;
  }
  return count;
}

async function* inScope({ store }: Context, scope: Scope): AsyncGenerator<ListedKey> {
  let after: { name: string; id: KeyId } | undefined;
  do {
    const page = await store.findKeys(scope.criteria, {
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    yield* page.keys;
    const last = page.keys.at(-1);
    after = page.more && last !== undefined ? { name: last.name, id: last.id } : undefined;
  } while (after !== undefined);
}

async function fromManager({
  manager,
  policy,
}: Context): Promise<{ dangerousRoles: ReadonlySet<number>; own: KeyId | undefined }> {
  try {
    const [roles, own] = await Promise.all([
      manager.roles({ timeout: PATIENCE }),
      manager.describeCurrent({ timeout: PATIENCE }),
    ]);
    const rights = policy().policy["dangerous-rights"];
    const dangerous = roles.filter((role) => dangerousAmong(role.rights, rights).length > 0);
    return { dangerousRoles: new Set(dangerous.map(({ id }) => id)), own: own.id };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { dangerousRoles: new Set(), own: undefined };
  }
}
