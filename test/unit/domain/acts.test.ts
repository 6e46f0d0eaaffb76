import { expect, test } from "vitest";
import { acts, wasDone, withAct } from "../../../src/domain/acts.ts";

test("what was carried out is known again, and nothing else", () => {
  const key: { name: string; acts?: string[] } = { name: "ci-deploy" };
  const row = withAct(withAct(key, "first"), "second");
  expect(row).toEqual({ name: "ci-deploy", acts: ["second", "first"] });
  expect(["first", "second", "third"].map((act) => wasDone(row, act))).toEqual([true, true, false]);
  expect(wasDone({}, "first")).toBe(false);
});

test("the last twenty are remembered, and read back the same", () => {
  let row: { acts?: string[] } = {};
  for (let i = 0; i < 25; i++) row = withAct(row, `act ${i}`);
  expect(row.acts).toHaveLength(20);
  expect([4, 5, 24].map((i) => wasDone(row, `act ${i}`))).toEqual([false, true, true]);
  expect(acts.parse(JSON.parse(JSON.stringify(row.acts)))).toEqual(row.acts);
});
