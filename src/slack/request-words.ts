import { groupsOf } from "../domain/approval.ts";
import type { Policy } from "../domain/policy.ts";
import type { RuleNeeds } from "../domain/rule.ts";
import type { Request } from "../domain/request.ts";
import type { Life } from "../domain/values.ts";
import { days } from "./explain.ts";
import { explainFailure } from "./explain-failure.ts";
import { list, person, time, type Words } from "./words.ts";

type Groups = Policy["groups"];

/** Where a request stands, and who brought it there when. */
export function stateInWords(request: Request): Words {
  const approvers = list(request.approvals.map((each) => [person(each.by), " (", time(each.at), ")"]));
  switch (request.state) {
    case "pending":
      return approvers.length === 0
        ? ["Waiting for a decision until ", time(request.lapsesAt)]
        : ["Approved so far by ", ...approvers, "; waiting for more until ", time(request.lapsesAt)];
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

/** Who has to approve, rule by rule. In a message for a channel this is what calls the approvers. */
export function whoDecides(demands: readonly RuleNeeds[], groups: Groups): Words {
  if (demands.length === 0) return ["nobody: the rules grant it at once"];
  const seats = demands.flatMap((demand) =>
    demand.needs.map((need): Words => [`${need.approvals} of `, ...groupInWords(need.group, groups)]),
  );
  return list(seats);
}

/**
 * Whose approval a request still waits for, once somebody has approved; nothing where several
 * groups decide, since an approval does not say for which of them it was given.
 */
export function stillMissing(request: Request, demands: readonly RuleNeeds[], groups: Groups): Words {
  const [group, ...others] = groupsOf(demands);
  if (request.state !== "pending" || request.approvals.length === 0) return [];
  if (group === undefined || others.length > 0) return [];
  const seats = demands.map(({ needs }) => needs.reduce((sum, need) => sum + need.approvals, 0));
  // Somebody who approved may have left the group: while it is pending, one is missing at least.
  const missing = Math.max(1, Math.max(...seats) - request.approvals.length);
  return [`${missing} more of `, ...groupInWords(group, groups)];
}

/** People of a group that are called by name; of more, the group's name says enough. */
const MOST_NAMED = 10;

function groupInWords(name: string, groups: Groups): Words {
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
  return list(rules.map((rule): Words => [`"${rule}"`]));
}
