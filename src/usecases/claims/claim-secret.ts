import type { AuditEvent } from "../../domain/audit.ts";
import { secretReplaced } from "../../domain/compromised.ts";
import { newCard } from "../../domain/card.ts";
import { type Claim, deliver, startMinting, startShowing, type Undoing } from "../../domain/claim.ts";
import { Fault } from "../../domain/fault.ts";
import type { KeyRecord } from "../../domain/key.ts";
import { type Failure, type Request } from "../../domain/request.ts";
import { fulfil } from "../../domain/request-end.ts";
import type { Refusal } from "../../domain/refusal.ts";
import {
  attemptId,
  type ClaimId,
  type Instant,
  type KeyId,
  MINUTE,
  type PersonId,
} from "../../domain/values.ts";
import { rotated } from "../../domain/upkeep.ts";
import { titleOf } from "../../domain/wants.ts";
import { activate } from "./activate.ts";
import { change, changeKnown, one } from "../change.ts";
import { asRefusal, failBoth, heldNow, loadClaim, noLongerGood } from "./claim-state.ts";
import { mint, type Minted } from "./mint.ts";
import { asMember, refused } from "../people.ts";
import type { Context } from "../ports.ts";
import type { Change, Versioned } from "../store-port.ts";
import { setActive } from "../keys/set-active.ts";
import { undo } from "./undo.ts";

type Press = { claim: ClaimId; by: PersonId; clickedAt: Instant };
type Minting = Extract<Claim, { state: "minting" }>;
type Begun = { claim: Minting; request: Request };
export type Claimed = { shown: KeyId } | { undone: Undoing } | { refusal: Refusal };

/**
 * One secret, shown once (design.md section 5). Exactly one click wins the commit to `minting`;
 * the secret lives in this function's memory only, and is sent once, after a commit that reads
 * the gate again. Whatever goes wrong after that voids it. Throws manager and Slack faults that
 * happen before anything was committed.
 */
export async function claimSecret(context: Context, press: Press): Promise<Claimed> {
  const begun = await begin(context, press);
  if ("refusal" in begun) {
    if (begun.refusal.reason === "shown-already") await raiseAlarm(context, press);
    return refused(context, press.by, `claim:${press.claim}`, begun.refusal);
  }
  const { claim, request } = begun;
  let minted: Minted;
  try {
    minted = await mint(context, { claim, request });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.log.warn({ code: error.code, claim: claim.id }, "minting failed");
    if (error.code === "manager-rejected") return failing(context, press, "rejected");
    return undo(context, claim, { because: "manager" });
  }
  if (minted === "name-taken") return failing(context, press, "name-taken");
  if (!minted.asApproved) return undo(context, claim, { because: "manager", key: minted.key });
  const stopped = (await lockIfLive(context, minted)) ?? (await clearToShow(context, claim, minted.key));
  if (stopped !== undefined) return undo(context, claim, { because: stopped, key: minted.key });
  const lost = await show(context, begun, minted);
  if (lost !== undefined) return undo(context, claim, { because: lost, key: minted.key });
  // Where the sweep had given the attempt up meanwhile, the key is gone and what was shown is void.
  if (!(await recordDelivery(context, begun, minted))) return undo(context, claim, { because: "timed-out" });
  await activate(context, claim.id);
  return { shown: minted.key };
}

/** What was approved can never be made: claim and request end, and the click hears why. */
async function failing(
  context: Context,
  { claim, by }: Press,
  because: Failure,
): Promise<{ refusal: Refusal }> {
  await failBoth(context, claim, because);
  return refused(context, by, `claim:${claim}`, asRefusal(because));
}

/** Checks everything that the click needs, and commits `minting`: one click gets this far. */
async function begin(context: Context, press: Press): Promise<Begun | { refusal: Refusal }> {
  const attempt = attemptId.parse(context.newId());
  const settled = await changeKnown<Begun | { refusal: Refusal }>(context, async () => {
    const member = await asMember(context, press.by, MINUTE);
    if ("refusal" in member) return member;
    const loaded = await loadClaim(context, press.claim);
    if (loaded === undefined) return { refusal: { reason: "not-found", what: "claim" } };
    const { claim, request } = loaded;
    const { heldBy } = await heldNow(context, loaded);
    const step = startMinting(claim.value, { ...press, at: context.clock(), attempt, heldBy });
    if ("refusal" in step) return step;
    const ended = await noLongerGood(context, request.value);
    if (ended !== undefined) {
      await failBoth(context, press.claim, ended);
      return { refusal: asRefusal(ended) };
    }
    const commit = one({ row: "claim", before: claim, next: step.next }, step.event);
    return { commit, result: { claim: step.next, request: request.value } };
  });
  return "refusal" in settled ? settled : settled.result;
}

/** A manager that ignores `active: false` must not leave a live key whose secret nobody has. */
async function lockIfLive(
  context: Context,
  { key, live }: Exclude<Minted, string>,
): Promise<Undoing | undefined> {
  if (!live) return undefined;
  try {
    await setActive(context, key, false);
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return "manager";
  }
}

