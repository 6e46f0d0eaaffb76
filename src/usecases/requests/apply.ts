import { newCard } from "../../domain/card.ts";
import { voidClaim } from "../../domain/claim-end.ts";
import { Fault } from "../../domain/fault.ts";
import { changedByRequest, lockoutOver, recordOutside } from "../../domain/key.ts";
import { holding } from "../../domain/lockout.ts";
import { sealedText, readMarker, withMarker } from "../../domain/marker.ts";
import type { Failure, Request } from "../../domain/request.ts";
import { apply, fail } from "../../domain/request-end.ts";
import { endOfLife, type KeyId, MINUTE, type PersonId, type RequestId } from "../../domain/values.ts";
import { extended, handedOver } from "../../domain/upkeep.ts";
import { aboutIn, keyOf, type Wants } from "../../domain/wants.ts";
import { changeRole, roleStands } from "../roles/apply-role.ts";
import { carryRestoreOut } from "../lockout/carry-restore-out.ts";
import { change } from "../change.ts";
import { noLongerGood } from "../claims/claim-state.ts";
import { failureOf } from "../claims/final-failure.ts";
import type { Context, KeyChange, ManagedKey } from "../ports.ts";
import type { Change, Commit } from "../store-port.ts";

/** How often it is looked whether a change that a lockout holds had been carried out before. */
const LOOK_AGAIN = MINUTE;

/**
 * Carries an approved change out: another role, a later end, another owner, a change to a role.
 * The approved request is the row that survives a crash; each change sets values, so that doing it
 * twice does no harm, and only the manager's own answer makes it `applied`. What fails for now the
 * sweep takes up.
 */
export async function applyApproved(context: Context, id: RequestId): Promise<void> {
  const request = (await context.store.request(id))?.value;
  if (request?.state !== "approved" || request.claim !== undefined) return;
  const held = await isHeld(context, request.wants);
  // What was carried out before the lockout came, and not heard of, is no change any more: it goes on record.
  if (held && !(await context.store.takeTurn(`held:${id}`, context.clock(), context.clock() + LOOK_AGAIN)))
    return;
  try {
    const { wants } = request;
    if (wants.kind === "restore") {
      const outcome = await carryRestoreOut(context, { ...request, wants });
      return outcome === undefined ? undefined : await finish(context, id, outcome);
    }
    const done = await doneAlready(context, request.wants);
    if (done !== undefined) return await finish(context, id, { applied: done.key });
    if (held) return;
    const ended = (await noLongerGood(context, request)) ?? (await noRoomLeft(context, request.wants));
    if (ended !== undefined) return await finish(context, id, await unlessDone(context, request, ended));
    const answered = await carryOut(context, request);
    await finish(context, id, { applied: answered });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const ended = held ? undefined : failureOf(error.code, request.wants);
    const outcome = ended && (await unlessDone(context, request, ended).catch(later));
    if (outcome !== undefined) return finish(context, id, outcome);
    context.log.warn({ code: error.code, request: id }, "an approved change is carried out later");
  }
}

type Outcome = { applied: ManagedKey | undefined } | { failed: Failure };

/**
 * Whether it stands in the manager already: an attempt was cut off between there and our commit.
 * What was approved would look changed by then, and the request would end as if nobody had done it.
 */
async function doneAlready(
  context: Context,
  wants: Wants,
): Promise<{ key: ManagedKey | undefined } | undefined> {
  switch (wants.kind) {
    case "role-change":
    case "longer-life": {
      const key = await context.manager.describeKey(wants.key);
      return key !== undefined && shows(key, keyChangeOf(context, wants)) ? { key } : undefined;
    }
    case "new-role":
    case "role-edit":
    case "role-delete":
      return (await roleStands(context.manager, wants)) ? { key: undefined } : undefined;
    // Harmless to do twice: what is approved does not look at what it changes.
    case "new-owner":
    case "new-key":
    case "rotation":
    case "restore":
      return undefined;
  }
}

/** Another replica may have carried it out between our two looks: what was approved looks changed, or taken, by that alone. */
async function unlessDone(context: Context, { wants }: Request, failed: Failure): Promise<Outcome> {
  const done = await doneAlready(context, wants);
  return done === undefined ? { failed } : { applied: done.key };
}

/** The manager does not say now how it stands. */
function later(error: unknown): undefined {
  if (!(error instanceof Fault)) throw error;
}

/** While a lockout holds a key, only its restore can change it: approved changes wait. */
async function isHeld(context: Context, wants: Wants): Promise<boolean> {
  const key = keyOf(wants);
  if (key === undefined) return false;
  const record = (await context.store.key(key))?.value;
  if (record !== undefined && lockoutOver(record) !== undefined) return true;
  const { lockouts } = await context.store.gate(key);
  return holding(lockouts, { ...aboutIn(wants), owner: record?.owner, id: key }) !== undefined;
}

/** Before the manager is told anything: the new owner may have got other keys since the approval. */
async function noRoomLeft(context: Context, wants: Wants): Promise<Failure | undefined> {
  const { keys } = roomFor(context, wants);
  if (keys === undefined) return undefined;
  return (await context.store.countKeysOf(keys.of)) >= keys.atMost ? "policy-refuses" : undefined;
}

