import { newCard } from "../../domain/card.ts";
import { openClaim } from "../../domain/claim.ts";
import type { Policy } from "../../domain/policy.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { makeRequest, type Making, type Request } from "../../domain/request.ts";
import { approveAutomatically } from "../../domain/request-decision.ts";
import { claimId, type Instant, type PersonId, type RequestId } from "../../domain/values.ts";
import { shortest } from "../../domain/verdict.ts";
import { beneficiary, type Effect, lifeJudged, type Wants } from "../../domain/wants.ts";
import { applyApproved } from "./apply.ts";
import { after, change, type Decision } from "../change.ts";
import { heldWish } from "../claims/claim-state.ts";
import { asJudged, judgeNow, refusalIn, refusalOf } from "./demands.ts";
import { effectHash } from "./effect.ts";
import { refused, unreachable } from "../people.ts";
import type { Context } from "../ports.ts";
import type { Change, Versioned } from "../store-port.ts";

/** A wish that has been checked for itself; the policy has not been asked yet. */
export type Placing = {
  /** The nonce of its modal or line: the same submission delivered twice is one request. */
  id: RequestId;
  /** The line, or the form as it was sent: see `actOf`. */
  act: string;
  reason: string;
  /** What it would do, as shown to the asker. */
  effect: Effect & { asker: PersonId };
  nameUnchecked?: boolean;
};

/** `again`: it had been made by an earlier delivery of the same form or line; `same`: with the same content. */
export type Made = { made: Versioned<Request>; again: boolean; same: boolean };

/**
 * A request enters the store, judged by the policy: refused, approved at once, or waiting for
 * decisions with its card. What is approved at once is carried out at once.
 */
export async function placeRequest(context: Context, placing: Placing): Promise<Made | { refusal: Refusal }> {
  const { id, act, effect } = placing;
  const { asker, asked } = effect;
  const { policy, hash } = context.policy();
  const now = context.clock();
  const no = async (refusal: Refusal) => refused(context, asker, `request:${id}`, refusal);
  const judged = await demandsFor(context, placing, now);
  if ("refusal" in judged) return no(judged.refusal);
  const making: Making = {
    id,
    act,
    asker,
    wants: asked,
    reason: placing.reason.trim(),
    askedAt: now,
    ...judged,
    policyHash: hash,
    effectHash: effectHash(effect),
    nameUnchecked: placing.nameUnchecked ?? false,
  };
  const settled = await change(context, async () => firstCommit(context, making));
  switch (settled) {
    case "name-taken":
      return no({ reason: "name-taken", by: "request" });
    case "too-many-keys":
      return no({ reason: "too-many-keys", limit: policy.limits["keys-per-person"] });
    case "exists": {
      const twin = await context.store.request(id);
      if (twin === undefined) {
        const under = asked.kind === "rotation" ? await context.store.claimOn(asked.key) : undefined;
        if (under === undefined) throw new Error("a request that exists cannot be read");
        return no({ reason: "rotation-open", at: under.value.openedAt });
      }
      return again(context, twin, { act, by: asker, subject: `request:${id}` });
    }
    default:
  }
  if ("refusal" in settled) return settled;
  await applyApproved(context, id);
  return { made: settled.result, again: false, same: true };
}

/** Who has sent which form or line, and what a refusal to them is about. */
type Sending = { act: string; by: PersonId; subject: string };

/**
 * The request that a form or line made when it was delivered before, whatever has come of it
 * meanwhile; `undefined`: this is the first time.
 */
export async function madeBefore(
  context: Context,
  { id, ...sending }: Sending & { id: RequestId },
): Promise<Made | { refusal: Refusal } | undefined> {
  const earlier = await context.store.request(id);
  return earlier && again(context, earlier, sending);
}

async function again(
  context: Context,
  made: Versioned<Request>,
  { act, by, subject }: Sending,
): Promise<Made | { refusal: Refusal }> {
  const { asker, act: first } = made.value;
  return asker === by
    ? { made, again: true, same: first === act }
    : refused(context, by, subject, { reason: "not-yours", what: "request" });
}

