import { expect, test } from "vitest";
import { declare, lockoutEvent } from "../../../../src/domain/lockout.ts";
import { eventInWords } from "../../../../src/slack/words/event-words.ts";
import { asPlain } from "../../../../src/slack/words/words.ts";
import { aLockoutId, ben, NOW } from "../../../support/domain.ts";

const declared = (drill: boolean) =>
  declare({
    id: aLockoutId(),
    scope: { query: "", criteria: [] },
    incident: "INC-1",
    because: "we practise",
    declaredBy: ben,
    at: NOW,
    drill,
  });
const said = ({ evidence, ...event }: ReturnType<typeof lockoutEvent>): string =>
  asPlain(eventInWords({ ...event, seq: 1, previous: "0", hash: "1", evidence: JSON.stringify(evidence) }));

test.each([
  ["lockout.locked", "Portcullis rehearsed locking keys", "Portcullis locked keys"],
  ["lockout.verified", "rehearsed reading keys back", "read keys back as inactive"],
] as const)("the trail alone tells a drill's %s from a lockout's", (name, rehearsed, real) => {
  const event = (drill: boolean) =>
    lockoutEvent(declared(drill).next, "portcullis", NOW, name, { keys: [7] });
  expect(said(event(true))).toContain(rehearsed);
  expect(said(event(false))).toContain(real);
  expect(event(false).evidence).toEqual({ keys: [7] });
});

test("a drill is begun, and a lockout declared", () => {
  expect(said(declared(true).event)).toContain("began a drill");
  expect(said(declared(false).event)).toContain("declared a lockout");
});
