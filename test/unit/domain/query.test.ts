import { describe, expect, test } from "vitest";
import { type Criterion, criteria, type Findable, matches } from "../../../src/domain/criteria.ts";
import { startOfDay } from "../../../src/domain/day.ts";
import { parseQuery, printQuery, type Query } from "../../../src/domain/query.ts";
import { DAY } from "../../../src/domain/values.ts";
import { ada, ben, NOW } from "../../support/domain.ts";

const read = (line: string): Query => {
  const query = parseQuery(line);
  if ("mistake" in query) throw new Error(JSON.stringify(query.mistake));
  return query;
};
const meaning = (line: string): Criterion[] =>
  criteria(read(line), { now: NOW, me: ada, startOfDay: (day) => startOfDay(day, "Europe/Berlin") });
const mistake = (line: string): unknown => {
  const query = parseQuery(line);
  return "mistake" in query ? query.mistake : "none";
};

test("one line says all that a key must meet", () => {
  const line =
    "ci* role:auditor locked expires<30d unused>90d owner:@me created>2026-01-01 has:no-expiry failures>3";
  expect(meaning(line)).toEqual([
    { on: "name", like: "ci*" },
    { on: "role", like: "auditor" },
    { on: "active", is: false },
    { on: "expiresAt", before: NOW + 30 * DAY },
    { on: "lastUse", before: NOW - 90 * DAY },
    { on: "owner", is: ada },
    { on: "createdAt", after: Date.parse("2025-12-31T23:00:00Z") },
    { on: "expiresAt", present: false },
    { on: "failures", over: 3 },
  ]);
});

test.each<[string, Criterion]>([
  ["42", { on: "id", is: 42 }],
  ["name:42", { on: "name", like: "42" }],
  ["active", { on: "active", is: true }],
  ["is:held", { on: "held", is: true }],
  ["EXPIRED", { on: "expiresAt", before: NOW + 1 }],
  ["owner:me", { on: "owner", is: ada }],
  ["owner:nobody", { on: "owner", is: null }],
  ["owner:none", { on: "owner", is: null }],
  [`owner:<@${ben}|ben>`, { on: "owner", is: ben }],
  ["has:owner", { on: "owner", present: true }],
  ["has:use", { on: "lastUse", present: true }],
  ["expires>90d", { on: "expiresAt", after: NOW + 90 * DAY }],
  ["created<30d", { on: "createdAt", after: NOW - 30 * DAY }],
  ["created>30d", { on: "createdAt", before: NOW - 30 * DAY }],
  ["unused>2026-11-21", { on: "lastUse", after: Date.parse("2026-11-20T23:00:00Z") }],
  ["failures<3", { on: "failures", under: 3 }],
  ['"ci deploy"', { on: "name", like: "ci deploy" }],
  ["role:“Full Access”", { on: "role", like: "Full Access" }],
  // Quoted, nothing of the language means anything.
  ['"locked"', { on: "name", like: "locked" }],
  ['"7"', { on: "name", like: "7" }],
  ['"owner:me"', { on: "name", like: "owner:me" }],
  ['"say ""hi"" to “them”"', { on: "name", like: 'say "hi" to “them”' }],
])("%s", (line, criterion) => {
  expect(meaning(line)).toEqual([criterion]);
});

describe("a mistake is named with its place and what was expected", () => {
  test.each([
    [
      "ci* own:me",
      4,
      "name:, role:, owner:, is: or has:, or expires, created, unused or failures before < or >",
    ],
    ["role:", 5, "a role"],
    ["name:", 5, "a name"],
    ["locked owner:everybody", 13, "@me, nobody, or a person mentioned with @"],
    ["has:nothing", 4, "one of expiry, no-expiry, owner, no-owner, use, no-use"],
    ["is:lost", 3, "one of locked, active, expired, held"],
    ["failures>many", 9, "a number"],
    ["expires<soon", 8, "a length such as 30d, or a day such as 2027-03-01"],
    ["expires<2026-02-30", 8, "a length such as 30d, or a day such as 2027-03-01"],
    ["used>3d", 0, "expires, created, unused or failures before < or >"],
    ['a "b c', 2, 'a closing "'],
    ["a “b c", 2, 'a closing "'],
    ['role:"""', 0, 'a closing "'],
    ['""', 0, "a name"],
    [`ci* role:${"a*".repeat(501)}`, 9, "a role of 1000 characters at most"],
    ["a ".repeat(101), 200, "the end, since a search has 100 terms at most"],
  ])("%s", (line, at, expected) => {
    expect(mistake(line)).toEqual({ at, expected });
  });
});

test("what is printed reads back to the same query", () => {
  const line = `name:"a b" 7 role:x owner:@me owner:nobody owner:<@${ben}> is:locked has:use failures<2 unused>1d`;
  expect(printQuery(read(line))).toBe(line);
  expect(printQuery(read("ci*"))).toBe("name:ci*");
});

const key: Findable = {
  id: 7,
  name: "CI-deploy",
  role: 2,
  roleName: "Auditor",
  owner: ada,
  active: true,
  held: false,
  createdAt: NOW - 10 * DAY,
  lastUsedAt: NOW - DAY,
  expiresAt: NOW + DAY,
  failures: 2,
};

test.each<[string, Partial<Findable>, boolean]>([
  ["ci-*", {}, true],
  ["ci", {}, false],
  ["*DEPLOY", {}, true],
  ["c.-deploy", {}, false],
  ["7", {}, true],
  ["8", {}, false],
  ["role:aud*", {}, true],
  ["owner:@me", {}, true],
  ["owner:nobody", {}, false],
  ["owner:nobody", { owner: undefined }, true],
  ["has:no-owner", { owner: undefined }, true],
  ["active", {}, true],
  ["held", { held: true }, true],
  ["expired", { expiresAt: NOW }, true],
  ["expired", {}, false],
  ["expires<2d", {}, true],
  ["expires<2d", { expiresAt: undefined }, false],
  ["has:no-expiry", { expiresAt: undefined }, true],
  ["failures>1", {}, true],
  ["failures<2", {}, false],
  ["created>5d", {}, true],
  ["created<30d", {}, true],
  ["created<5d", {}, false],
  ["unused>5d", {}, false],
  // A key that was never used counts as used when it was made.
  ["unused>5d", { lastUsedAt: undefined }, true],
  ["has:no-use", { lastUsedAt: undefined }, true],
])("%s on a key with %j: %s", (line, change, found) => {
  expect(matches(meaning(line), { ...key, ...change })).toBe(found);
});

test("many stars on a dull name are answered at once: a lockout asks it of every key there is", () => {
  const began = performance.now();
  const dull = { ...key, name: "a".repeat(100) };
  expect(matches(meaning(`name:*${"a*".repeat(7)}b`), dull)).toBe(false);
  expect(matches(meaning(`name:*${"a*".repeat(7)}a`), dull)).toBe(true);
  expect(performance.now() - began).toBeLessThan(1000);
});

test("a role may be meant by its ID", () => {
  expect(matches([{ on: "roleId", is: 2 }], key)).toBe(true);
});

test.each([
  'ci* name:"a b" 42',
  "role:auditor owner:me owner:nobody",
  `owner:<@${ben}>`,
  "locked has:no-expiry failures>3",
  "expires<30d created>2026-01-01 unused>90d",
])("printed, %s reads back to the same", (line) => {
  expect(parseQuery(printQuery(read(line)))).toEqual(read(line));
});
