import type { Claim } from "../../domain/claim.ts";
import { Fault } from "../../domain/fault.ts";
import { type Origin, readMarker, sealedText, withMarker } from "../../domain/marker.ts";
import type { Request } from "../../domain/request.ts";
import type { Secret } from "../../domain/secret.ts";
import { endOfLife, type Instant, type KeyId, SECOND } from "../../domain/values.ts";
import type { NewKey } from "../../domain/wants.ts";
import type { Context, KeyMaking, ManagedKey } from "../ports.ts";
import { noteGone } from "../keys/settle-key.ts";

type Attempt = { claim: Extract<Claim, { state: "minting" }>; request: Request };

/**
 * A new key and its secret; or the name belongs to somebody else. `asApproved`: the manager gave it
 * the name, role and expiry that were approved; otherwise it must go. `live`: it ignored `active:
 * false`, so the key must be locked before anything else.
 */
export type Minted =
  | { key: KeyId; asApproved: boolean; live: boolean; expiresAt: Instant | undefined; secret: Secret }
  | "name-taken";

/**
 * Makes the key, inactive, with our marker behind its description. A taken name may be a late
 * arrival of an attempt that was given up: if it bears our marker it is removed and the create is
 * tried once more. Throws manager faults; after one, nobody knows whether a key exists.
 */
export async function mint(context: Context, { claim, request }: Attempt): Promise<Minted> {
  const { wants } = request;
  if (wants.kind === "rotation") return rotate(context, wants.key);
  if (wants.kind !== "new-key") throw new Error(`a ${wants.kind} has no secret`);
  const making = () => create(context, claim, wants);
  try {
    return await making();
  } catch (error) {
    if (!isConflict(error)) throw error;
    const late = await context.manager.keyNamed(wants.keyName);
    if (late === undefined || !isLeftover(context, claim, late)) return "name-taken";
    await remove(context, late.id);
  }
  try {
    return await making();
  } catch (error) {
    if (isConflict(error)) return "name-taken";
    throw error;
  }
}

/** A new secret for a key that there is; from here on the old one is dead. */
async function rotate(context: Context, id: KeyId): Promise<Minted> {
  const { key, secret } = await context.manager.newSecret(id);
  return { key: key.id, asApproved: key.id === id, live: false, expiresAt: key.expiresAt, secret };
}

async function create(context: Context, claim: Attempt["claim"], wants: NewKey): Promise<Minted> {
  const origin = { request: claim.request, attempt: claim.attempt.id, owner: claim.owner };
  const expiresAt = endOfLife(wants.life, claim.attempt.startedAt);
  const making: KeyMaking = {
    name: wants.keyName,
    description: withMarker(wants.description, origin, context.seal(sealedText(origin))),
    role: wants.roleId,
    locale: wants.locale,
    timeZone: wants.timeZone,
    active: false,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  const { key, secret } = await context.manager.createKey(making);
  return { key: key.id, asApproved: isAsMade(key, making), live: key.active, expiresAt, secret };
}

/** A manager that kept something else than it was sent is not believed; it may count in whole seconds. */
function isAsMade(key: ManagedKey, making: KeyMaking): boolean {
  const apart = Math.abs((key.expiresAt ?? 0) - (making.expiresAt ?? 0));
  return key.name === making.name && key.role === making.role && apart < SECOND;
}

/**
 * Removes what an attempt left in the manager: by its ID where that was learnt, else by its name
 * and marker together, since anybody who edits descriptions can copy a marker to another key.
 */
export async function removeLeftovers(
  context: Context,
  origin: Origin,
  { keyName, known }: { keyName: string; known: KeyId | undefined },
): Promise<KeyId | undefined> {
  if (known !== undefined) {
    await remove(context, known);
    return known;
  }
  const marker = withMarker("", origin, context.seal(sealedText(origin)));
  let removed: KeyId | undefined;
  for (const key of await context.manager.keysDescribedWith(marker)) {
    if (key.name !== keyName) continue;
    await remove(context, key.id);
    removed = key.id;
  }
  return removed;
}

/** A lockout or a responder may have met the key meanwhile, and made a record of it. */
async function remove(context: Context, id: KeyId): Promise<void> {
  await context.manager.deleteKey(id);
  await noteGone(context, id);
}

/** Whether a key is what an earlier attempt of this very claim left: its marker names the request, and the seal is ours. */
function isLeftover(context: Context, claim: Claim, key: ManagedKey): boolean {
  const marker = readMarker(key.description);
  return (
    marker !== undefined &&
    marker.origin.request === claim.request &&
    context.seal(sealedText(marker.origin)) === marker.seal
  );
}

function isConflict(error: unknown): boolean {
  return error instanceof Fault && error.code === "manager-conflict";
}
