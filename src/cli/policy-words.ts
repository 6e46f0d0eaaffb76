import type { Kind, Need, Rule, When } from "../domain/rule.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../domain/values.ts";
import type { Terms } from "../domain/verdict.ts";

export const OR = new Intl.ListFormat("en-GB", { type: "disjunction" });
export const AND = new Intl.ListFormat("en-GB");

const KIND_WORDS: Record<Kind, string> = {
  "new-key": "a new key",
  "role-change": "another role for a key",
  "longer-life": "a longer life for a key",
  "new-owner": "a new owner for a key",
  "new-role": "a new role",
  "role-edit": "a change to a role",
  "role-delete": "the end of a role",
};

export function kindInWords(kind: Kind): string {
  return KIND_WORDS[kind];
}

/** A rule, for a list of them. */
export function ruleInWords(rule: Rule): string[] {
  const { when = {}, except = [], name } = rule;
  return [
    `"${name}"`,
    ...(except.length === 0
      ? [`  for ${whenInWords(when, "every request")}:`]
      : [
          `  for ${whenInWords(when, "every request")},`,
          `  except ${OR.format(except.map((each) => whenInWords(each, "requests")))}:`,
        ]),
    ...outcomeInWords(rule).map((line) => `  ${line}`),
  ];
}

function outcomeInWords(rule: Rule): string[] {
  if ("refuse" in rule) return [`refused, because: ${rule.refuse}`];
  const {
    denials,
    ticket,
    danger,
    "reason-at-least": reason,
    "remind-after": remind,
    "lapse-after": lapse,
  } = rule;
  return [
    ...("automatic" in rule
      ? [`no approval is needed${rule.when?.kinds === undefined ? ", changes to roles aside" : ""}`]
      : needsInWords(rule.needs)),
    ...(denials === undefined || denials === 1 ? [] : [denialsInWords(denials)]),
    ...(reason === undefined ? [] : [`the reason has at least ${counted(reason, "character")}`]),
    ...(ticket === undefined ? [] : [ticketInWords(ticket)]),
    ...(danger === undefined ? [] : [`the card warns: ${danger}`]),
    ...(remind === undefined ? [] : [`approvers are reminded after ${inWords(remind)}`]),
    ...(lapse === undefined ? [] : [`it lapses after ${inWords(lapse)}`]),
  ];
}

/** Who fills a rule's seats, who else may, and from when. */
export function needsInWords(needs: readonly Need[]): string[] {
  const seats = needs.map(({ group, approvals }) => `${counted(approvals, "approval")} from ${group}`);
  const people = needs.reduce((sum, { approvals }) => sum + approvals, 0);
  return [
    `${AND.format(seats)}${needs.length > 1 ? `, by ${people} different people` : ""}`,
    ...needs.flatMap(({ group, quiet = [] }) =>
      quiet.length === 0 ? [] : [`${AND.format(quiet)} may decide in place of ${group}, and are not called`],
    ),
    ...needs.flatMap(({ group, quiet = [], escalate }) => {
      if (escalate === undefined) return [];
      const { after, to } = escalate;
      const late = `after ${inWords(after)}, ${to} are called`;
      return [quiet.includes(to) ? `${late} too` : `${late}, and may decide in place of ${group}`];
    }),
  ];
}

export function denialsInWords(denials: number): string {
  return denials === 1 ? "one denial ends it" : `${denials} denials, by different people, end it`;
}

function ticketInWords(pattern: string): string {
  return `the reason has something in it that matches ${pattern}`;
}

/** What has to be in a reason, by the limits and the rules that matched. */
export function reasonInWords(atLeast: number, { tickets }: Pick<Terms, "tickets">): string {
  const patterns = tickets.map(({ rule, pattern }) => `something that matches ${pattern} (rule "${rule}")`);
  return `The reason has ${AND.format([`at least ${counted(atLeast, "character")}`, ...patterns])}.`;
}

/** What a rule looks at; `all`: how it begins where every kind of request is meant. */
function whenInWords(when: When, all: string): string {
  const { roles, kinds, askers, dangerous, "life-over": over, "life-up-to": upTo } = when;
  const life = [
    ...(over === undefined ? [] : [`more than ${inWords(over)}`]),
    ...(upTo === undefined ? [] : [`at most ${inWords(upTo)}`]),
  ];
  return [
    kinds === undefined ? all : OR.format(kinds.map(kindInWords)),
    ...(roles === undefined ? [] : [`with the role ${OR.format(roles)}`]),
    ...(dangerous === undefined ? [] : ["with a dangerous role"]),
    ...(life.length === 0 ? [] : [`for a life of ${AND.format(life)}`]),
    ...(askers === undefined ? [] : [`of somebody in ${OR.format(askers)}`]),
  ].join(" ");
}

/** "90 days" for so many milliseconds, in the largest unit that needs no fraction. */
export function inWords(milliseconds: number): string {
  const units = [
    [DAY, "day"],
    [HOUR, "hour"],
    [MINUTE, "minute"],
    [SECOND, "second"],
  ] as const;
  const [length, word] = units.find(([each]) => milliseconds % each === 0) ?? [SECOND, "second"];
  return counted(milliseconds / length, word);
}

export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
