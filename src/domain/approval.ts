import type { RuleNeeds } from "./policy.ts";
import type { PersonId } from "./values.ts";

/**
 * Who belongs to which group of the policy, as far as it counts: guests, bots, deactivated
 * people and people of other tenants are left out before this is made (R41, R43).
 */
export type Memberships = ReadonlyMap<string, ReadonlySet<PersonId>>;

/** Whether these people together satisfy every demand. */
export function satisfied(
  demands: readonly RuleNeeds[],
  people: readonly PersonId[],
  members: Memberships,
): boolean {
  return demands.every((each) => openSeats(each, people, members).length === 0);
}

/**
 * The seats of one rule that these people leave empty, by group. Within one rule a person fills
 * one seat: a maximum matching of people to seats, by augmenting paths.
 */
export function openSeats(demand: RuleNeeds, people: readonly PersonId[], members: Memberships): string[] {
  const seats = demand.needs.flatMap((each) => Array.from({ length: each.approvals }, () => each.group));
  const holder = new Map<number, PersonId>();
  const seat = (person: PersonId, tried: Set<number>): boolean =>
    seats.some((group, i) => {
      if (tried.has(i) || !isMember(members, group, person)) return false;
      tried.add(i);
      const sitting = holder.get(i);
      if (sitting !== undefined && !seat(sitting, tried)) return false;
      holder.set(i, person);
      return true;
    });
  for (const person of new Set(people)) seat(person, new Set());
  return seats.filter((_, i) => !holder.has(i));
}

/** Whether a person may fill any seat of these demands. */
export function mayDecide(demands: readonly RuleNeeds[], person: PersonId, members: Memberships): boolean {
  return groupsOf(demands).some((group) => isMember(members, group, person));
}

/** The groups that these demands name, each once, in their order. */
export function groupsOf(demands: readonly RuleNeeds[]): string[] {
  return [...new Set(demands.flatMap((each) => each.needs.map((need) => need.group)))];
}

/** Both sets of demands together: what was asked for then and what is asked for now. */
export function stricter(then: readonly RuleNeeds[], now: readonly RuleNeeds[]): RuleNeeds[] {
  const written = new Set(then.map((each) => JSON.stringify(each)));
  return [...then, ...now.filter((each) => !written.has(JSON.stringify(each)))];
}

function isMember(members: Memberships, group: string, person: PersonId): boolean {
  return members.get(group)?.has(person) ?? false;
}