/** The one change in the manager; answers the key as the manager describes it then, where there is one. */
async function carryOut(context: Context, request: Request): Promise<ManagedKey | undefined> {
  const { wants } = request;
  switch (wants.kind) {
    case "role-change":
    case "longer-life":
      return set(context, wants.key, keyChangeOf(context, wants));
    case "new-owner":
      return set(context, wants.key, { description: await remarked(context, wants.key, wants.to) });
    case "new-role":
    case "role-edit":
    case "role-delete":
      await changeRole(context.manager, wants);
      return undefined;
    case "new-key":
    case "rotation":
    case "restore":
      throw new Error(`a ${wants.kind} is carried out elsewhere`);
  }
}

function keyChangeOf(
  { clock }: Context,
  wants: Extract<Wants, { kind: "role-change" | "longer-life" }>,
): KeyChange {
  return wants.kind === "role-change"
    ? { role: wants.toRoleId }
    : { expiresAt: endOfLife(wants.life, clock()) ?? null };
}

/** Sets values and believes them only when the answer shows them. */
async function set(context: Context, id: KeyId, change: KeyChange): Promise<ManagedKey> {
  const key = await context.manager.modifyKey(id, change);
  if (!shows(key, change))
    throw new Fault("manager-bad-answer", `POST /apikeys/${id}: the answer is not what was set`);
  return key;
}

/** Managers keep expiries by the second. */
function shows(key: ManagedKey, { role, expiresAt }: KeyChange): boolean {
  return (
    (role === undefined || key.role === role) &&
    (expiresAt === undefined || Math.abs((key.expiresAt ?? 0) - (expiresAt ?? 0)) < 1000)
  );
}

/** The description with its marker made out to the new owner; one that is not ours gets none. */
async function remarked(context: Context, id: KeyId, owner: PersonId): Promise<string> {
  const { description } = (await context.manager.describeKey(id)) ?? { description: "" };
  const found = readMarker(description);
  if (found === undefined || context.seal(sealedText(found.origin)) !== found.seal) return description;
  const origin = { ...found.origin, owner };
  return withMarker(found.text, origin, context.seal(sealedText(origin)));
}

/** The request's end, with what it changes in our records: the key's row, and a claim of the former owner. */
async function finish(context: Context, id: RequestId, outcome: Outcome): Promise<void> {
  const attempt = async () =>
    change<undefined>(context, async () => {
      const before = await context.store.request(id);
      if (before === undefined) return { refusal: { reason: "not-found", what: "request" } };
      const at = context.clock();
      const step = "failed" in outcome ? fail(before.value, outcome.failed, at) : apply(before.value, at);
      if ("refusal" in step) return step;
      const { asker, wants } = before.value;
      const changes: Change[] = [
        { row: "request", before, next: step.next },
        { row: "card", next: newCard(id, "outcome", { person: asker }, at) },
      ];
      const events = [step.event];
      if ("failed" in outcome || outcome.applied === undefined) {
        return { commit: { changes, events }, result: undefined };
      }
      const records = await recorded(context, before.value, outcome.applied);
      if (records === "later") return { done: undefined };
      const commit = { changes: [...changes, ...records.changes], events: [...events, ...records.events] };
      return { commit: { ...commit, ...roomFor(context, wants) }, result: undefined };
    });
  let settled = await attempt();
  // Somebody else's first change to a key without a record came in between: it is found now.
  if (settled === "exists") settled = await attempt();
  if (settled === "too-many-keys") return finish(context, id, { failed: "policy-refuses" });
  if (typeof settled === "string") throw new Error(`the end of a request answered ${settled}`);
}

/** Whoever gets a key has no more than the policy allows, at the moment of getting it. */
function roomFor(context: Context, wants: Wants): Pick<Commit, "keys"> {
  const atMost = context.policy().policy.limits["keys-per-person"];
  return wants.kind === "new-owner" ? { keys: { of: wants.to, atMost } } : {};
}

async function recorded(
  context: Context,
  { id, asker, wants }: Request,
  managed: ManagedKey,
): Promise<{ changes: Change[]; events: ReturnType<typeof changedByRequest>["event"][] } | "later"> {
  const before = await context.store.key(managed.id);
  const outside = recordOutside({
    id: managed.id,
    name: managed.name,
    role: managed.role,
    madeAt: managed.createdAt,
    ...(managed.expiresAt === undefined ? {} : { expiresAt: managed.expiresAt }),
  });
  const at = context.clock();
  const values = {
    role: managed.role,
    ...(managed.expiresAt === undefined ? { unlimited: true as const } : { expiresAt: managed.expiresAt }),
    ...(wants.kind === "new-owner" ? { owner: wants.to } : {}),
  };
  const changed = changedByRequest(before?.value ?? outside, values, id, at);
  const upkeep =
    wants.kind === "longer-life" ? extended(changed.next.upkeep, asker, at) : handedOver(changed.next.upkeep);
  const next = wants.kind === "role-change" ? changed.next : { ...changed.next, upkeep };
  const changes: Change[] = [{ row: "key", next, ...(before === undefined ? {} : { before }) }];
  const events = [changed.event];
  if (wants.kind !== "new-owner") return { changes, events };
  const claim = await context.store.claimOn(managed.id);
  if (claim === undefined) return { changes, events };
  const voided = voidClaim(claim.value, "portcullis", at);
  // The former owner is being shown a secret at this moment: the key changes hands after that.
  if ("refusal" in voided) return "later";
  const rotation = await context.store.request(claim.value.request);
  const over = rotation && fail(rotation.value, "effect-changed", at);
  changes.push({ row: "claim", before: claim, next: voided.next });
  events.push(voided.event);
  if (rotation !== undefined && over !== undefined && "next" in over) {
    changes.push({ row: "request", before: rotation, next: over.next });
    events.push(over.event);
  }
  return { changes, events };
}
