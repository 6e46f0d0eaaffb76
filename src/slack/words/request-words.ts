import type { Policy } from "../../domain/policy.ts";
import type { Need, RuleNeeds } from "../../domain/rule.ts";
import type { Pending, Request } from "../../domain/request.ts";
import type { Instant, Life } from "../../domain/values.ts";
import type { Missing } from "../../usecases/requests/missing.ts";
import { days } from "./explain.ts";
import { explainFailure } from "./explain-failure.ts";
import { field, list, person, shorten, time, type Words } from "./words.ts";

type Groups = Policy["groups"];

/** Characters of a rule's name; the policy allows as many. */
const LONGEST_RULE = 75;
const OR = new Intl.ListFormat("en-GB", { type: "disjunction" });

/** Where a request stands, and who brought it there when. */
export function stateInWords(request: Request): Words {
  const approvers = list(request.approvals.map((each) => [person(each.by), " (", time(each.at), ")"]));
  switch (request.state) {
    case "pending":
      return pendingInWords(request, approvers);
    case "approved":
      return [
        "Approved ",
        ...by(approvers),
        request.claim === undefined ? "; being carried out" : "; the secret has not been shown yet",
      ];
    case "denied":
      return ["Denied by ", person(request.by), " (", time(request.at), "): ", request.because];
    case "withdrawn":
      return ["Withdrawn by ", person(request.asker), " (", time(request.at), ")"];
    case "lapsed":
      return request.was === "pending"
        ? ["Lapsed: nobody decided in time (", time(request.at), ")"]
        : ["Lapsed: approved, but the secret was not asked for in time (", time(request.at), ")"];
    case "fulfilled":
      return request.wants.kind === "rotation"
        ? [`Done: the new secret of key ${request.key} was shown (`, time(request.at), ")"]
        : ["Done: approved ", ...by(approvers), `; key ${request.key} was made (`, time(request.at), ")"];
    case "applied":
      return ["Done: approved ", ...by(approvers), ", and carried out (", time(request.at), ")"];
    case "failed":
      return ["Not carried out (", time(request.at), "). ", explainFailure(request.because)];
  }
}

function pendingInWords({ denials, denialsToEnd, lapsesAt, stuck }: Pending, approvers: Words): Words {
  const deniers = list(denials.map((each) => [person(each.by), " (", time(each.at), `: ${each.because})`]));
  const ends: Words = denials.length === 0 ? [] : [`; ${denialsToEnd} denials end it`];
  const so: Words = [
    ...(approvers.length === 0 ? [] : ["Approved so far by ", ...approvers, ". "]),
    ...(deniers.length === 0 ? [] : ["Denied so far by ", ...deniers, ...ends, ". "]),
  ];
  const waits = so.length === 0 ? "Waiting for a decision until " : "Waiting for more until ";
  const nobody =
    stuck === undefined ? "" : `. Nobody is left who could approve it by the rule "${stuck.rule}"`;
  return [...so, waits, time(lapsesAt), nobody];
}

function by(approvers: Words): Words {
  return approvers.length === 0 ? ["by rule, with nobody's decision"] : ["by ", ...approvers];
}

/** How long a key is to live; days count from the moment at which the secret is shown. */
export function lifeInWords(life: Life): Words {
  switch (life.kind) {
    case "days":
      return [`${days(life.days)} from when its secret is shown`];
    case "until":
      return ["until ", time(life.at)];
    case "unlimited":
      return ["without end"];
  }
}

/** Who has to approve, in a line: for a form. */
export function whoDecides(demands: readonly RuleNeeds[], groups: Groups): Words {
  if (demands.length === 0) return ["nobody: the rules grant it at once"];
  return list(demands.flatMap(({ needs }) => needs.map((need) => seatsInWords(need, groups))));
}

/**
 * Who has to approve, a line for each rule; in a message for a channel this is what calls the
 * approvers. `askedAt`: what escalations yet to come are reckoned from.
 */
export function decidersByRule(
  demands: readonly RuleNeeds[],
  groups: Groups,
  askedAt: Instant | undefined,
): Words[] {
  if (demands.length === 0) return [field("Who decides", ["nobody: the rules grant it at once"])];
  return demands.map(({ rule, needs }) =>
    field(
      `Who decides, by the rule ${ruleInWords(rule)}`,
      list(needs.map((need) => needInWords(need, groups, askedAt))),
    ),
  );
}

function needInWords(need: Need, groups: Groups, askedAt: Instant | undefined): Words {
  const { quiet = [], joined = [], escalate } = need;
  const later = escalate !== undefined && joined.length === 0 && askedAt !== undefined;
  return [
    ...seatsInWords(need, groups),
    ...joined.flatMap((each): Words => [", or now ", ...groupInWords(each, groups)]),
    ...(quiet.length === 0 ? [] : [`, or ${OR.format(quiet)}, who are not called`]),
    ...(later ? [`, or, from `, time(askedAt + escalate.after), ` on, ${escalate.to}`] : []),
  ];
}

function seatsInWords({ group, approvals }: Need, groups: Groups): Words {
  return [`${approvals} of `, ...groupInWords(group, groups)];
}

/** Whose approval a request still waits for; nothing where that is all that was asked for, or not known. */
export function stillMissing(request: Request, missing: Missing | undefined, groups: Groups): Words {
  if (request.state !== "pending" || request.approvals.length === 0 || missing === undefined) return [];
  return missingInWords(missing, groups);
}

/** "1 more of security and 1 more of platform". */
export function missingInWords(missing: Missing, groups: Groups): Words {
  return list(missing.map(({ group, seats }) => [`${seats} more of `, ...groupInWords(group, groups)]));
}

/** People of a group that are called by name; of more, the group's name says enough. */
const MOST_NAMED = 10;

/** People and groups to call, by group of the policy. */
export function calling(names: readonly string[], groups: Groups): Words {
  return list(names.map((name) => groupInWords(name, groups)));
}

export function groupInWords(name: string, groups: Groups): Words {
  const group = groups[name];
  if (group === undefined) return [name];
  if ("slack-group" in group) return [{ type: "usergroup", usergroup_id: group["slack-group"] }];
  const { people } = group;
  if (people.length === 0) return [`${name} (nobody)`];
  const rest = people.length - MOST_NAMED;
  const more: Words[] = rest > 0 ? [[`${rest} more`]] : [];
  return [
    `${name} (`,
    ...list([...people.slice(0, MOST_NAMED).map((each): Words => [person(each)]), ...more]),
    ")",
  ];
}

/** The rules that decide, by name. */
export function rulesInWords(rules: readonly string[]): Words {
  return list(rules.map((rule): Words => [ruleInWords(rule)]));
}

function ruleInWords(rule: string): string {
  return `"${shorten(rule, LONGEST_RULE)}"`;
}
