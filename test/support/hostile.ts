import fc from "fast-check";
import { card } from "../../src/domain/card.ts";
import { claim, undoing } from "../../src/domain/claim.ts";
import type { Holds } from "../../src/domain/hold.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { failure, request } from "../../src/domain/request.ts";
import { DAY, keyId, type PersonId, personId } from "../../src/domain/values.ts";
import type { HomeContent } from "../../src/usecases/home.ts";
import type { ListedKey } from "../../src/usecases/inventory-port.ts";
import type { RequestCard } from "../../src/usecases/card-content.ts";
import { aClaimId, aKey, aLockoutId, anAttempt, aRequestId, auditor, NOW } from "./domain.ts";

/* Values of every state with texts that no form of ours would let through, as property tests need them. */

/** Whatever people may have typed: markup, directions, controls, halves of characters, and far too much of it. */
export const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 50 }),
  fc.constantFrom(
    "",
    " ",
    "<!channel>",
    "<@U1>",
    "&lt;",
    "@everyone",
    "\u202Eabc",
    "\u200B\u2060",
    "_*~`x`~*_",
    "😀".repeat(40),
    "\uD800",
    "```",
  ),
  fc.constantFrom("&", "x", "<", "😀", "\n").map((each) => each.repeat(5000)),
);
export const someone = fc.integer({ min: 0, max: 1e6 }).map((n) => personId.parse(`U${n}`));
export const instant = fc.integer({ min: 0, max: 4e12 });
const life = fc.oneof(
  fc.record({ kind: fc.constant("days" as const), days: fc.integer({ min: 1, max: 36_500 }) }),
  fc.record({ kind: fc.constant("until" as const), at: instant }),
  fc.constant({ kind: "unlimited" as const }),
);
export const demand = fc.record({
  rule: hostile,
  needs: fc.array(
    fc.record({
      group: fc.constantFrom("security", "team", "gone"),
      approvals: fc.integer({ min: 1, max: 9 }),
    }),
    { minLength: 1 },
  ),
});

const state = fc.oneof(
  fc.record({ state: fc.constant("pending" as const), lapsesAt: instant, nameUnchecked: fc.boolean() }),
  fc.record({ state: fc.constant("approved" as const), at: instant, claim: fc.constant(aClaimId()) }),
  fc.record({ state: fc.constant("denied" as const), at: instant, by: someone, because: hostile }),
  fc.record({ state: fc.constant("withdrawn" as const), at: instant }),
  fc.record({
    state: fc.constant("lapsed" as const),
    at: instant,
    was: fc.constantFrom("pending" as const, "approved" as const),
  }),
  fc.record({ state: fc.constant("approved" as const), at: instant }),
  fc.record({ state: fc.constant("fulfilled" as const), at: instant, key: fc.constant(aKey()) }),
  fc.record({ state: fc.constant("applied" as const), at: instant }),
  fc.record({
    state: fc.constant("failed" as const),
    at: instant,
    because: fc.constantFrom(...failure.options),
  }),
);
const thisKey = {
  key: fc.constant(7),
  keyName: hostile,
  owner: someone,
  roleId: fc.constant(2),
  roleName: hostile,
};
export const draft = fc.record({
  name: hostile,
  description: hostile,
  rights: fc.array(
    hostile.map((each) => `platformRights.apikeyRights.canEdit${each}`),
    { maxLength: 60 },
  ),
  allComputers: fc.boolean(),
  allPolicies: fc.boolean(),
  allowUserInterface: fc.boolean(),
  allowWebService: fc.boolean(),
  onlyEqualOrLesserUsers: fc.boolean(),
  computerIds: fc.array(fc.nat(), { maxLength: 300 }),
  computerGroupIds: fc.array(fc.nat(), { maxLength: 300 }),
  policyIds: fc.array(fc.nat(), { maxLength: 300 }),
});
const kind = <Kind extends string>(name: Kind) => ({ kind: fc.constant(name) });
const someWants = fc.oneof(
  fc.record({
    ...kind("new-key"),
    keyName: hostile,
    roleId: fc.constant(2),
    roleName: hostile,
    life,
    description: hostile,
    locale: fc.constant("en-US"),
    timeZone: hostile,
  }),
  fc.record({ ...kind("rotation"), ...thisKey }),
  fc.record({
    ...kind("role-change"),
    ...thisKey,
    toRoleId: fc.constant(3),
    toRoleName: hostile,
    life,
  }),
  fc.record({ ...kind("longer-life"), ...thisKey, life }),
  fc.record({ ...kind("new-owner"), ...thisKey, to: someone, life }),
  fc.record({ ...kind("new-role"), roleName: hostile, draft }),
  fc.record({ ...kind("role-edit"), roleId: fc.constant(2), roleName: hostile, draft }),
  fc.record({ ...kind("role-delete"), roleId: fc.constant(2), roleName: hostile }),
);
export const aRequest = fc
  .record({
    asker: someone,
    wants: someWants,
    reason: hostile,
    rules: fc.array(hostile, { maxLength: 30 }),
    demands: fc.array(demand, { maxLength: 12 }),
    approvals: fc.array(fc.record({ by: someone, at: instant }), { maxLength: 12 }),
    state,
  })
  .map(({ state, ...rest }) =>
    request.parse({
      id: aRequestId(),
      askedAt: NOW,
      policyHash: "p",
      effectHash: "e",
      ...rest,
      ...state,
    }),
  );

