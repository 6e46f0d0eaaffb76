import fc from "fast-check";
import { type Policy, policy } from "../../src/domain/policy.ts";
import type { Need, Rule, When } from "../../src/domain/rule.ts";
import { DAY, type Life, type PersonId } from "../../src/domain/values.ts";
import type { Asked } from "../../src/domain/verdict.ts";
import { ben, chiara, dmitri, emi, NOW, policyFile } from "./domain.ts";

/** Policies as people could write them, and their rules once more in the plainest words. */
export const groupNames = ["security", "platform", "night"] as const;
export const aGroup = fc.constantFrom(...groupNames);
const someGroups = fc.uniqueArray(aGroup, { minLength: 1, maxLength: 2 });
export const people: PersonId[] = [ben, chiara, dmitri, emi];

const kinds = ["new-key", "role-change", "longer-life", "new-owner", "new-role", "role-edit", "role-delete"];
const aWhen = fc
  .record(
    {
      roles: fc.uniqueArray(fc.constantFrom("Auditor", "Full Access"), { minLength: 1 }),
      kinds: fc.uniqueArray(fc.constantFrom(...kinds), { minLength: 1, maxLength: 4 }),
      "life-over": fc.constantFrom("1 day", "90 days"),
      "life-up-to": fc.constantFrom("2 days", "100 days", "1 year"),
      askers: someGroups,
      dangerous: fc.constant(true),
    },
    { requiredKeys: [] },
  )
  .filter((each) => each["life-over"] !== "90 days" || each["life-up-to"] !== "2 days");
const aNeed = fc.record(
  {
    group: aGroup,
    approvals: fc.integer({ min: 1, max: 2 }),
    quiet: someGroups,
    escalate: fc.record({ after: fc.constantFrom("1 hour", "1 day"), to: aGroup }),
  },
  { requiredKeys: ["group", "approvals"] },
);
export const needing = fc.record({ needs: fc.array(aNeed, { minLength: 1, maxLength: 2 }) });
export const saying = {
  except: fc.array(
    aWhen.filter((each) => Object.keys(each).length > 0),
    { minLength: 1, maxLength: 2 },
  ),
  denials: fc.integer({ min: 1, max: 3 }),
  "reason-at-least": fc.integer({ min: 1, max: 12 }),
  ticket: fc.constantFrom("CHG-\\d+", "INC"),
  danger: fc.constant("Careful"),
  "remind-after": fc.constantFrom("1 hour", "1 day"),
  "lapse-after": fc.constantFrom("2 days", "9 days"),
};
const said = fc.record({ when: aWhen, ...saying }, { requiredKeys: [] });
const outcome = fc.oneof(needing, fc.constant({ refuse: "no" }), fc.constant({ automatic: true }));
export const aRule = fc.tuple(said, outcome).map(([one, other]) => ({ ...one, ...other }));

const life: fc.Arbitrary<Life> = fc.oneof(
  fc.record({ kind: fc.constant("days" as const), days: fc.integer({ min: 1, max: 400 }) }),
  fc.record({ kind: fc.constant("until" as const), at: fc.integer({ min: NOW + 1, max: NOW + 4e10 }) }),
  fc.constant({ kind: "unlimited" as const }),
);
export const anAsked: fc.Arbitrary<Asked> = fc.oneof(
  asking(fc.constantFrom("new-key", "role-change", "longer-life", "new-owner"), life),
  asking(fc.constantFrom("new-role", "role-edit", "role-delete"), fc.constant(undefined)),
);

function asking(kind: fc.Arbitrary<Asked["kind"]>, life: fc.Arbitrary<Life | undefined>) {
  return fc.record({
    kind,
    role: fc.constantFrom("Auditor", "Full Access", "Deployer"),
    life,
    askerGroups: fc.uniqueArray(aGroup).map((names) => new Set<string>(names)),
    dangerous: fc.boolean(),
  });
}

/** A policy of these rules, read as a file is. */
export function policyOf(written: readonly object[], change: object = {}): Policy {
  return policy.parse({
    ...policyFile,
    groups: { ...policyFile.groups, night: { people: [] } },
    approvers: groupNames,
    ...change,
    rules: written.map((each, i) => ({ name: `rule ${i}`, ...each })),
  });
}

/** Whether a rule speaks of what is asked for. */
export function speaksOf(rule: Rule, asked: Asked): boolean {
  const ofRoles = ["new-role", "role-edit", "role-delete"].includes(asked.kind);
  if ("automatic" in rule && ofRoles && rule.when?.kinds === undefined) return false;
  for (const each of rule.except ?? []) if (fits(each, asked)) return false;
  return rule.when === undefined || fits(rule.when, asked);
}

function fits(when: When, { role, kind, life, askerGroups, dangerous }: Asked): boolean {
  if (when.roles && !when.roles.includes(role)) return false;
  if (when.kinds && !when.kinds.includes(kind)) return false;
  if (when.askers && !when.askers.some((each) => askerGroups.has(each))) return false;
  if (when.dangerous && !dangerous) return false;
  if (when["life-over"] === undefined && when["life-up-to"] === undefined) return true;
  if (life === undefined) return false;
  const length =
    life.kind === "unlimited" ? Infinity : life.kind === "days" ? life.days * DAY : life.at - NOW;
  return length > (when["life-over"] ?? 0) && length <= (when["life-up-to"] ?? Infinity);
}

/**
 * Whether these people fill the seats of a rule: some choice of one person for each seat, nobody in
 * two, everybody entitled to theirs at this age. Tried by brute force.
 */
export function seated(
  needs: readonly Need[],
  deciders: readonly PersonId[],
  members: ReadonlyMap<string, ReadonlySet<PersonId>>,
  age: number,
): boolean {
  const seats = needs.flatMap((each) => Array.from({ length: each.approvals }, () => each));
  const place = (i: number, left: readonly PersonId[]): boolean => {
    const seat = seats[i];
    if (seat === undefined) return true;
    const late = seat.escalate !== undefined && age >= seat.escalate.after ? [seat.escalate.to] : [];
    const entitled = [seat.group, ...(seat.quiet ?? []), ...late];
    return left.some(
      (each) =>
        entitled.some((name) => members.get(name)?.has(each)) &&
        place(
          i + 1,
          left.filter((other) => other !== each),
        ),
    );
  };
  return place(0, deciders);
}
