import type { Need, RuleNeeds } from "./rule.ts";
import type { PersonId } from "./values.ts";

/**
 * Who belongs to which group of the policy, as far as it counts: guests, bots, deactivated
 * people and people of other tenants are left out before this is made (R41, R43).
 */
export type Memberships = ReadonlyMap<string, ReadonlySet<PersonId>>;

/** Demands as they stand `age` milliseconds after the request was made: escalations that are due have joined in. */
export function inForce(demands: readonly RuleNeeds[], age: number): RuleNeeds[] {
  return demands.map(({ rule, needs }) => ({
    rule,
    needs: needs.map((each) => {
      const { escalate } = each;
      return escalate === undefined || age < escalate.after ? each : { ...each, joined: [escalate.to] };
    }),
  }));
}

/** Whether these people together satisfy every demand. */
export function satisfied(
  demands: readonly RuleNeeds[],
  people: readonly PersonId[],
  members: Memberships,
): boolean {
  return demands.every((each) => openSeats(each, people, members).length === 0);
}

/**
 * The seats of one rule that these people leave empty, by the group that they are for first.
 * Within one rule a person fills one seat: a maximum matching of people to seats, by augmenting
 * paths.
 */
export function openSeats(demand: RuleNeeds, people: readonly PersonId[], members: Memberships): string[] {
  const seats = demand.needs.flatMap((each) => Array.from({ length: each.approvals }, () => each));
  const holder = new Map<number, PersonId>();
  const seat = (person: PersonId, tried: Set<number>): boolean =>
    seats.some((need, i) => {
      if (tried.has(i) || !mayFill(need).some((group) => isMember(members, group, person))) return false;
      tried.add(i);
      const sitting = holder.get(i);
      if (sitting !== undefined && !seat(sitting, tried)) return false;
      holder.set(i, person);
      return true;
    });
  for (const person of new Set(people)) seat(person, new Set());
  return seats.flatMap((need, i) => (holder.has(i) ? [] : [need.group]));
}

/** Whether a person may fill any seat of these demands. */
export function mayDecide(demands: readonly RuleNeeds[], person: PersonId, members: Memberships): boolean {
  return groupsOf(demands).some((group) => isMember(members, group, person));
}

/** The groups whose people may decide, each once, in their order. */
export function groupsOf(demands: readonly RuleNeeds[]): string[] {
  return [...new Set(demands.flatMap(({ needs }) => needs.flatMap(mayFill)))];
}

/** The groups that are called when something is to be decided: all but the quiet ones. */
export function pinged(demands: readonly RuleNeeds[]): string[] {
  return [
    ...new Set(demands.flatMap(({ needs }) => needs.flatMap(({ group, joined = [] }) => [group, ...joined]))),
  ];
}

/** Both sets of demands together: what was asked for then and what is asked for now. */
export function stricter(then: readonly RuleNeeds[], now: readonly RuleNeeds[]): RuleNeeds[] {
  const written = new Set(then.map((each) => JSON.stringify(each)));
  return [...then, ...now.filter((each) => !written.has(JSON.stringify(each)))];
}

function mayFill({ group, quiet = [], joined = [] }: Need): string[] {
  return [group, ...quiet, ...joined];
}

function isMember(members: Memberships, group: string, person: PersonId): boolean {
  return members.get(group)?.has(person) ?? false;
}