const attempt = { id: anAttempt(), startedAt: NOW, deadline: NOW + 1 };
const claimState = fc.constantFrom(
  { state: "open" },
  ...undoing.options.map((because) => ({ state: "open", undone: { at: NOW, because } })),
  { state: "minting", attempt },
  { state: "showing", attempt, key: 7 },
  { state: "undoing", attempt, because: "manager" },
  { state: "delivered", key: 7, at: NOW },
  { state: "delivered", key: 7, at: NOW, activeSince: NOW },
  { state: "lapsed", at: NOW },
  { state: "voided", at: NOW },
  ...failure.options.map((because) => ({ state: "failed", at: NOW, because })),
);
const purpose = fc.constantFrom(
  { purpose: { kind: "new-key" } },
  { purpose: { kind: "rotation", key: 7 } },
  { purpose: { kind: "rotation", key: 7 }, oldSecretDead: true },
);
const aClaim = fc.tuple(claimState, purpose).map(([each, kept]) =>
  claim.parse({
    ...kept,
    id: aClaimId(),
    request: aRequestId(),
    owner: "U1",
    openedAt: NOW,
    lapsesAt: NOW + DAY,
    strays: [],
    ...each,
  }),
);
export const role = fc
  .record({
    name: hostile,
    rights: fc.array(
      hostile.map((each) => `platformRights.apikeyRights.canEdit${each}`),
      { maxLength: 60 },
    ),
    immutable: fc.boolean(),
  })
  .map((each) => ({ ...auditor, ...each }));
export const groups: Policy["groups"] = {
  security: { "slack-group": "S0SECURITY" },
  team: { people: Array.from({ length: 200 }, (_, i) => personId.parse(`U${i}`)) },
};
export const aCard = (kind: RequestCard["card"]["kind"]): RequestCard["card"] =>
  card.parse({ id: "x", kind, subject: aRequestId(), to: { channel: "C1" }, shows: 0, notBefore: 0 });
export const limits = (longest: number | "none"): Policy["limits"] => ({
  "longest-life": longest,
  "default-life": DAY / 2,
  "keys-per-person": 1,
  "reason-at-least": 0,
});
export const filled = fc.record(
  {
    keyName: hostile,
    role: fc.record({ id: fc.constant(2), name: hostile }),
    life: fc.oneof(
      fc.record({ kind: fc.constant("days" as const), days: fc.integer({ min: 1, max: 36_500 }) }),
      fc.constantFrom({ kind: "until" as const }, { kind: "unlimited" as const }),
    ),
    date: fc.constant("2027-03-01"),
    reason: hostile,
    description: hostile,
    locale: fc.constantFrom("en-US" as const, "ja-JP" as const),
    timeZone: fc.constantFrom("Europe/Berlin", "UTC"),
  },
  { requiredKeys: [] },
);
export const form = fc.record({
  id: fc.constant(aRequestId()),
  filled,
  limits: fc.constantFrom(limits("none"), limits(DAY / 2), limits(400 * DAY)),
  zone: fc.constantFrom("Europe/Berlin", "Asia/Tokyo"),
  preview: fc.array(fc.array(hostile, { maxLength: 3 }), { maxLength: 3 }),
  problem: fc.option(fc.array(hostile, { maxLength: 3 }), { nil: undefined }),
});