/** With its card; where no decision is needed, approved, and with its claim where there is a secret to show. */
function firstCommit(context: Context, making: Making): Decision<Versioned<Request>> {
  const { policy } = context.policy();
  const made = makeRequest(making);
  const { id, asker, askedAt, wants } = making;
  const changes: Change[] = [];
  // Nobody decides on a rotation, so the approvers need no card of it.
  if (wants.kind !== "rotation") {
    changes.push({
      row: "card",
      next: newCard(id, "approval", { channel: channelFor(wants, policy) }, askedAt),
    });
  }
  const keys =
    wants.kind === "new-key" ? { keys: { of: asker, atMost: policy.limits["keys-per-person"] } } : {};
  if (making.demands.length > 0) {
    changes.push({ row: "request", next: made.next });
    return { commit: { changes, events: [made.event], ...keys }, result: after(undefined, made.next) };
  }
  const approved = approveAutomatically(made.next, askedAt, claimFor(context, wants));
  const opened = openingOf(context, approved.next, askedAt);
  changes.push({ row: "request", next: approved.next }, ...opened.changes);
  const events = [made.event, approved.event, ...opened.events];
  return { commit: { changes, events, ...keys }, result: after(undefined, approved.next) };
}

/** Responders decide on a restore where its lockout stands. */
function channelFor({ kind }: Wants, { channels }: Policy): string {
  return kind === "restore" ? channels.incidents : channels.approvals;
}

/** An id for the claim that an approval opens; changes that we carry out ourselves open none. */
export function claimFor(context: Context, wants: Wants): ReturnType<typeof claimId.parse> | undefined {
  return wants.kind === "new-key" || wants.kind === "rotation" ? claimId.parse(context.newId()) : undefined;
}

/** The claim that an approval opens, with its card; its window never reaches past the key's own date. */
export function openingOf(
  context: Context,
  approved: Request,
  now: Instant,
): { changes: Change[]; events: ReturnType<typeof openClaim>["event"][] } {
  const { wants } = approved;
  if (approved.state !== "approved" || approved.claim === undefined) return { changes: [], events: [] };
  const { policy } = context.policy();
  const rotation = wants.kind === "rotation";
  const owner = rotation ? (wants.owner ?? approved.asker) : approved.asker;
  const opened = openClaim({
    id: approved.claim,
    request: approved.id,
    purpose: rotation ? { kind: "rotation", key: wants.key } : { kind: "new-key" },
    owner,
    openedAt: now,
    lapsesAt: noLaterThan(wants, now + policy.times["claims-lapse-after"]),
  });
  const card = newCard(approved.id, "claim", { person: owner }, now);
  return {
    changes: [
      { row: "claim", next: opened.next },
      { row: "card", next: card },
    ],
    events: [opened.event],
  };
}

/** A wish for a date is over on that date. */
function noLaterThan(wants: Wants, moment: Instant): Instant {
  const life = lifeJudged(wants);
  return life?.kind === "until" ? Math.min(life.at, moment) : moment;
}

/** What of a request the rules decide. */
type Ruled = Pick<
  Making,
  "rules" | "demands" | "judged" | "dangers" | "denialsToEnd" | "lapsesAt" | "remindAfter"
>;

/** What the rules make of a wish; or why it cannot be asked for. Throws what `judgeNow` throws. */
async function demandsFor(
  context: Context,
  { effect, reason }: Placing,
  now: Instant,
): Promise<Ruled | { refusal: Refusal }> {
  const { asked, asker } = effect;
  const { times } = context.policy().policy;
  const { verdict, facts } = await judgeNow(context, effect, asker, now);
  const wrong = refusalIn(verdict) ?? refusalOf(verdict, reason);
  if (wrong !== undefined) return { refusal: wrong };
  if (!("terms" in verdict)) throw new Error("a verdict without terms refuses");
  const { rules, terms } = verdict;
  const demands = verdict.outcome === "needs" ? verdict.demands : [];
  if (demands.length === 0 && asked.kind !== "rotation") {
    // The claim that this opens reads the gate again, whatever is declared in this moment.
    const { heldBy } = await heldWish(context, asked, asker);
    if (heldBy !== undefined) return { refusal: { reason: "locked-out", incident: heldBy.incident } };
  }
  const open = await unreachable(context, demands, [asker, beneficiary(asked, asker)]);
  if (open !== undefined) return { refusal: open };
  const { remindAfter, lapseAfter } = shortest(terms, times);
  return {
    rules,
    demands,
    judged: asJudged(facts),
    dangers: terms.dangers,
    denialsToEnd: terms.denials,
    lapsesAt: noLaterThan(asked, now + lapseAfter),
    ...(remindAfter === undefined ? {} : { remindAfter }),
  };
}