/** Commits `showing`, reading the gate: a lockout or a sweep that came first wins, and nothing is sent. */
async function clearToShow(
  context: Context,
  { id, attempt }: Minting,
  key: KeyId,
): Promise<Undoing | undefined> {
  const settled = await changeKnown<undefined>(context, async () => {
    const loaded = await loadClaim(context, id);
    if (loaded === undefined) return { refusal: { reason: "not-found", what: "claim" } };
    const { gate, heldBy } = await heldNow(context, loaded, key);
    const step = startShowing(loaded.claim.value, { attempt: attempt.id, at: context.clock(), key, heldBy });
    if ("refusal" in step) return step;
    const commit = one({ row: "claim", before: loaded.claim, next: step.next }, step.event);
    return { commit: { ...commit, gate: { read: gate } }, result: undefined };
  });
  if (!("refusal" in settled)) return undefined;
  return settled.refusal.reason === "locked-out" ? "locked-out" : "timed-out";
}

/** The one message with the secret; what Slack did not certainly accept is void. */
async function show(
  context: Context,
  { claim, request }: Begun,
  { key, secret }: Exclude<Minted, string>,
): Promise<Undoing | undefined> {
  const keyName = titleOf(request.wants);
  const managerUrl = context.manager.url;
  try {
    await context.messages.showSecret({ to: claim.owner, claim: claim.id, secret, keyName, key, managerUrl });
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.log.warn({ code: error.code, claim: claim.id }, "showing failed");
    return error.code === "slack-refused" ? "slack-refused" : "slack-uncertain";
  }
}

/** Commits `delivered` with the fulfilled request and the key's record; false when the attempt had been given up. */
async function recordDelivery(
  context: Context,
  { claim: { id, attempt } }: Begun,
  { key, expiresAt }: Exclude<Minted, string>,
): Promise<boolean> {
  const attempted = async () =>
    change<undefined>(context, async () => {
      const loaded = await loadClaim(context, id);
      if (loaded === undefined) return { refusal: { reason: "not-found", what: "claim" } };
      const { claim, request } = loaded;
      const at = context.clock();
      const delivered = deliver(claim.value, { attempt: attempt.id, at });
      if ("refusal" in delivered) return delivered;
      const fulfilled = fulfil(request.value, key, at);
      if ("refusal" in fulfilled) return fulfilled;
      const record = newRecord(
        request.value,
        { key, expiresAt, madeAt: attempt.startedAt, at },
        await context.store.key(key),
      );
      const changes: Change[] = [
        { row: "claim", before: claim, next: delivered.next },
        { row: "request", before: request, next: fulfilled.next },
        ...record.changes,
      ];
      const events = [delivered.event, fulfilled.event, ...record.events];
      return { commit: { changes, events }, result: undefined };
    });
  let settled = await attempted();
  // A lockout or a responder met the new key at this moment, and made its record: the second try finds it.
  if (settled === "exists") settled = await attempted();
  if (typeof settled === "string") throw new Error(`a delivery answered ${settled}`);
  return !("refusal" in settled);
}

/**
 * The record of a key that was made; a rotated one has its own already, which learns of the new secret. A responder who met the
 * key while its secret was on the way may have locked it: that lock holds down what is to become active.
 */
function newRecord(
  { id, asker, wants }: Request,
  {
    key,
    expiresAt,
    madeAt,
    at,
  }: { key: KeyId; expiresAt: Instant | undefined; madeAt: Instant; at: Instant },
  before: Versioned<KeyRecord> | undefined,
): { changes: Change[]; events: AuditEvent[] } {
  if (wants.kind === "rotation" && before !== undefined) {
    const { next, events } = secretReplaced(before.value, madeAt, at);
    const changes = [{ row: "key" as const, before, next: { ...next, upkeep: rotated(next.upkeep, at) } }];
    return { changes, events };
  }
  if (wants.kind !== "new-key") return { changes: [], events: [] };
  const { holds } = before?.value ?? {};
  const next = {
    ...before?.value,
    ...(holds === undefined ? {} : { holds: { ...holds, baseActive: true } }),
    id: key,
    name: wants.keyName,
    owner: asker,
    origin: { kind: "request" as const, request: id },
    role: wants.roleId,
    madeAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  return { changes: [{ row: "key", next, ...(before === undefined ? {} : { before }) }], events: [] };
}

/** A second click on a secret that was shown may be somebody else at the asker's desk: the responders see it, once. */
async function raiseAlarm(context: Context, { claim: id, by }: Press): Promise<void> {
  const loaded = await loadClaim(context, id);
  if (loaded === undefined) return;
  const at = context.clock();
  const { incidents } = context.policy().policy.channels;
  const next = newCard(loaded.request.value.id, "second-claim", { channel: incidents }, at);
  const event = { at, actor: by, subject: `claim:${id}`, event: "claim.asked-again", evidence: {} } as const;
  if ((await context.store.commit(one({ row: "card", next }, event))) === "committed") context.nudge();
}
