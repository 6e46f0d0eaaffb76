import fc from "fast-check";
import { expect, test } from "vitest";
import { endTimedLocks, type KeyRecord, lockKey, unlockKey } from "../../src/domain/key.ts";
import { settleKey } from "../../src/domain/key-settling.ts";
import { roleId } from "../../src/domain/values.ts";
import { ada, aKey, ben, chiara, dmitri, NOW } from "../support/domain.ts";

const PEOPLE = { ada, ben, chiara, dmitri };
const who = fc.constantFrom("ada" as const, "ben" as const, "chiara" as const, "dmitri" as const);
/** Ada owns the key; Ben and Chiara respond to incidents; Dmitri is nobody to it. */
const as = (name: keyof typeof PEOPLE): "owner" | "responder" | undefined =>
  name === "ada" ? "owner" : name === "dmitri" ? undefined : "responder";
const command = fc.oneof(
  fc.record({ does: fc.constant("lock" as const), by: who, for: fc.option(fc.integer({ min: 1, max: 50 })) }),
  fc.record({ does: fc.constant("unlock" as const), by: who }),
  fc.record({ does: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ does: fc.constant("manager answers" as const) }),
);

type Hold = { by: keyof typeof PEOPLE; until: number | undefined };

test("a key is active exactly if nothing holds it and its base state says so", () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(command, { maxLength: 40 }), (base, commands) => {
      let now = NOW;
      let record: KeyRecord = {
        id: aKey(),
        name: "k",
        owner: ada,
        origin: { kind: "outside" },
        role: roleId.parse(2),
        madeAt: NOW,
      };
      let active = base;
      // The model: who holds it until when, and what it was before anybody did.
      let held: Hold[] = [];
      let wanted = base;
      const take = (step: ReturnType<typeof settleKey>): boolean => {
        if ("next" in step) record = step.next;
        return "next" in step;
      };
      const tell = (): void => {
        active = record.due?.active ?? active;
        take(settleKey(record, record.due ?? {}, now));
      };
      for (const each of commands) {
        switch (each.does) {
          case "lock": {
            const role = as(each.by);
            if (role === undefined) break;
            const until = each.for === null ? undefined : now + each.for;
            const lock = { by: PEOPLE[each.by], as: role, at: now, because: "x", activeNow: active };
            expect(take(lockKey(record, { ...lock, ...(until === undefined ? {} : { until }) }))).toBe(true);
            held.push({ by: each.by, until });
            break;
          }
          case "unlock": {
            const role = as(each.by);
            const may = { owner: role === "owner", responder: role === "responder" };
            const lifts = ({ by }: Hold): boolean =>
              by === "ada" ? may.owner : may.responder && by !== each.by;
            const step = unlockKey(record, { by: PEOPLE[each.by], at: now, ...may, activeNow: active });
            // Without a hold of ours, a responder may free what is locked in the manager.
            if (held.length === 0) {
              if (take(step)) wanted = true;
            } else {
              expect(take(step)).toBe(held.some(lifts));
              held = held.filter((hold) => !lifts(hold));
            }
            break;
          }
          case "wait":
            now += each.ms;
            take(endTimedLocks(record, now));
            held = held.filter(({ until }) => until === undefined || until > now);
            break;
          case "manager answers":
            tell();
        }
      }
      tell();
      expect(record.holds?.reasons.length ?? 0).toBe(held.length);
      expect(active).toBe(held.length === 0 && wanted);
    }),
    { numRuns: 3000 },
  );
});
