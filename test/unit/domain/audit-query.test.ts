import { expect, test } from "vitest";
import { eventName } from "../../../src/domain/audit.ts";
import {
  type AuditCriteria,
  auditCriteria,
  parseAuditQuery,
  printAuditQuery,
} from "../../../src/domain/audit-query.ts";
import { startOfDay } from "../../../src/domain/day.ts";
import { DAY } from "../../../src/domain/values.ts";
import { ada, ben, NOW } from "../../support/domain.ts";

function meaning(line: string): AuditCriteria {
  const query = parseAuditQuery(line);
  if ("mistake" in query) throw new Error(JSON.stringify(query.mistake));
  return auditCriteria(query, { now: NOW, me: ada, startOfDay: (day) => startOfDay(day, "Europe/Berlin") });
}

test.each<[string, AuditCriteria]>([
  ["", {}],
  ["by:@me", { actor: ada }],
  ["by:me event:key.locked", { actor: ada, events: ["key.locked"] }],
  [`BY:<@${ben}|ben>`, { actor: ben }],
  ["by:Portcullis", { actor: "portcullis" }],
  ["event:refused", { events: ["refused", "refused.again"] }],
  ["event:leak.*", { events: eventName.options.filter((each) => each.startsWith("leak.")) }],
  ["since:7d until:1h", { since: NOW - 7 * DAY, until: NOW - DAY / 24 }],
  // Both days are counted in, where the person is.
  [
    "since:2026-10-25 until:2026-10-25",
    { since: Date.parse("2026-10-24T22:00:00Z"), until: Date.parse("2026-10-25T23:00:00Z") },
  ],
  ['key:"a name" request:8QK2V7M4TXB1 lockout:8QK2V7M4TXB1', {}],
])("%j asks for what it says", (line, expected) => {
  expect(meaning(line)).toEqual(expected);
});

test.each([
  "by:@me event:lockout since:7d",
  `by:<@${ben}> key:"my ""old"" key" until:2027-03-01`,
  "by:portcullis key:42 request:8QK2V7M4TXB1 lockout:8QK2V7M4TXB2",
])("%s reads back as it was", (line) => {
  const query = parseAuditQuery(line);
  expect("terms" in query && printAuditQuery(query)).toBe(line);
});

test.each([
  ["ci-deploy", 0, "by:, event:, key:"],
  ["by:@me by:portcullis", 7, "by: only once"],
  ["by:somebody", 3, "a person mentioned with @"],
  ["event:key.eaten", 6, "an event such as key.locked"],
  ["event:", 6, "an event such as key.locked"],
  ["event:key.lock", 6, "an event such as key.locked"],
  ['by:@me key:""', 11, "a key's ID or name"],
  ["request:8QK2", 8, "a request's twelve characters"],
  ["lockout:INC-1", 8, "a lockout's twelve characters"],
  ["since:soon", 6, "a length such as 30d"],
  ['key:"open', 0, 'a closing "'],
])("%j is mistaken at its place", (line, at, expected) => {
  const query = parseAuditQuery(line);
  expect(query).toMatchObject({ mistake: { at, expected: expect.stringContaining(expected) } });
});
