import { groupsOf, inForce, type Memberships, openSeats } from "../domain/approval.ts";
import type { Group } from "../domain/policy.ts";
import type { RuleNeeds } from "../domain/rule.ts";
import type { Refusal } from "../domain/refusal.ts";
import { DAY, type Instant, MINUTE, type PersonId, SECOND } from "../domain/values.ts";
import type { Context, Person } from "./ports.ts";

/** What is known of people may be this old when somebody decides (R42). */
export const DECIDING = MINUTE;
/** Clicks older than this are not carried out: they may be late deliveries of something long reconsidered. */
const LATE_CLICK = 30 * SECOND;

/**
 * A person who counts: an active full member of our tenant (R41, R43), known no longer than
 * `noOlderThan` milliseconds. Throws `slack-unreachable` when Slack must be asked and does not answer.
 */
export async function asMember(
  context: Context,
  id: PersonId,
  noOlderThan: number,
): Promise<{ person: Person } | { refusal: Refusal }> {
  const person = await personOf(context, id, noOlderThan);
  if (person === undefined) return { refusal: { reason: "unknown-person" } };
  return person.kind === "member" ? { person } : { refusal: { reason: "not-a-member", kind: person.kind } };
}

async function personOf(context: Context, id: PersonId, noOlderThan: number): Promise<Person | undefined> {
  const { store, directory, clock } = context;
  const known = await store.person(id);
  if (known !== undefined && isFresh(known, noOlderThan, clock())) return known.person;
  const readAt = clock();
  const person = await directory.readPerson(id);
  if (person === undefined) await store.forget({ person: id });
  else await store.putPerson(person, readAt);
  return person;
}

/** What was read in the future was read by another clock, or before ours was set back: nobody knows how old it is. */
function isFresh({ readAt }: { readAt: Instant }, noOlderThan: number, now: Instant): boolean {
  const age = now - readAt;
  return age >= 0 && age < noOlderThan;
}

/** Everybody in a group of the policy, whatever sort of account; `undefined`: Slack has no such group (any more). */
export async function everybodyIn(
  context: Context,
  group: Group | undefined,
  noOlderThan: number,
): Promise<readonly PersonId[] | undefined> {
  if (group === undefined) return undefined;
  if ("people" in group) return group.people;
  const { store, directory, clock } = context;
  const slackGroup = group["slack-group"];
  const known = await store.members(slackGroup);
  if (known !== undefined && isFresh(known, noOlderThan, clock())) return known.members;
  const readAt = clock();
  const members = await directory.readMembers(slackGroup);
  // A group that is gone is not kept as an empty one: to a rule about askers that would say "not a member".
  if (members === undefined) await store.forget({ slackGroup });
  else await store.putMembers(slackGroup, members, readAt);
  return members;
}

/**
 * Which of these people belong to which of these groups now, counting only full members of our
 * tenant; a group that is gone has nobody.
 */
export async function membershipsOf(
  context: Context,
  groups: readonly string[],
  people: readonly PersonId[],
  noOlderThan = DECIDING,
): Promise<Memberships> {
  const { policy } = context.policy();
  const counted = new Set<PersonId>();
  for (const id of new Set(people)) {
    if ("person" in (await asMember(context, id, noOlderThan))) counted.add(id);
  }
  const memberships = new Map<string, ReadonlySet<PersonId>>();
  for (const group of groups) {
    const everybody = new Set((await everybodyIn(context, policy.groups[group], noOlderThan)) ?? []);
    memberships.set(group, counted.intersection(everybody));
  }
  return memberships;
}

/** Whether a person stands in one of these groups, as known no longer than `noOlderThan` milliseconds. */
export async function isIn(
  context: Context,
  groups: readonly string[],
  person: PersonId,
  noOlderThan: number,
): Promise<boolean> {
  const memberships = await membershipsOf(context, groups, [person], noOlderThan);
  return [...memberships.values()].some((members) => members.has(person));
}

/** A member who is one of the incident responders, both as known no longer than `noOlderThan` milliseconds. */
export async function asResponder(
  context: Context,
  id: PersonId,
  noOlderThan: number,
): ReturnType<typeof asMember> {
  const member = await asMember(context, id, noOlderThan);
  if ("refusal" in member) return member;
  const { responders } = context.policy().policy;
  return (await isIn(context, responders, id, noOlderThan))
    ? member
    : { refusal: { reason: "not-a-responder" } };
}

/**
 * The first demand that nobody could ever meet, escalations to come counted in; `parties` never
 * count: whom the request is for, and who has denied it.
 * People are looked at until every seat could be filled, so a group of thousands costs little.
 */
export async function unreachable(
  context: Context,
  demanded: readonly RuleNeeds[],
  parties: readonly PersonId[],
  noOlderThan = DECIDING,
): Promise<Extract<Refusal, { reason: "nobody-could-approve" }> | undefined> {
  const { policy } = context.policy();
  const demands = inForce(demanded, Number.POSITIVE_INFINITY);
  const memberships = new Map<string, Set<PersonId>>();
  const found: PersonId[] = [];
  const open = (): { rule: string; seats: string[] } | undefined =>
    demands
      .map((each) => ({ rule: each.rule, seats: openSeats(each, found, memberships) }))
      .find((each) => each.seats.length > 0);
  for (const group of groupsOf(demands)) memberships.set(group, new Set());
  for (const group of groupsOf(demands)) {
    for (const id of (await everybodyIn(context, policy.groups[group], noOlderThan)) ?? []) {
      if (open() === undefined) return undefined;
      if (parties.includes(id) || !("person" in (await asMember(context, id, DAY)))) continue;
      memberships.get(group)?.add(id);
      found.push(id);
    }
  }
  const short = open();
  const group = short?.seats[0];
  if (short === undefined || group === undefined) return undefined;
  const missing = short.seats.filter((each) => each === group).length;
  return { reason: "nobody-could-approve", rule: short.rule, group, open: missing };
}

/** A click that was pressed too long ago, or stamped in the future, is not carried out (R14). */
export function lateClick(context: Context, clickedAt: number): Refusal | undefined {
  const age = context.clock() - clickedAt;
  if (age <= LATE_CLICK && age >= -2 * LATE_CLICK) return undefined;
  return { reason: "stale-click", ageSeconds: Math.round(age / SECOND) };
}

/**
 * Every refusal to somebody who may not stands in the audit trail; those of one person within a
 * minute together, so that a hammering finger cannot flood it.
 */
export async function recordRefusal(
  context: Context,
  person: PersonId,
  subject: string,
  refusal: Refusal,
): Promise<void> {
  // Nobody asked for it again: Slack has delivered it twice.
  if (refusal.reason === "done-before") return;
  const at = context.clock();
  const event = { at, actor: person, subject, event: "refused", evidence: refusal } as const;
  await context.store.tallyRefusal(refusal.reason, event);
}

/** Records a refusal and passes it on. */
export async function refused(
  context: Context,
  person: PersonId,
  subject: string,
  refusal: Refusal,
): Promise<{ refusal: Refusal }> {
  await recordRefusal(context, person, subject, refusal);
  return { refusal };
}
