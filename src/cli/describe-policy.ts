import type { Group, Policy } from "../domain/policy.ts";
import type { Rule } from "../domain/rule.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../domain/values.ts";

const OR = new Intl.ListFormat("en-GB", { type: "disjunction" });
const AND = new Intl.ListFormat("en-GB");

/** What a policy means, in words, for whoever wrote it. */
export function describePolicy(policy: Policy): string {
  const { limits, times, channels } = policy;
  const names = Object.keys(policy.groups);
  const longest = limits["longest-life"];
  return [
    section("Groups", [
      ...(names.length === 0 ? ["none"] : names.map((name) => groupInWords(policy, name))),
      ...(["approvers", "responders", "auditors"] as const)
        .filter((part) => policy[part].length === 0)
        .map((part) => `There are no ${part}: an empty list means nobody.`),
    ]),
    section("Rules", [
      "Every rule that matches a request must be satisfied; a rule that refuses beats all others;",
      "what no rule matches is refused. Nobody approves their own request or counts twice.",
      "",
      ...(policy.rules.length === 0 ? ["There are no rules: every request is refused."] : []),
      ...policy.rules.flatMap(ruleInWords),
    ]),
    section("Limits", [
      longest === "none" ? "A key may live for ever." : `A key lives at most ${inWords(longest)}.`,
      `Unless the asker chooses otherwise, a key lives ${inWords(limits["default-life"])}.`,
      `One person has at most ${counted(limits["keys-per-person"], "key")}.`,
      `A reason has at least ${counted(limits["reason-at-least"], "character")}.`,
      limits["key-names"] === undefined
        ? "Names of keys start with a letter; letters, digits, dot, underscore and hyphen follow."
        : `Names of keys match ${limits["key-names"]}`,
    ]),
    section("Times", [
      `A request that nobody has decided lapses after ${inWords(times["requests-lapse-after"])}.`,
      `A secret that nobody has collected can no longer be shown after ${inWords(times["claims-lapse-after"])}.`,
      "At a decision, who belongs to a group was read from Slack at most a minute before.",
    ]),
    section("Channels", [
      `Requests are posted in ${channels.approvals}, incidents in ${channels.incidents}, the audit trail in ${channels.audit}.`,
    ]),
  ].join("\n");
}

function section(title: string, lines: string[]): string {
  return `${title}\n${lines.map((line) => (line === "" ? "" : `  ${line}`)).join("\n")}\n`;
}

function groupInWords({ groups, approvers, responders, auditors }: Policy, name: string): string {
  const roles = [
    ...(approvers.includes(name) ? ["approve requests"] : []),
    ...(responders.includes(name) ? ["respond to incidents"] : []),
    ...(auditors.includes(name) ? ["audit"] : []),
  ];
  const group = groups[name];
  return `${name}: ${group ? membersInWords(group) : "nobody"}; ${roles.length > 0 ? `they ${AND.format(roles)}` : "used nowhere"}`;
}

function membersInWords(group: Group): string {
  if ("slack-group" in group) return `the Slack user group ${group["slack-group"]}`;
  return group.people.length === 0 ? "nobody" : group.people.join(", ");
}

function ruleInWords(rule: Rule): string[] {
  return [`"${rule.name}"`, `  for ${whenInWords(rule.when)}:`, `  ${outcomeInWords(rule)}`];
}

function outcomeInWords(rule: Rule): string {
  if ("refuse" in rule) return `refused, because: ${rule.refuse}`;
  if ("automatic" in rule)
    return `no approval is needed${rule.when?.kinds === undefined ? ", changes to roles aside" : ""}`;
  const seats = rule.needs.map(({ group, approvals }) => `${counted(approvals, "approval")} from ${group}`);
  const people = rule.needs.reduce((sum, { approvals }) => sum + approvals, 0);
  return `${AND.format(seats)}${rule.needs.length > 1 ? `, by ${people} different people` : ""}`;
}

function whenInWords(when: Rule["when"]): string {
  if (when === undefined) return "every request";
  const over = when["life-over"];
  const upTo = when["life-up-to"];
  const life = [
    ...(over === undefined ? [] : [`longer than ${inWords(over)}`]),
    ...(upTo === undefined ? [] : [`at most ${inWords(upTo)}`]),
  ];
  return [
    when.kinds === undefined ? "every request" : "a new key",
    ...(when.roles === undefined ? [] : [`with the role ${OR.format(when.roles)}`]),
    ...(life.length === 0 ? [] : [`for a life ${AND.format(life)}`]),
  ].join(" ");
}

/** "90 days" for so many milliseconds, in the largest unit that needs no fraction. */
function inWords(milliseconds: number): string {
  const units = [
    [DAY, "day"],
    [HOUR, "hour"],
    [MINUTE, "minute"],
    [SECOND, "second"],
  ] as const;
  const [length, word] = units.find(([each]) => milliseconds % each === 0) ?? [SECOND, "second"];
  return counted(milliseconds / length, word);
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
