import { groupsOf, mayDecide } from "../../domain/approval.ts";
import type { Claim } from "../../domain/claim.ts";
import type { Refusal } from "../../domain/refusal.ts";
import type { Request } from "../../domain/request.ts";
import { MINUTE, type PersonId } from "../../domain/values.ts";
import { demandsShown } from "./demands.ts";
import { type Missing, missingOf } from "./missing.ts";
import { asMember, isIn, membershipsOf, refused } from "../people.ts";
import type { Context } from "../ports.ts";
import type { Versioned } from "../store-port.ts";

/** How many of each list are answered; Slack shows 50 blocks in a message (slack-rules 2.5). */
const MOST = 10;
/** How many pending requests are looked through for those that wait for one person. */
const LOOKED_AT = 500;

/** A request, with whose approval it still waits for. */
export type Listed = { request: Versioned<Request>; missing: Missing | undefined };
export type RequestsFor = {
  mine: (Listed & { claim?: Versioned<Claim> })[];
  waiting: Listed[];
  more: { mine: boolean; waiting: boolean };
};

/** A person's own requests, the newest first, and those that wait for this person's decision, the oldest first. */
export async function requestsFor(
  context: Context,
  person: PersonId,
  noOlderThan = MINUTE,
): Promise<RequestsFor | { refusal: Refusal }> {
  const member = await asMember(context, person, noOlderThan);
  if ("refusal" in member) return refused(context, person, `person:${person}`, member.refusal);
  const { store } = context;
  const own = await store.requestsOf(person, MOST + 1);
  const mine = await Promise.all(
    own.slice(0, MOST).map(async (request) => {
      const claim = request.value.state === "approved" ? await store.claimOf(request.value.id) : undefined;
      return { ...(await listed(context, request)), ...(claim === undefined ? {} : { claim }) };
    }),
  );
  const pending = await pendingFor(context, person, noOlderThan);
  const groups = [...new Set(pending.flatMap(({ value }) => groupsOf(demandsShown(context, value))))];
  const members = await membershipsOf(context, groups, [person], noOlderThan);
  const waiting = pending.filter(
    ({ value }) =>
      value.asker !== person &&
      value.state === "pending" &&
      value.lapsesAt > context.clock() &&
      ![...value.approvals, ...value.denials].some((each) => each.by === person) &&
      mayDecide(demandsShown(context, value), person, members),
  );
  const more = {
    mine: own.length > MOST,
    waiting: waiting.length > MOST || pending.length === LOOKED_AT,
  };
  const first = await Promise.all(waiting.slice(0, MOST).map((each) => listed(context, each)));
  return { mine, waiting: first, more };
}

/** What is undecided, for those who may decide anything at all: reading hundreds of requests is dear, and most look at their own. */
async function pendingFor(
  context: Context,
  person: PersonId,
  noOlderThan: number,
): Promise<Versioned<Request>[]> {
  const groups = Object.keys(context.policy().policy.groups);
  const decides = await isIn(context, groups, person, noOlderThan);
  return decides ? context.store.pendingRequests(LOOKED_AT) : [];
}

async function listed(context: Context, request: Versioned<Request>): Promise<Listed> {
  const { value } = request;
  return { request, missing: await missingOf(context, value, demandsShown(context, value)) };
}
