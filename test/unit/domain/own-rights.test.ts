import { expect, test } from "vitest";
import { isReserved, lackingRights, mayChangeRoles, NEEDED, RIGHT } from "../../../src/domain/own-rights.ts";
import { auditor } from "../../support/domain.ts";

test("a role lacks what our own key needs and it does not have", () => {
  expect(lackingRights({ ...auditor, rights: NEEDED })).toEqual([]);
  expect(lackingRights({ ...auditor, rights: NEEDED.slice(1) })).toEqual([RIGHT.viewKeys]);
});

test("only the role that can hand out every right changes roles", () => {
  expect(mayChangeRoles(auditor)).toBe(false);
  expect(mayChangeRoles({ ...auditor, immutable: true })).toBe(true);
});

test("the role that was made for our own key is nobody else's; Full Access is everybody's", () => {
  expect(isReserved(auditor, auditor.id)).toBe(true);
  expect(isReserved(auditor, 9)).toBe(false);
  expect(isReserved({ ...auditor, immutable: true }, auditor.id)).toBe(false);
});
