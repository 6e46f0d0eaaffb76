import { Fault } from "../../domain/fault.ts";
import type { KeyId } from "../../domain/values.ts";
import type { Context } from "../ports.ts";

/**
 * Locks or unlocks a key in the manager, and believes it only when the manager's own answer says
 * so. Throws manager faults; `manager-bad-answer` when the answer shows the key as it was.
 */
export async function setActive(context: Context, id: KeyId, active: boolean): Promise<void> {
  const answered = await context.manager.setActive(id, active);
  if (answered.active === active) return;
  throw new Fault("manager-bad-answer", `POST /apikeys/${id}: active is not what was set`);
}
