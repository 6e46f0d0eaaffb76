import { groupsOf, mayDecide } from "../../domain/approval.ts";
import type { AuditRow } from "../../domain/audit.ts";
import { nearestNames } from "../../domain/near-names.ts";
import type { Policy } from "../../domain/policy.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { isParty, type Request } from "../../domain/request.ts";
import type { RuleNeeds } from "../../domain/rule.ts";
import { DAY, HOUR, type Instant, MINUTE, type PersonId, requestId } from "../../domain/values.ts";
import { beneficiary, titleOf } from "../../domain/wants.ts";
import { termsShown } from "./demands.ts";
import { type Missing, missingOf } from "./missing.ts";
import { asMember, everybodyIn, isIn, membershipsOf, refused } from "../people.ts";
import type { Context } from "../ports.ts";

/** Requests of a name that are looked through. */
const LOOKED_AT = 500;
/** Names of requests that are compared with one that was mistyped, and those that are told. */
const COMPARED = 200;
const MOST_NEAR = 5;
/** People that are named, of all who could decide. */
const NAMED = 15;
/** Events of a request that calls are looked for among. */
const CALLS = 100;

/** How somebody stands to a request. */
export type Standing =
  | { as: "asker" | "beneficiary" | "onlooker" }
  | { as: "approver" | "denier"; at: Instant }
  /** May fill a seat of these rules; `how`: as one of the group itself, uncalled, or since it was escalated. */
  | { as: "decider"; through: { rule: string; group: string; how: "asked" | "quiet" | "escalated" }[] };

export type Why = {
  request: Request;
  demands: readonly RuleNeeds[];
  denialsToEnd: number;
  missing: Missing | undefined;
  /** Who could still decide, fifteen of them at most; `more`: there are others. Nobody once it is decided. */
  could: { named: PersonId[]; more: boolean };
  /** When people were called, the oldest first. */
  calls: { at: Instant; by: "card" | "reminder" | "escalation" }[];
  you: Standing;
  groups: Policy["groups"];
};

/**
 * Which rules decide a request, who still could, who was called when, and what silence leads to: for
 * whom it concerns, responders and auditors. `text`: its id, or the name that it is about; `typed`: by
 * somebody, who may have mistyped it. Throws Slack's faults.
 */
export async function explainRequest(
  context: Context,
  { by, text, typed }: { by: PersonId; text: string; typed: boolean },
): Promise<Why | { refusal: Refusal }> {
  const member = await asMember(context, by, MINUTE);
  if ("refusal" in member) return refused(context, by, `person:${by}`, member.refusal);
  const request = await requestMeant(context, by, text);
  if (request === undefined) {
    if (!typed) return { refusal: { reason: "not-found", what: "request" } };
    const asked = text.trim();
    return { refusal: { reason: "no-such-request", asked, near: await nearNames(context, by, asked) } };
  }
  const { demands, denialsToEnd } = termsShown(context, request);
  const groups = groupsOf(demands);
  const members = await membershipsOf(context, groups, [by], HOUR);
  const { responders, auditors } = context.policy().policy;
  const concerned =
    isParty(request, by) ||
    mayDecide(demands, by, members) ||
    (await isIn(context, [...responders, ...auditors], by, MINUTE));
  if (!concerned) {
    return refused(context, by, `request:${request.id}`, { reason: "not-yours", what: "request" });
  }
  return {
    request,
    demands,
    denialsToEnd,
    missing: await missingOf(context, request, demands),
    could: await whoCould(context, request, groups),
    calls: await callsOf(context, request),
    you: standingOf(request, by, demands, (group) => members.get(group)?.has(by) ?? false),
    groups: context.policy().policy.groups,
  };
}

/** By its id; or the newest of that name: of one's own first, then of those that wait. */
async function requestMeant({ store }: Context, by: PersonId, text: string): Promise<Request | undefined> {
  const id = requestId.safeParse(text.trim().toUpperCase());
  const found = id.success ? await store.request(id.data) : undefined;
  if (found !== undefined) return found.value;
  const name = text.trim().toLowerCase();
  const own = await store.requestsOf(by, LOOKED_AT);
  const waiting = (await store.pendingRequests(LOOKED_AT)).toReversed();
  return [...own, ...waiting].find(({ value }) => titleOf(value.wants).toLowerCase() === name)?.value;
}

/** Names near to what was typed, of requests that this person may see. */
async function nearNames(context: Context, by: PersonId, asked: string): Promise<string[]> {
  const { responders, auditors } = context.policy().policy;
  const all = await isIn(context, [...responders, ...auditors], by, MINUTE);
  const own = await context.store.requestsOf(by, COMPARED);
  const waiting = all ? await context.store.pendingRequests(COMPARED) : [];
  const names = [...own, ...waiting].map(({ value }) => titleOf(value.wants));
  return nearestNames(asked, names, MOST_NEAR);
}

async function whoCould(
  context: Context,
  request: Request,
  groups: readonly string[],
): Promise<Why["could"]> {
  if (request.state !== "pending") return { named: [], more: false };
  const { policy } = context.policy();
  const out = new Set([...request.approvals, ...request.denials].map((each) => each.by));
  const named = new Set<PersonId>();
  for (const group of groups) {
    for (const id of (await everybodyIn(context, policy.groups[group], HOUR)) ?? []) {
      if (named.has(id) || out.has(id) || isParty(request, id)) continue;
      if (!("person" in (await asMember(context, id, DAY)))) continue;
      if (named.size === NAMED) return { named: [...named], more: true };
      named.add(id);
    }
  }
  return { named: [...named], more: false };
}

async function callsOf({ store }: Context, { id }: Request): Promise<Why["calls"]> {
  const rows = (await store.auditOf([`request:${id}`], { limit: CALLS })).toReversed();
  return rows.flatMap(({ event, at }) => {
    const by = CALLED_BY.get(event);
    return by === undefined ? [] : [{ at, by }];
  });
}

const CALLED_BY: ReadonlyMap<AuditRow["event"], Why["calls"][number]["by"]> = new Map([
  ["request.made", "card"],
  ["request.reminded", "reminder"],
  ["request.escalated", "escalation"],
]);

function standingOf(
  request: Request,
  by: PersonId,
  demands: readonly RuleNeeds[],
  isMember: (group: string) => boolean,
): Standing {
  if (request.asker === by) return { as: "asker" };
  if (beneficiary(request.wants, request.asker) === by) return { as: "beneficiary" };
  const denied = request.denials.find((each) => each.by === by);
  if (denied !== undefined) return { as: "denier", at: denied.at };
  const approved = request.approvals.find((each) => each.by === by);
  if (approved !== undefined) return { as: "approver", at: approved.at };
  const through = demands.flatMap(({ rule, needs }) =>
    needs.flatMap(({ group, quiet = [], joined = [] }) => [
      ...(isMember(group) ? [{ rule, group, how: "asked" as const }] : []),
      ...joined.filter(isMember).map((each) => ({ rule, group: each, how: "escalated" as const })),
      ...quiet.filter(isMember).map((each) => ({ rule, group: each, how: "quiet" as const })),
    ]),
  );
  return through.length === 0 ? { as: "onlooker" } : { as: "decider", through };
}
