import fc from "fast-check";
import { eventName } from "../../src/domain/audit.ts";
import { newCard } from "../../src/domain/card.ts";
import { claim } from "../../src/domain/claim.ts";
import type { KeysPage } from "../../src/usecases/keys/browse-keys.ts";
import type { Doing } from "../../src/usecases/keys/find-key.ts";
import type { ReportCard } from "../../src/usecases/card-content.ts";
import type { KeyHistory, KeySeen } from "../../src/usecases/keys/show-key.ts";
import type { Typed } from "../../src/slack/views/key-form.ts";
import { keyRecord } from "../../src/domain/key.ts";
import { aClaimId, aRequestId, NOW } from "./domain.ts";
import {
  aRequest,
  holds,
  hostile,
  instant,
  listedKey,
  many,
  perhaps,
  role,
  someone,
  patterns,
} from "./hostile.ts";

/* Keys, their pages and their forms, with texts that no form of ours would let through. */

export const keysPage: fc.Arbitrary<KeysPage> = fc.record({
  line: hostile,
  keys: fc.array(listedKey, { maxLength: 10 }),
  from: fc.integer({ min: 1, max: 100_000 }),
  total: fc.nat({ max: 1000 }),
  orMore: fc.boolean(),
  hasNext: fc.boolean(),
  scope: fc.constantFrom("own" as const, "all" as const),
  auditor: fc.boolean(),
  reader: someone,
  now: fc.constant(NOW),
  asOf: perhaps(instant),
});

export const event = fc.record({
  seq: fc.integer({ min: 1 }),
  at: instant,
  actor: fc.oneof(someone, fc.constant("portcullis" as const)),
  subject: fc.constant("key:7"),
  event: fc.constantFrom(...eventName.options),
  evidence: fc.constant("{}"),
  previous: fc.constant(""),
  hash: fc.constant(""),
});
export const keyHistory: fc.Arbitrary<KeyHistory> = fc.record({
  events: many(event, 10),
  more: fc.boolean(),
});

const record = fc
  .tuple(listedKey, perhaps(holds), fc.boolean())
  .map(([{ id, name, owner, createdAt }, held, outside]) =>
    keyRecord.parse({
      id,
      name,
      role: 2,
      madeAt: createdAt,
      origin: outside ? { kind: "outside" } : { kind: "request", request: aRequestId() },
      ...(owner === undefined ? {} : { owner }),
      ...(held === undefined ? {} : { holds: held }),
    }),
  );
const openClaim = fc.tuple(someone, instant).map(([owner, lapsesAt]) =>
  claim.parse({
    id: aClaimId(),
    request: aRequestId(),
    owner,
    openedAt: NOW,
    lapsesAt,
    strays: [],
    state: "open",
  }),
);

export const keySeen: fc.Arbitrary<KeySeen> = fc.record({
  key: listedKey,
  record: perhaps(record),
  role: perhaps(role),
  dangerous: patterns,
  may: fc.record({ owner: fc.boolean(), responder: fc.boolean(), auditor: fc.boolean(), reader: someone }),
  request: perhaps(aRequest),
  claim: perhaps(openClaim),
  history: keyHistory,
  now: fc.constant(NOW),
});

export const doing: fc.Arbitrary<Doing> = fc.constantFrom(
  "edit",
  "extend",
  "role",
  "rotate",
  "lock",
  "unlock",
  "assign",
  "delete",
);
export const typed: fc.Arbitrary<Typed> = fc.record({ because: hostile, name: hostile, until: hostile });

const value = fc.oneof(hostile, instant, fc.boolean(), fc.constant(undefined));
const happening = fc.record({
  key: listedKey.map(({ id }) => id),
  name: hostile,
  what: fc.constantFrom("made" as const, "changed" as const, "deleted" as const),
  changes: fc.array(
    fc.record({
      member: fc.constantFrom("name" as const, "role" as const, "active" as const, "expiresAt" as const),
      from: value,
      to: value,
    }),
    { maxLength: 7 },
  ),
});
export const reportCard: fc.Arbitrary<ReportCard> = fc
  .tuple(
    many(happening, 1000).filter((each) => each.length > 0),
    listedKey,
    fc.boolean(),
    instant,
  )
  .map(([happenings, key, known, at]) => ({
    card: newCard("REP0RT000000", "outside", { channel: "C1" }, NOW),
    report: { id: "REP0RT000000", at, happenings },
    keys: new Map(known ? happenings.map((each) => [Number(each.key), key]) : []),
    now: NOW,
  }));
