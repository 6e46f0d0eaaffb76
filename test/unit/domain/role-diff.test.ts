import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changedMembers, draftOf, roleDiff } from "../../../src/domain/role-diff.ts";
import type { Role } from "../../../src/domain/wants.ts";
import { auditor } from "../../support/domain.ts";

const right = (n: number): string => `a.b.canDo${n}`;
const rights = fc.uniqueArray(fc.integer({ min: 0, max: 30 }).map(right));
const ids = fc.array(fc.integer({ min: 0, max: 20 }));
const role: fc.Arbitrary<Role> = fc.record({
  id: fc.constant(7),
  name: fc.string(),
  description: fc.string(),
  rights,
  allComputers: fc.boolean(),
  allPolicies: fc.boolean(),
  allowUserInterface: fc.boolean(),
  allowWebService: fc.boolean(),
  onlyEqualOrLesserUsers: fc.boolean(),
  computerIds: ids,
  computerGroupIds: ids,
  policyIds: ids,
  immutable: fc.boolean(),
});

describe("the difference between two roles", () => {
  it("is what one has and the other has not, in both directions, sorted", () => {
    const before = { ...auditor, rights: [right(3), right(1)] };
    const after = { ...auditor, rights: [right(2), right(1), right(0)], allComputers: false };
    expect(roleDiff(before, after)).toEqual({
      gains: [right(0), right(2)],
      loses: [right(3)],
      flags: { allComputers: false },
    });
  });

  it("against nothing is all that the role allows", () => {
    expect(roleDiff(undefined, auditor)).toEqual({
      gains: auditor.rights,
      loses: [],
      flags: { allComputers: true, allPolicies: true, allowUserInterface: true, allowWebService: true },
    });
  });

  it("carried out on the one gives the rights of the other, and turns around with them", () => {
    fc.assert(
      fc.property(role, role, (one, other) => {
        const { gains, loses } = roleDiff(one, other);
        const carriedOut = new Set(one.rights).difference(new Set(loses)).union(new Set(gains));
        expect([...carriedOut].toSorted()).toEqual([...other.rights].toSorted());
        const back = roleDiff(other, one);
        expect([back.gains, back.loses]).toEqual([loses, gains]);
      }),
    );
  });
});

describe("what of a role has changed", () => {
  it("is nothing for a role and itself, in whatever order its lists come", () => {
    fc.assert(
      fc.property(role, (one) => {
        const turned = {
          ...one,
          rights: one.rights.toReversed(),
          computerIds: one.computerIds.toReversed(),
          policyIds: [...one.policyIds, ...one.policyIds],
        };
        expect(changedMembers(one, turned)).toEqual([]);
      }),
    );
  });

  it("leaves lists out while everything is reached anyway, as the manager's answers do", () => {
    const one = { ...auditor, computerIds: [1], computerGroupIds: [2], policyIds: [3] };
    expect(changedMembers(one, auditor)).toEqual([]);
    expect(draftOf(one)).toMatchObject({ computerIds: [], computerGroupIds: [], policyIds: [] });
    const narrow = { ...one, allComputers: false };
    expect(changedMembers(one, narrow)).toEqual(["allComputers", "computerIds", "computerGroupIds"]);
  });

  it("names each member that differs", () => {
    const other = { ...auditor, name: "Reader", rights: [], allowWebService: false };
    expect(changedMembers(auditor, other)).toEqual(["name", "rights", "allowWebService"]);
  });
});
