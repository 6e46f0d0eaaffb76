import fc from "fast-check";
import type { Refusal } from "../../src/domain/refusal.ts";
import type { RoleDrafting } from "../../src/domain/role-draft.ts";
import type { RoleReview } from "../../src/usecases/roles/role-draft.ts";
import type { RoleSeen, RolesPage, Touched } from "../../src/usecases/roles/roles.ts";
import { ada, aRequestId, NOW, terms } from "./domain.ts";
import { demand, draft, hostile, instant, many, perhaps, role, someone, patterns } from "./hostile.ts";

/* Roles, and changes to them half made, with everything in them that a manager or a person could put there. */

/** More than any list takes: real paths, and some that no manager has. */
export const rights = fc.oneof(
  fc.array(
    hostile.map((each) => `a.b.can${each}`),
    { maxLength: 20 },
  ),
  fc
    .tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 150 }))
    .map(([count, areas]) => Array.from({ length: count }, (_, i) => `top.area${i % areas}Rights.canDo${i}`)),
);
export const touched: fc.Arbitrary<Touched> = fc.record({
  keys: fc.nat(),
  names: many(hostile, 200),
  owners: many(someone, 200),
  more: fc.boolean(),
  asOf: instant,
});
export const rolesPage: fc.Arbitrary<RolesPage> = fc.record({
  roles: fc.array(fc.record({ role, keys: perhaps(fc.nat()) }), { maxLength: 10 }),
  text: hostile,
  page: fc.nat(20),
  pages: fc.integer({ min: 1, max: 20 }),
  total: fc.nat(),
  mayAsk: fc.boolean(),
});
export const roleSeen: fc.Arbitrary<RoleSeen> = fc.record({
  role: fc.tuple(role, rights).map(([each, more]) => ({ ...each, rights: more })),
  touched: perhaps(touched),
  mayAsk: fc.boolean(),
  dangerous: patterns,
});
export const drafting: fc.Arbitrary<RoleDrafting> = fc
  .record(
    {
      does: fc.constantFrom("make" as const, "edit" as const, "delete" as const),
      draft: fc
        .tuple(draft, rights, many(fc.nat(), 2000))
        .map(([each, more, ids]) => ({ ...each, rights: more, computerIds: ids })),
      reason: hostile,
      before: draft.map((each) => ({ ...each, id: 2 })),
    },
    { requiredKeys: ["does", "draft", "reason"] },
  )
  .map((each) => ({ id: aRequestId(), by: ada, startedAt: NOW, ...each }));
const verdict = fc.oneof(
  fc.record({
    outcome: fc.constant("needs" as const),
    rules: many(hostile, 30),
    demands: many(demand, 12),
    terms: fc.constant(terms),
  }),
  fc.record({
    outcome: fc.constant("automatic" as const),
    rules: many(hostile, 30),
    terms: fc.constant(terms),
  }),
  fc.record({ outcome: fc.constant("refused" as const), rules: many(hostile, 30), because: hostile }),
  fc.record({ outcome: fc.constant("unmatched" as const) }),
);
const open: fc.Arbitrary<Refusal> = fc.record({
  reason: fc.constant("nobody-could-approve" as const),
  rule: hostile,
  group: hostile,
  open: fc.nat(),
});
export const roleReviewed: fc.Arbitrary<RoleReview> = fc
  .record({ drafting, before: perhaps(role), touched: perhaps(touched), verdict, open: perhaps(open) })
  .map(({ open: nobody, ...each }) => (nobody === undefined ? each : { ...each, open: nobody }));
