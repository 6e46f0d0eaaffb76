import type { Group, Policy } from "../domain/policy.ts";
import { AND, counted, inWords, needsInWords, ruleInWords } from "./policy-words.ts";

/** What a policy means, in words, for whoever wrote it. */
export function describePolicy(policy: Policy): string {
  const { limits, channels } = policy;
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
    section("Dangerous roles", [
      policy["dangerous-rights"].length === 0
        ? "No right is called dangerous, so no role is."
        : "A role is dangerous that has one of these rights:",
      ...policy["dangerous-rights"].map((each) => `  ${each}`),
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
    section("Times", timesInWords(policy)),
    section("Incidents", [
      policy.restores === undefined
        ? "A lockout is lifted by one responder who neither declared it nor asks that it be lifted."
        : `A lockout is lifted by ${needsInWords(policy.restores.needs).join("; ")}; nobody counts who declared it or asks that it be lifted.`,
      policy.lockouts.relock
        ? "A key that is unlocked in the manager during a lockout is locked again at once."
        : "A key that is unlocked in the manager during a lockout is reported, and left so.",
      policy.lockouts["end-by-themselves"]
        ? "A lockout with a time restores itself at its end."
        : "A lockout with a time asks at its end, and stays.",
      `A lockout of more than ${counted(policy.lockouts["confirm-over"], "key")} is confirmed by typing.`,
      ...leaksInWords(policy),
      policy.outside.report
        ? "What is done to keys in the manager without Portcullis is reported."
        : "What is done to keys in the manager without Portcullis is not reported.",
    ]),
    section("Channels", [
      `Requests are posted in ${channels.approvals}, incidents in ${channels.incidents}, the head of the audit trail, once a day, in ${channels.audit}.`,
    ]),
  ].join("\n");
}

function timesInWords({ times, expiry }: Policy): string[] {
  const remind = times["remind-after"];
  return [
    remind === undefined
      ? "Approvers are not reminded, unless a rule says so."
      : `Approvers are reminded after ${inWords(remind)}, then after twice as long each time, once a day at most.`,
    `A request that nobody has decided lapses after ${inWords(times["requests-lapse-after"])}.`,
    `A secret that nobody has collected can no longer be shown after ${inWords(times["claims-lapse-after"])}.`,
    ...expiryInWords(expiry),
    "At a decision, who belongs to a group was read from Slack at most a minute before.",
  ];
}

function expiryInWords({
  "remind-before": before,
  "rotate-every": rotate,
  team,
}: Policy["expiry"]): string[] {
  const told = team === undefined ? "A key's owner is told" : `A key's owner, then ${team}, is told`;
  return [
    before.length === 0
      ? "Nobody is told before a key ends."
      : `${told} ${AND.format(before.map(inWords))} before it ends.`,
    rotate === undefined
      ? "Nobody is told of a secret that has grown old."
      : `${told} when its secret is older than ${inWords(rotate)}.`,
  ];
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
  return `${name}: ${group ? membersInWords(group) : "nobody"}; ${roles.length > 0 ? `they ${AND.format(roles)}` : "they decide nothing"}`;
}

function membersInWords(group: Group): string {
  if ("slack-group" in group) return `the Slack user group ${group["slack-group"]}`;
  return group.people.length === 0 ? "nobody" : group.people.join(", ");
}

function leaksInWords({ leaks, signers }: Policy): string[] {
  const signing = Object.keys(signers);
  return [
    leaks["try-secret"]
      ? "A secret found in a message is tried once, to see whether it works."
      : "A secret found in a message is never tried.",
    ...(leaks["lock-proved"] ? ["The key of a found secret that works goes down at once."] : []),
    leaks["watch-channels"]
      ? "Channels that Portcullis is in are watched for secrets."
      : "Channels are not watched; a secret is reported from its message's menu.",
    ...(signing.length === 0
      ? ["Nobody can confirm a restore by a signature while Slack is down."]
      : [`${AND.format(signing)} can confirm a restore by a signature while Slack is down.`]),
  ];
}
