import { expect, test } from "vitest";
import { actOf, acts, wasDone, withAct } from "../../../src/domain/acts.ts";

test("what was carried out is known again, and nothing else", () => {
  const key: { name: string; acts?: string[] } = { name: "ci-deploy" };
  const row = withAct(withAct(key, "first"), "second");
  expect(row).toEqual({ name: "ci-deploy", acts: ["second", "first"] });
  expect(["first", "second", "third"].map((act) => wasDone(row, act))).toEqual([true, true, false]);
  expect(wasDone({}, "first")).toBe(false);
});

test("a form is the same act as long as the same stands in it, and only its seal is kept", () => {
  const seal = (text: string): string => `sealed ${text.length} ${text.startsWith("portcullis act 1 ")}`;
  const typed = { for: "2h", because: "a break" };
  expect(actOf("form", typed, seal)).toBe(actOf("form", { ...typed }, seal));
  expect(actOf("form", typed, seal)).toMatch(/^sealed \d+ true$/);
  const plain = (text: string): string => text;
  const others = [
    actOf("form", { ...typed, for: "" }, plain),
    actOf("form", { for: typed.because, because: typed.for }, plain),
    actOf("another", typed, plain),
  ];
  expect(new Set([...others, actOf("form", typed, plain)]).size).toBe(4);
});

test("the last twenty are remembered, and read back the same", () => {
  let row: { acts?: string[] } = {};
  for (let i = 0; i < 25; i++) row = withAct(row, `act ${i}`);
  expect(row.acts).toHaveLength(20);
  expect([4, 5, 24].map((i) => wasDone(row, `act ${i}`))).toEqual([false, true, true]);
  expect(acts.parse(JSON.parse(JSON.stringify(row.acts)))).toEqual(row.acts);
});
