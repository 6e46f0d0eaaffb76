import { type Criterion, criteria } from "../../domain/criteria.ts";
import { startOfDay } from "../../domain/day.ts";
import { parseQuery, printQuery } from "../../domain/query.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { containsSecret } from "../../domain/secret.ts";
import { type Instant, MINUTE, type PersonId } from "../../domain/values.ts";
import type { Cursor, ListedKey } from "../inventory-port.ts";
import { asMember, isIn, refused } from "../people.ts";
import type { Context } from "../ports.ts";

/** Keys on one page: each takes two of the 50 blocks of a message (slack-rules.md 2.5). */
const PAGE = 10;
/** Counted no further than this, so that a list costs the same however many keys there are. */
const COUNTED = 1000;

/** Where a page begins; `from` counts from 1. */
export type Turn = { after?: Cursor; before?: Cursor; from: number };

/** One page of a list of keys, as one reader may see it. */
export type KeysPage = {
  /** The query, as it reads back; empty for all. */
  line: string;
  keys: readonly ListedKey[];
  from: number;
  /** How many there are in all; with `orMore`, at least so many. */
  total: number;
  orMore: boolean;
  hasNext: boolean;
  /** Whether the reader sees only their own keys, or everybody's. */
  scope: "own" | "all";
  auditor: boolean;
  reader: PersonId;
  now: Instant;
  /** When the manager's keys were last read whole; absent before the first time. */
  asOf: Instant | undefined;
};

/** What a query means to one person: everybody finds their own keys; responders and auditors all. */
export type Search = {
  line: string;
  criteria: readonly Criterion[];
  scope: "own" | "all";
  auditor: boolean;
};

/** Throws Slack's faults. A mistake in the line is a refusal with its place. */
export async function searchFor(
  context: Context,
  { by, line }: { by: PersonId; line: string },
): Promise<Search | { refusal: Refusal }> {
  const member = await asMember(context, by, MINUTE);
  if ("refusal" in member) return refused(context, by, `person:${by}`, member.refusal);
  // What is looked for stands in buttons, and in the trail where it is exported.
  if (containsSecret(line))
    return refused(context, by, `person:${by}`, { reason: "contains-secret", field: "line" });
  const query = parseQuery(line);
  if ("mistake" in query) return { refusal: { reason: "bad-query", line, ...query.mistake } };
  const { responders, auditors } = context.policy().policy;
  const auditor = await isIn(context, auditors, by, MINUTE);
  const all = auditor || (await isIn(context, responders, by, MINUTE));
  const zone = member.person.timeZone;
  const asking = { now: context.clock(), me: by, startOfDay: (day: string) => startOfDay(day, zone) };
  const own: Criterion[] = all ? [] : [{ on: "owner", is: by }];
  return {
    line: printQuery(query),
    criteria: [...own, ...criteria(query, asking)],
    scope: all ? "all" : "own",
    auditor,
  };
}

/** One page of the keys that a line finds, from the inventory. */
export async function listKeys(
  context: Context,
  { by, line, turn = { from: 1 } }: { by: PersonId; line: string; turn?: Turn },
): Promise<KeysPage | { refusal: Refusal }> {
  const search = await searchFor(context, { by, line });
  if ("refusal" in search) return search;
  const { store, clock } = context;
  const { from, ...where } = turn;
  const { keys, more } = await store.findKeys(search.criteria, { ...where, limit: PAGE });
  const counted = await store.countKeys(search.criteria, COUNTED + 1);
  return {
    line: search.line,
    scope: search.scope,
    auditor: search.auditor,
    keys,
    from,
    total: Math.min(counted, COUNTED),
    orMore: counted > COUNTED,
    // On the way back there is always the page that one came from.
    hasNext: "before" in where || more,
    reader: by,
    now: clock(),
    asOf: (await store.inventoryState())?.asOf,
  };
}
