import { describe, expect, it } from "vitest";
import { nearestNames } from "../../../src/domain/near-names.ts";

describe("names that a slip of the hand may have missed", () => {
  const names = ["Auditor", "Full Access", "auditors of the north", "ci-deploy", "ci-destroy"];

  it.each([
    ["Auditr", ["Auditor"]],
    ["uAditor", ["Auditor"]],
    ["FULL ACESS", ["Full Access"]],
    ["ci-deplyo", ["ci-deploy"]],
    ["auditors", ["Auditor", "auditors of the north"]],
    ["nothing like it", []],
  ])("%j", (text, near) => {
    expect(nearestNames(text, names, 3)).toEqual(near);
  });

  it("are each named once, the nearest first, and no more than are wanted", () => {
    expect(nearestNames("ci-destro", [...names, "ci-destroy"], 1)).toEqual(["ci-destroy"]);
  });

  it("that are equally near come in the alphabet's order", () => {
    expect(nearestNames("ci-x", ["ci-b", "ci-c", "ci-a"], 3)).toEqual(["ci-a", "ci-b", "ci-c"]);
  });
});