export const words = fc.array(hostile, { maxLength: 3 });
export const perhaps = <Value>(given: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(given, { nil: undefined });
const versioned = <Value>(given: fc.Arbitrary<Value>): fc.Arbitrary<{ version: number; value: Value }> =>
  given.map((value) => ({ version: 1, value }));
export const many = <Value>(given: fc.Arbitrary<Value>, most: number): fc.Arbitrary<Value[]> =>
  fc.oneof(fc.array(given, { maxLength: 3 }), fc.array(given, { minLength: most, maxLength: most }));

const hold = fc.oneof(
  fc.record(
    {
      kind: fc.constant("lock" as const),
      by: someone,
      as: fc.constantFrom("owner" as const, "responder" as const),
      because: hostile,
      at: instant,
      until: instant,
    },
    { requiredKeys: ["kind", "by", "as", "because", "at"] },
  ),
  fc.record({ kind: fc.constant("lockout" as const), lockout: fc.constant(aLockoutId()), at: instant }),
  fc.record({ kind: fc.constant("compromised" as const), by: someone, at: instant }),
);
export const holds: fc.Arbitrary<Holds> = fc.record({
  baseActive: fc.boolean(),
  reasons: fc.oneof(fc.array(hold, { minLength: 1, maxLength: 2 }), fc.array(hold, { minLength: 30 })),
});

/** A key of the inventory, as anybody may have made it at the manager. */
export const listedKey: fc.Arbitrary<ListedKey> = fc.record({
  id: fc.integer({ min: 1, max: 2 ** 31 }).map((id) => keyId.parse(id)),
  name: hostile,
  description: hostile,
  role: fc.nat(),
  roleName: hostile,
  active: fc.boolean(),
  expiresAt: perhaps(instant),
  locale: fc.constantFrom("en-US" as const, "ja-JP" as const),
  timeZone: hostile,
  createdAt: instant,
  lastUsedAt: perhaps(instant),
  failures: fc.nat(),
  owner: perhaps(someone),
  origin: fc.constantFrom("request" as const, "outside" as const),
  holds: perhaps(holds),
});

export const missing = perhaps(
  fc.array(
    fc.record({ group: fc.constantFrom("security", "team", "gone"), seats: fc.integer({ min: 1, max: 9 }) }),
    {
      maxLength: 6,
    },
  ),
);
/** Of rights that a policy may call dangerous. */
export const patterns = fc.constantFrom([], ["*"], ["platformRights.apikeyRights.*"]);
const tally = fc.record({ granted: fc.nat(100), denied: fc.nat(100) });
const evidence = fc.record({
  others: perhaps(fc.record({ count: fc.nat(100), first: many(listedKey, 5) })),
  key: perhaps(listedKey),
  before: fc.record({ asker: tally, all: tally, last: perhaps(aRequest) }),
});
export const content = (kind: RequestCard["card"]["kind"]) =>
  fc.record({
    card: fc.constant(aCard(kind)),
    request: aRequest.map((value) => ({ version: 1, value })),
    claim: fc.option(
      aClaim.map((value) => ({ version: 1, value })),
      { nil: undefined },
    ),
    roles: fc
      .array(role, { maxLength: 2 })
      .map((each) => new Map(each.map((one, i) => [i + 2, { ...one, id: i + 2 }]))),
    groups: fc.constant(groups),
    demands: fc.array(demand, { maxLength: 12 }),
    dangers: fc.array(hostile, { maxLength: 12 }),
    dangerous: patterns,
    missing,
    ...(kind === "approval" ? { evidence } : {}),
  });

/** Requests as a person sees their own, and those that wait for this person. */
export const listedRequests = fc.record({
  mine: many(
    fc.record(
      { request: versioned(aRequest), missing, claim: versioned(aClaim) },
      { requiredKeys: ["request", "missing"] },
    ),
    12,
  ),
  waiting: many(fc.record({ request: versioned(aRequest), missing }), 12),
  more: fc.record({ mine: fc.boolean(), waiting: fc.boolean() }),
});

const counts = fc.record({
  all: fc.nat(),
  locked: fc.nat(),
  expiringSoon: fc.nat(),
  neverUsed: fc.nat(),
  noOwner: fc.nat(),
});
const need = fc.constantFrom("locked" as const, "expired" as const, "expires-soon" as const, undefined);
const me: PersonId = personId.parse("UME");
const moment = { asOf: instant, person: fc.constant(me) };
export const homeContent: fc.Arbitrary<HomeContent> = fc.oneof(
  fc.record({
    ...moment,
    refusal: fc.constantFrom(
      { reason: "unknown-person" as const },
      { reason: "not-a-member" as const, kind: "guest" as const },
    ),
  }),
  fc.record({
    ...moment,
    claims: many(fc.record({ claim: versioned(aClaim), request: versioned(aRequest) }), 12),
    requests: listedRequests,
    groups: fc.constant(groups),
    keys: fc.record({
      shown: many(fc.record({ key: listedKey, need }), 15),
      total: fc.nat(1000),
      asOf: perhaps(instant),
    }),
    responder: fc.boolean(),
    counts: perhaps(counts),
  }),
);
