import { z } from "zod";
import { kept } from "./kept.ts";
import type { Measure, Query, Term } from "./query.ts";
import { fits } from "./stars.ts";
import { type Instant, personId, type PersonId } from "./values.ts";

/** One condition on one column of the inventory; all must hold. A moment is after `after` and before `before`, both left out. */
export const criterion = z.union([
  z.object({ on: z.enum(["id", "roleId"]), is: z.int() }),
  z.object({ on: z.enum(["name", "role"]), like: z.string() }),
  z.object({ on: z.literal("owner"), is: personId.nullable() }),
  z.object({ on: z.enum(["owner", "expiresAt", "lastUse"]), present: z.boolean() }),
  z.object({ on: z.literal("active"), is: z.boolean() }),
  z.object({ on: z.literal("held"), is: z.boolean() }),
  z.object({
    on: z.enum(["expiresAt", "createdAt", "lastUse"]),
    after: z.number().exactOptional(),
    before: z.number().exactOptional(),
  }),
  z.object({ on: z.literal("failures"), over: z.int().exactOptional(), under: z.int().exactOptional() }),
]);
export type Criterion = z.infer<typeof criterion>;

/** What "now", "me" and a calendar day mean to whoever asks. */
export type Asking = { now: Instant; me: PersonId; startOfDay: (day: string) => Instant };

/** What a query asks of each key, spelled out. */
export function criteria(query: Query, asking: Asking): Criterion[] {
  return query.terms.map((term) => spelledOut(term, asking));
}

function spelledOut(term: Term, asking: Asking): Criterion {
  switch (term.kind) {
    case "name":
      return { on: "name", like: term.pattern };
    case "role":
      return { on: "role", like: term.pattern };
    case "id":
      return { on: "id", is: term.id };
    case "owner":
      return { on: "owner", is: term.who === "me" ? asking.me : term.who === "nobody" ? null : term.who };
    case "is":
      return state(term.what, asking.now);
    case "has":
      return PRESENCE[term.what];
    case "failures":
      return term.side === ">" ? { on: "failures", over: term.than } : { on: "failures", under: term.than };
    case "expires":
      return bounded("expiresAt", term.side === "<", moment(term.than, asking, 1));
    // A length is an age here: "unused>90d" means longer ago, "unused>2026-01-01" means later.
    case "created":
    case "unused": {
      const on = term.kind === "created" ? "createdAt" : "lastUse";
      const isAge = term.than.kind === "length";
      return bounded(on, (term.side === "<") !== isAge, moment(term.than, asking, -1));
    }
  }
}

const PRESENCE = {
  owner: { on: "owner", present: true },
  "no-owner": { on: "owner", present: false },
  expiry: { on: "expiresAt", present: true },
  "no-expiry": { on: "expiresAt", present: false },
  use: { on: "lastUse", present: true },
  "no-use": { on: "lastUse", present: false },
} as const;

function state(what: "locked" | "active" | "expired" | "held", now: Instant): Criterion {
  switch (what) {
    case "locked":
      return { on: "active", is: false };
    case "active":
      return { on: "active", is: true };
    case "expired":
      return { on: "expiresAt", before: now + 1 };
    case "held":
      return { on: "held", is: true };
  }
}

function bounded(on: "expiresAt" | "createdAt" | "lastUse", before: boolean, at: Instant): Criterion {
  return before ? { on, before: at } : { on, after: at };
}

function moment(than: Measure, { now, startOfDay }: Asking, direction: 1 | -1): Instant {
  return than.kind === "length" ? now + direction * than.ms : startOfDay(than.text);
}

/** What the inventory knows of one key, as far as queries look at it. */
export type Findable = {
  id: number;
  name: string;
  role: number;
  roleName: string;
  owner: PersonId | undefined;
  active: boolean;
  held: boolean;
  createdAt: Instant;
  lastUsedAt: Instant | undefined;
  expiresAt: Instant | undefined;
  failures: number;
};

/** Whether a key meets all criteria: the meaning that the store's SQL must have too. */
export function matches(all: readonly Criterion[], key: Findable): boolean {
  return all.every((each) => meets(each, key));
}

/** A key of which not everything is known, such as one to come. */
export type Known = Pick<Findable, "name" | "role"> & {
  id?: number | undefined;
  owner?: PersonId | undefined;
  roleName?: string | undefined;
};

/**
 * As `matches`: what is not known of a key that there is, it does not meet, since the manager's own
 * list decides on it; a key to come meets it, since nothing else would keep it down.
 */
export function matchesKnown(all: readonly Criterion[], key: Known): boolean {
  const toCome = key.id === undefined;
  return all.every((each) => {
    switch (each.on) {
      case "id":
        return key.id === each.is;
      case "roleId":
        return key.role === each.is;
      case "name":
        return like(each.like, key.name);
      case "role":
        return key.roleName === undefined ? toCome : like(each.like, key.roleName);
      case "owner":
        return "present" in each
          ? (key.owner !== undefined) === each.present
          : (key.owner ?? null) === each.is;
      case "active":
      case "held":
      case "failures":
      case "expiresAt":
      case "createdAt":
      case "lastUse":
        return toCome;
    }
  });
}

function meets(criterion: Criterion, key: Findable): boolean {
  switch (criterion.on) {
    case "id":
      return key.id === criterion.is;
    // Names of roles change, and a pattern would find too many: whoever means one role names its ID.
    case "roleId":
      return key.role === criterion.is;
    case "name":
      return like(criterion.like, key.name);
    case "role":
      return like(criterion.like, key.roleName);
    case "active":
      return key.active === criterion.is;
    case "held":
      return key.held === criterion.is;
    case "failures":
      return (
        key.failures > (criterion.over ?? -1) && key.failures < (criterion.under ?? Number.POSITIVE_INFINITY)
      );
    case "owner":
      return "present" in criterion
        ? (key.owner !== undefined) === criterion.present
        : (key.owner ?? null) === criterion.is;
    case "expiresAt":
      return "present" in criterion
        ? (key.expiresAt !== undefined) === criterion.present
        : between(criterion, key.expiresAt);
    case "createdAt":
      return between(criterion, key.createdAt);
    // Reckoning by length, a key that was never used counts as used when it was made.
    case "lastUse":
      return "present" in criterion
        ? (key.lastUsedAt !== undefined) === criterion.present
        : between(criterion, key.lastUsedAt ?? key.createdAt);
  }
}

function between({ after, before }: { after?: Instant; before?: Instant }, at: Instant | undefined): boolean {
  if (at === undefined) return false;
  return at > (after ?? -Infinity) && at < (before ?? Infinity);
}

/** Letter case does not count, and names are as the inventory keeps them. */
function like(pattern: string, text: string): boolean {
  return fits(folded(pattern), folded(text));
}

function folded(text: string): string {
  return kept(text).toLowerCase();
}
