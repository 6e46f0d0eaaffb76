import { createHash } from "node:crypto";
import { judge, type Verdict } from "../domain/policy.ts";
import type { Request } from "../domain/request.ts";
import { effectText, type Role, type Wants } from "../domain/wants.ts";
import type { PersonId } from "../domain/values.ts";
import type { Context } from "./ports.ts";

/** SHA-256 of exactly what a request would do now, the role's rights included. */
export function effectHash(wants: Wants, asker: PersonId, role: Role): string {
  return createHash("sha256")
    .update(effectText(wants, asker, role))
    .digest("hex");
}

/** What the policy in force says of a request, at the moment that its life is reckoned from. */
export function verdictNow(context: Context, request: Request): Verdict {
  const { wants, askedAt } = request;
  const asked = { kind: wants.kind, role: wants.roleName, life: wants.life };
  return judge(context.policy().policy.rules, asked, askedAt);
}
