import { z } from "zod";
import { type Criterion, criterion, type Findable, type Known, matches, matchesKnown } from "./criteria.ts";
import { keyId } from "./values.ts";

/** Which keys a lockout holds: those that meet all criteria and, where keys are listed, stand in that list. */
export const scope = z.object({
  /** The line as it was typed; empty for all keys. */
  query: z.string(),
  /** What it meant when the lockout was declared: moments, not lengths. */
  criteria: z.array(criterion),
  keys: z.array(keyId).optional(),
  /** What is left alone: these keys, and those that meet these criteria. */
  spare: z.object({ query: z.string(), criteria: z.array(criterion), keys: z.array(keyId) }).optional(),
});
export type Scope = z.infer<typeof scope>;

export const EVERYTHING: Scope = { query: "", criteria: [] };

/** Where a key of the manager's stands to a scope; `active` and `held` are as at the listing. */
export function placeOf(of: Scope, key: Findable): "in" | "out" | "spared" {
  return place(of, key.id, (all) => matches(all, key));
}

/** Whether a key to come would be in scope, or one of which little is known; what it has no value for, it does not meet. */
export function covers(of: Scope, key: Known): boolean {
  return place(of, key.id, (all) => matchesKnown(all, key)) === "in";
}

function place(
  { criteria, keys, spare }: Scope,
  id: number | undefined,
  meets: (all: readonly Criterion[]) => boolean,
): "in" | "out" | "spared" {
  if (keys !== undefined && !keys.some((each) => each === id)) return "out";
  if (!meets(criteria)) return "out";
  if (spare === undefined) return "in";
  if (spare.keys.some((each) => each === id)) return "spared";
  return spare.criteria.length > 0 && meets(spare.criteria) ? "spared" : "in";
}
