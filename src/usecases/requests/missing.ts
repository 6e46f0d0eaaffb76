import { groupsOf, openSeats } from "../../domain/approval.ts";
import { Fault } from "../../domain/fault.ts";
import { isParty, type Request } from "../../domain/request.ts";
import type { RuleNeeds } from "../../domain/rule.ts";
import { HOUR } from "../../domain/values.ts";
import { membershipsOf } from "../people.ts";
import type { Context } from "../ports.ts";

/** Seats that are still open, by the group that they are for first. */
export type Missing = { group: string; seats: number }[];

/**
 * Whose approvals a request still waits for, for showing it: memberships may be an hour old.
 * `undefined` while Slack does not say who belongs where.
 */
export async function missingOf(
  context: Context,
  request: Request,
  demands: readonly RuleNeeds[],
): Promise<Missing | undefined> {
  if (request.state !== "pending") return [];
  const people = request.approvals.map(({ by }) => by).filter((by) => !isParty(request, by));
  try {
    const groups = people.length === 0 ? [] : groupsOf(demands);
    const members = await membershipsOf(context, groups, people, HOUR);
    // Rules are satisfied by the same people, so of each group the rule that lacks the most says how many.
    const most = new Map<string, number>();
    for (const demand of demands) {
      const open = openSeats(demand, people, members);
      for (const group of open) {
        const seats = open.filter((each) => each === group).length;
        most.set(group, Math.max(most.get(group) ?? 0, seats));
      }
    }
    return [...most].map(([group, seats]) => ({ group, seats }));
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}
