import { parseArgs } from "node:util";
import { groupsOf, inForce, openSeats, pinged } from "../domain/approval.ts";
import { duration } from "../domain/duration.ts";
import { nearestNames } from "../domain/near-names.ts";
import type { Policy } from "../domain/policy.ts";
import { kind } from "../domain/rule.ts";
import { personId, type PersonId } from "../domain/values.ts";
import { askerGroupsNamed, shortest, type Terms, type Verdict } from "../domain/verdict.ts";
import {
  AND,
  counted,
  denialsInWords,
  inWords,
  kindInWords,
  needsInWords,
  OR,
  reasonInWords,
} from "./policy-words.ts";
import { policyIn } from "./read-policy.ts";
import type { Terminal } from "./terminal.ts";
import { type Trial, tryPolicy } from "./try-policy.ts";

const OPTIONS = {
  role: { type: "string" },
  asker: { type: "string" },
  kind: { type: "string", default: "new-key" },
  life: { type: "string" },
  "asker-in": { type: "string", multiple: true, default: [] as string[] },
  dangerous: { type: "boolean", default: false },
} as const;

type Asking = Trial & { asker: PersonId };

/** Says what would happen if somebody asked for something; answers the exit code. */
export async function explainPolicy(words: string[], terminal: Terminal): Promise<0 | 1> {
  const { values, positionals } = parseArgs({ args: words, options: OPTIONS, allowPositionals: true });
  const policy = await policyIn(positionals[0] ?? "policy.yml", terminal, { placeholders: true });
  if (policy === undefined) return 1;
  const read = readAsking(policy, values);
  if ("wrong" in read) {
    terminal.say(read.wrong.map((each) => `${each}\n`).join(""));
    return 1;
  }
  terminal.print(`${explain(policy, read).join("\n")}\n`);
  return 0;
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

function readAsking(policy: Policy, values: Values): Asking | { wrong: string[] } {
  const { role, dangerous } = values;
  const asker = personId.safeParse(values.asker);
  const asked = kind.safeParse(values.kind);
  const life =
    values.life === undefined || values.life === "none" ? values.life : duration.safeParse(values.life).data;
  const names = Object.keys(policy.groups);
  const unknown = (values["asker-in"] ?? []).filter((each) => !names.includes(each));
  const wrong = [
    ...(role === undefined ? ["--role is missing: a role's name in the manager."] : []),
    ...(values.asker === undefined ? ["--asker is missing: who asks, as a Slack user id, U…"] : []),
    ...(values.asker === undefined || asker.success
      ? []
      : [`--asker: "${values.asker}" is no Slack user id; they look like U0ADA000001.`]),
    ...(asked.success ? [] : [`--kind is one of ${OR.format(kind.options)}.`]),
    ...(values.life !== undefined && life === undefined
      ? [`--life: "${values.life}" is no duration; write 90 days, or none.`]
      : []),
    ...unknown.map((each) => {
      const [near] = nearestNames(each, names, 1);
      return `--asker-in: there is no group "${each}"${near === undefined ? "." : `; did you mean "${near}"?`}`;
    }),
  ];
  if (wrong.length > 0 || role === undefined || !asker.success || !asked.success) return { wrong };
  const person = asker.data;
  // Whom Slack keeps in a group cannot be seen from here: `--asker-in` says.
  const named = names.filter((each) => peopleOf(policy, each)?.includes(person));
  const askerGroups = [...new Set([...named, ...(values["asker-in"] ?? [])])];
  return { role, asker: person, kind: asked.data, life, askerGroups, dangerous: dangerous ?? false };
}

function explain(policy: Policy, asking: Asking): string[] {
  const { role, asker, dangerous, life, askerGroups } = asking;
  const ends = life === "none" ? " without end" : life === undefined ? "" : ` for ${inWords(life)}`;
  const groups = askerGroups.length === 0 ? "" : `, of ${AND.format(askerGroups)},`;
  const question = `${asker}${groups} asks for ${kindInWords(asking.kind)}: ${role}${ends}${dangerous ? ", a dangerous role" : ""}.`;
  return [question, "", ...outcomeOf(policy, asking)];
}

function outcomeOf(policy: Policy, asking: Asking): string[] {
  const verdict = tryPolicy(policy, asking);
  switch (verdict.outcome) {
    case "too-long":
      return [`Refused by the limits: a key lives at most ${counted(verdict.longestDays, "day")}.`];
    case "unmatched":
      return ["Refused: no rule matches.", ...unseen(policy, asking)];
    case "refused":
      return [`Refused by the ${rulesInWords(verdict.rules)}: ${verdict.because}`, ...unseen(policy, asking)];
    case "automatic":
      return [
        `Granted at once by the ${rulesInWords(verdict.rules)}; nobody is asked.`,
        ...always(policy, verdict.terms),
        ...unseen(policy, asking),
      ];
    case "needs":
      return [
        ...waiting(policy, asking, verdict),
        ...always(policy, verdict.terms),
        ...unseen(policy, asking),
      ];
  }
}

function waiting(
  policy: Policy,
  { asker }: Asking,
  { rules, demands, terms }: Extract<Verdict, { outcome: "needs" }>,
): string[] {
  const { lapseAfter, remindAfter } = shortest(terms, policy.times);
  const grants = rules.filter((each) => !demands.some(({ rule }) => rule === each));
  return [
    `${counted(demands.length, "rule")} must be satisfied:`,
    ...demands.flatMap(({ rule, needs }) => [
      `  ${quoted(rule)}`,
      ...needsInWords(needs).map((each) => `    ${each}`),
    ]),
    ...(grants.length === 0
      ? []
      : [`${AND.format(grants.map(quoted))} would grant it, and changes nothing.`]),
    ...nobody(policy, demands, asker),
    "",
    `The card in ${policy.channels.approvals} calls ${AND.format(pinged(demands))}; ${asker} does not count.`,
    remindAfter === undefined || remindAfter >= lapseAfter
      ? "Nobody is reminded."
      : `They are reminded after ${inWords(remindAfter)}, then after twice as long each time, once a day at most.`,
    `If nobody decides, it lapses after ${inWords(lapseAfter)}.`,
    `Whoever may approve may deny: ${denialsInWords(terms.denials)}.`,
  ];
}

/** Where every group is named person by person, it shows here whether enough people are left. */
function nobody(policy: Policy, demanded: Parameters<typeof inForce>[0], asker: PersonId): string[] {
  const demands = inForce(demanded, Number.POSITIVE_INFINITY);
  const members = new Map<string, ReadonlySet<PersonId>>();
  for (const group of groupsOf(demands)) {
    const people = peopleOf(policy, group);
    if (people === undefined) return [];
    members.set(group, new Set(people));
  }
  const others = [...new Set([...members.values()].flatMap((each) => [...each]))].filter(
    (each) => each !== asker,
  );
  return demands
    .filter((each) => openSeats(each, others, members).length > 0)
    .map(
      ({ rule }) =>
        `But nobody could approve it: the rule ${quoted(rule)} asks for more people than there are.`,
    );
}

function always({ limits }: Policy, terms: Terms): string[] {
  return [
    reasonInWords(Math.max(limits["reason-at-least"], terms.reasonAtLeast), terms),
    ...terms.dangers.map((each) => `The card warns: ${each}`),
  ];
}

/** The Slack groups that a rule looks at and that might change the answer. */
function unseen(policy: Policy, { askerGroups, asker }: Asking): string[] {
  const open = askerGroupsNamed(policy.rules).filter(
    (each) => peopleOf(policy, each) === undefined && !askerGroups.includes(each),
  );
  if (open.length === 0) return [];
  return [
    "",
    `This takes it that ${asker} is not in ${OR.format(open)}; otherwise add --asker-in ${open[0] ?? ""}.`,
  ];
}

function peopleOf({ groups }: Policy, name: string): readonly PersonId[] | undefined {
  const group = groups[name];
  return group !== undefined && "people" in group ? group.people : undefined;
}

function rulesInWords(names: readonly string[]): string {
  return `${names.length === 1 ? "rule" : "rules"} ${AND.format(names.map(quoted))}`;
}

function quoted(name: string): string {
  return `"${name}"`;
}
