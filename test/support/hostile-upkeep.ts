import fc from "fast-check";
import { newCard } from "../../src/domain/card.ts";
import { keyRecord } from "../../src/domain/key.ts";
import { DAY } from "../../src/domain/values.ts";
import type { DepartedCard, ReminderCard } from "../../src/usecases/card-content.ts";
import { ada, aKey, NOW } from "./domain.ts";
import { groups, holds, hostile, instant, listedKey, many, perhaps, someone } from "./hostile.ts";

/* Keys that nobody shall forget, with texts that no form of ours would let through. */

const calls = fc.constantFrom([], ["security"], ["team", "gone"]);
/** The end that the reminder is of, or any other. */
const moment = fc.oneof(fc.constant(NOW + DAY), instant);
const said = fc.option(fc.record({ of: moment, by: someone, at: instant }), { nil: undefined });

const record = fc
  .record({
    owner: perhaps(someone),
    holds: perhaps(holds),
    deletedAt: fc.option(instant, { nil: undefined, freq: 5 }),
    rotatedAt: perhaps(moment),
    extended: perhaps(fc.record({ by: someone, at: instant })),
    letGo: fc.record({ expiry: said, rotation: said }),
  })
  .map(({ rotatedAt, extended, letGo, ...rest }) =>
    keyRecord.parse({
      id: aKey(),
      name: "ci-deploy",
      origin: { kind: "outside" },
      role: 2,
      madeAt: NOW,
      upkeep: { rotatedAt, extended, letGo },
      ...rest,
    }),
  );

export const keyReminderCard: fc.Arbitrary<ReminderCard> = fc
  .record({
    name: hostile,
    what: fc.constantFrom("expiry" as const, "rotation" as const),
    kind: fc.constantFrom("key-reminder" as const, "team-reminder" as const),
    own: fc.boolean(),
    mine: fc.boolean(),
    key: perhaps(listedKey),
    end: moment,
    record: perhaps(record),
    calls,
  })
  .map(({ name, what, kind, own, mine, key, end, ...rest }) => ({
    card: newCard(
      "e-7-1",
      kind,
      kind === "key-reminder" ? { person: (mine && rest.record?.owner) || ada } : { channel: "C1" },
      NOW,
    ),
    reminder: {
      id: "e-7-1",
      key: aKey(),
      name,
      what,
      of: NOW + DAY,
      step: 7 * DAY,
      at: NOW,
      ...(own && { own: true as const }),
    },
    key: key && { ...key, expiresAt: end, createdAt: end },
    groups,
    now: NOW,
    ...rest,
  }));

export const departedCard: fc.Arbitrary<DepartedCard> = fc
  .record({
    person: someone,
    total: fc.nat(),
    returnedAt: perhaps(instant),
    owned: fc.array(fc.record({ key: listedKey, heir: perhaps(someone) }), { maxLength: 10 }),
    more: fc.nat({ max: 1000 }),
    taken: many(fc.record({ name: hostile, owner: perhaps(someone) }), 50),
    calls,
  })
  .map(({ person, total, returnedAt, more, ...rest }) => ({
    card: newCard(`${person}-1`, "departed", { channel: "C1" }, NOW),
    departure: {
      id: `${person}-1`,
      person,
      at: NOW,
      keys: [],
      total,
      ...(returnedAt === undefined ? {} : { returnedAt }),
    },
    left: rest.owned.length + more,
    groups,
    now: NOW,
    ...rest,
  }));
