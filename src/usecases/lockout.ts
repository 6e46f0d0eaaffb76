import { declare, type Lockout, type Scope } from "../domain/lockout.ts";
import type { Refusal } from "../domain/refusal.ts";
import { DAY, lockoutId, type PersonId } from "../domain/values.ts";
import { changeKnown, one } from "./change.ts";
import { asMember, isIn, refused } from "./people.ts";
import type { Context } from "./ports.ts";

/**
 * Drops the gate: from this commit on no claim in scope is delivered and no key in scope becomes
 * active. What is known of responders may be a day old, because stopping must not wait for Slack.
 */
export async function declareLockout(
  context: Context,
  { by, scope, incident, because }: { by: PersonId; scope: Scope; incident: string; because: string },
): Promise<{ lockout: Lockout } | { refusal: Refusal }> {
  const member = await asMember(context, by, DAY);
  if ("refusal" in member) return refused(context, by, `person:${by}`, member.refusal);
  if (!(await isIn(context, context.policy().policy.responders, by, DAY))) {
    return refused(context, by, `person:${by}`, { reason: "not-a-responder" });
  }
  const id = lockoutId.parse(context.newId());
  const settled = await changeKnown<Lockout>(context, async () => {
    const { next, event } = declare({ id, scope, incident, because, declaredBy: by, at: context.clock() });
    return { commit: { ...one({ row: "lockout", next }, event), gate: "bump" }, result: next };
  });
  return "refusal" in settled ? settled : { lockout: settled.result };
}
