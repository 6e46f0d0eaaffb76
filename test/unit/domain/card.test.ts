import { expect, test } from "vitest";
import { shownIn } from "../../../src/domain/card.ts";

test.each([
  ["approval", "request:7K3M9QRS0T1V"],
  ["outside", "report:7K3M9QRS0T1V"],
  ["owner-leak", "leak:7K3M9QRS0T1V"],
  ["team-reminder", "reminder:7K3M9QRS0T1V"],
] as const)("what a card of the kind %s shows stands in the trail as %s", (kind, subject) => {
  expect(shownIn({ kind, subject: "7K3M9QRS0T1V" })).toBe(subject);
});
