import { createHash } from "node:crypto";
import { effectText, type Role, type Wants } from "../domain/wants.ts";
import type { PersonId } from "../domain/values.ts";

/** SHA-256 of exactly what a request would do now, the role's rights included. */
export function effectHash(wants: Wants, asker: PersonId, role: Role): string {
  return createHash("sha256")
    .update(effectText(wants, asker, role))
    .digest("hex");
}
