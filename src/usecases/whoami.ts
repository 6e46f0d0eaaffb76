import type { EventName } from "../domain/audit.ts";
import { Fault } from "../domain/fault.ts";
import { isReserved, lackingRights, mayChangeRoles } from "../domain/own-rights.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { KeyId, PersonId } from "../domain/values.ts";
import { type Role } from "../domain/wants.ts";
import { checkText, checkTimeZone } from "../domain/typed.ts";
import { asResponder, DECIDING, refused } from "./people.ts";
import type { Context, OwnKey, OwnKeyChange } from "./ports.ts";

/** The key that this program works with, and what its role is good for. */
export type Whoami = {
  own: OwnKey;
  /** Absent where our key may not even read roles. */
  role: Role | undefined;
  /** The rights that it lacks of those that we need, by their paths. */
  lacking: readonly string[];
  changesRoles: boolean;
};

/** Our own key as the manager describes it, for responders. */
export async function whoami(
  context: Context,
  by: PersonId,
): Promise<{ seen: Whoami } | { refusal: Refusal }> {
  const responder = await asResponder(context, by, DECIDING);
  if ("refusal" in responder) return refused(context, by, `person:${by}`, responder.refusal);
  return { seen: await lookAtOwnKey(context.manager) };
}

/** Throws manager faults, other than that the role may not be read. */
export async function lookAtOwnKey(manager: Context["manager"]): Promise<Whoami> {
  const own = await manager.describeCurrent();
  try {
    const role = await manager.role(own.role);
    if (role === undefined) return { own, role, lacking: [], changesRoles: false };
    return { own, role, lacking: lackingRights(role), changesRoles: mayChangeRoles(role) };
  } catch (error) {
    if (!(error instanceof Fault) || error.right === undefined) throw error;
    return { own, role: undefined, lacking: [error.right], changesRoles: false };
  }
}

/** Name, description, language and time zone of our own key, which alone it may change about itself (contract 3.2). */
export async function changeOwnKey(
  context: Context,
  { by, change }: { by: PersonId; change: Required<OwnKeyChange> },
): Promise<{ own: OwnKey } | { refusal: Refusal }> {
  const no = async (refusal: Refusal) => refused(context, by, `person:${by}`, refusal);
  const wrong = checkOwn(change);
  if (wrong !== undefined) return no(wrong);
  const responder = await asResponder(context, by, DECIDING);
  if ("refusal" in responder) return no(responder.refusal);
  const { manager, store } = context;
  const before = await manager.describeCurrent();
  const members = (["name", "description", "locale", "timeZone"] as const).filter(
    (member) => change[member] !== before[member],
  );
  if (members.length === 0) return { own: before };
  const renamed = members.includes("name");
  if (renamed && (await store.nameReserved(change.name))) return no({ reason: "name-taken", by: "request" });
  const note = async (event: EventName): Promise<unknown> =>
    store.commit({
      changes: [],
      events: [
        {
          at: context.clock(),
          actor: by,
          subject: `key:${before.id}`,
          event,
          evidence: { members, ...(renamed && { from: before.name, to: change.name }) },
        },
      ],
    });
  // Written before it is done: nothing may change without its event, whatever dies in between.
  await note("own-key.changing");
  try {
    const own = await manager.modifyCurrent(change);
    await note("own-key.changed");
    return { own };
  } catch (error) {
    if (error instanceof Fault && error.code === "manager-conflict")
      return no({ reason: "name-taken", by: "key" });
    throw error;
  }
}

/** Our own key's name, and the role that was made for it, are nobody else's to ask for. */
export function refuseOwn(
  own: OwnKey,
  asked: { role?: Role | undefined; keyName?: string; key?: KeyId },
): Refusal | undefined {
  if (asked.role !== undefined && isReserved(asked.role, own.role))
    return { reason: "own-key", what: "role" };
  if (asked.key === own.id) return { reason: "own-key", what: "name" };
  return asked.keyName?.toLowerCase() === own.name.toLowerCase()
    ? { reason: "own-key", what: "name" }
    : undefined;
}

function checkOwn(change: Required<OwnKeyChange>): Refusal | undefined {
  if (change.name.trim() === "") return { reason: "name-form" };
  for (const field of ["name", "description"] as const) {
    const wrong = checkText(field, change[field]);
    if (wrong !== undefined) return wrong;
  }
  return checkTimeZone(change.timeZone);
}
