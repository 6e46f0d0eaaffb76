import { z } from "zod";
import { instant, type Instant, personId, type PersonId } from "./values.ts";

const letGo = z.object({ of: instant, by: personId, at: instant });

/** What is remembered of a key so that it is not forgotten. */
export const upkeep = z.object({
  /** When its secret was last made anew here; absent: it has the one that it was made with. */
  rotatedAt: instant.optional(),
  /** Who asked for the end that it has, where that was made later. */
  extended: z.object({ by: personId, at: instant }).optional(),
  /** Somebody said that this end, or a secret from this moment (`of`), needs no more reminders. */
  letGo: z.object({ expiry: letGo.optional(), rotation: letGo.optional() }).optional(),
});
export type Upkeep = z.infer<typeof upkeep>;

/** Another end was chosen: an earlier "let it go" was said of another one. */
export function extended(before: Upkeep = {}, by: PersonId, at: Instant): Upkeep {
  const { letGo: said, ...rest } = before;
  const { expiry: _, ...kept } = said ?? {};
  return { ...rest, extended: { by, at }, ...(kept.rotation === undefined ? {} : { letGo: kept }) };
}

/** There is a new secret. */
export function rotated(before: Upkeep = {}, at: Instant): Upkeep {
  const { letGo: said, ...rest } = before;
  const { rotation: _, ...kept } = said ?? {};
  return { ...rest, rotatedAt: at, ...(kept.expiry === undefined ? {} : { letGo: kept }) };
}

/** The new owner has let nothing go. */
export function handedOver(before: Upkeep = {}): Upkeep {
  const { letGo: _, ...rest } = before;
  return rest;
}
