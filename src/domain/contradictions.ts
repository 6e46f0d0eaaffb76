import { nearestNames } from "./near-names.ts";
import type { Policy } from "./policy.ts";
import { groupsNamed, isPattern, type Rule, type When } from "./rule.ts";
import { DAY } from "./values.ts";

type Path = readonly PropertyKey[];
type Problem = { path: PropertyKey[]; message: string };

/**
 * What each part of a policy may say for itself but not beside the others. `wrong`: where a value
 * could not be read at all; what stands there is passed over, so that everything else is still told
 * in the same answer.
 */
export function contradictions(read: Policy, wrong: readonly Path[]): Problem[] {
  const there = (...path: Path): boolean => !wrong.some((each) => begins(path, each));
  const sound = (...path: Path): boolean => there(...path) && !wrong.some((each) => begins(each, path));
  const names = there("groups") ? Object.keys(read.groups) : undefined;
  const unknown = (name: string, path: Path): Problem[] =>
    names === undefined || names.includes(name) ? [] : [{ path: [...path], message: noGroup(name, names) }];
  const lapse = sound("times") ? read.times["requests-lapse-after"] : Number.POSITIVE_INFINITY;
  const rules = there("rules") ? read.rules.map((each, i) => (sound("rules", i) ? each : undefined)) : [];
  const examples = there("examples") ? read.examples : [];
  const restorers = sound("restores") ? groupsNamed(read.restores?.needs ?? []) : [];
  const team = sound("expiry") ? read.expiry.team : undefined;
  return [
    ...(["approvers", "responders", "auditors"] as const).flatMap((part) =>
      sound(part) ? read[part].flatMap((name, i) => unknown(name, [part, i])) : [],
    ),
    ...rules.flatMap((each, i) =>
      each === undefined
        ? []
        : [...twice(rules, each, i), ...conditions(each, i), ...deciders(each, i), ...tooLate(each, i)],
    ),
    ...restorers.flatMap(({ group, path }) => unknown(group, ["restores", "needs", ...path])),
    ...(team !== undefined && /^[a-z]/.test(team) ? unknown(team, ["expiry", "team"]) : []),
    ...examples.flatMap((each, i) =>
      sound("examples", i)
        ? each.ask["asker-in"].flatMap((name, j) => unknown(name, ["examples", i, "ask", "asker-in", j]))
        : [],
    ),
    ...(sound("limits") ? wrongLimits(read) : []),
    ...(sound("leaks") && read.leaks["lock-proved"] && !read.leaks["try-secret"]
      ? [{ path: ["leaks", "lock-proved"], message: "nothing is proved unless try-secret is true as well" }]
      : []),
    ...(sound("times") ? neverReminded(read.times["remind-after"], lapse, ["times"]) : []),
  ];

  function conditions({ when, except = [] }: Rule, i: number): Problem[] {
    const whens = [
      ...(when === undefined ? [] : [{ each: when, path: ["rules", i, "when"] }]),
      ...except.map((each, j) => ({ each, path: ["rules", i, "except", j] })),
    ];
    return [
      ...whens.flatMap(({ each, path }) => [
        ...(each.askers ?? []).flatMap((name, j) => unknown(name, [...path, "askers", j])),
        ...emptyLife(each, path),
      ]),
      ...except.flatMap((each, j) =>
        Object.keys(each).length > 0
          ? []
          : [
              {
                path: ["rules", i, "except", j],
                message: "this fits every request: the rule would never match",
              },
            ],
      ),
    ];
  }

  function deciders(each: Rule, i: number): Problem[] {
    return groupsNamed("needs" in each ? each.needs : []).flatMap(({ group, path: within }) => {
      const path = ["rules", i, "needs", ...within];
      const missing = unknown(group, path);
      if (missing.length > 0 || !sound("approvers") || read.approvers.includes(group)) return missing;
      return [{ path, message: `"${group}" decides here, so it must stand under approvers` }];
    });
  }

  function tooLate(each: Rule, i: number): Problem[] {
    const ends = Math.min(lapse, each["lapse-after"] ?? lapse);
    const escalating = "needs" in each ? each.needs : [];
    return [
      ...neverReminded(each["remind-after"], ends, ["rules", i]),
      ...escalating.flatMap(({ escalate }, j) =>
        escalate === undefined || escalate.after < ends
          ? []
          : [
              {
                path: ["rules", i, "needs", j, "escalate", "after"],
                message: "nobody would be called: the request has lapsed by then",
              },
            ],
      ),
    ];
  }
}

function begins(path: Path, start: Path): boolean {
  return start.every((each, i) => path[i] === each);
}

function noGroup(name: string, names: readonly string[]): string {
  const [near] = nearestNames(name, names, 1);
  return `there is no group "${name}" under groups${near === undefined ? "" : `; did you mean "${near}"?`}`;
}

function twice(rules: readonly (Rule | undefined)[], { name }: Rule, i: number): Problem[] {
  return rules.findIndex((each) => each?.name === name) < i
    ? [{ path: ["rules", i, "name"], message: "two rules have this name" }]
    : [];
}

function emptyLife({ "life-over": over, "life-up-to": upTo }: When, path: Path): Problem[] {
  if (over === undefined || upTo === undefined || over < upTo) return [];
  return [{ path: [...path, "life-up-to"], message: "no life is over life-over and yet up to this" }];
}

function neverReminded(after: number | undefined, ends: number, path: Path): Problem[] {
  if (after === undefined || after < ends) return [];
  return [
    { path: [...path, "remind-after"], message: "nobody would be reminded: the request has lapsed by then" },
  ];
}

function wrongLimits({ limits }: Policy): Problem[] {
  const { "longest-life": longest, "default-life": usual, "key-names": names } = limits;
  const short = (["longest-life", "default-life"] as const).filter((part) => {
    const length = limits[part];
    return length !== "none" && length < DAY;
  });
  return [
    ...short.map((part) => ({ path: ["limits", part], message: "a key lives for a day at least" })),
    ...(longest !== "none" && usual > longest
      ? [{ path: ["limits", "default-life"], message: "the default life is longer than the longest life" }]
      : []),
    ...(names === undefined || isPattern(names)
      ? []
      : [{ path: ["limits", "key-names"], message: `"${names}" is not a regular expression` }]),
  ];
}
