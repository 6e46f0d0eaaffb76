import fc from "fast-check";
import { expect, test } from "vitest";
import { markCompromised, secretReplaced } from "../../src/domain/compromised.ts";
import { type KeyRecord, lockKey, recordOutside, unlockKey } from "../../src/domain/key.ts";
import { holdKey, openKey, releaseKey } from "../../src/domain/lockout-hold.ts";
import { roleId } from "../../src/domain/values.ts";
import { aKey, aLockoutId, ben, chiara, NOW } from "../support/domain.ts";

const LOCKOUTS = ["K1", "K2", "K3"] as const;
const which = fc.constantFrom(...LOCKOUTS);
const responder = fc.constantFrom("ben" as const, "chiara" as const);
const PEOPLE = { ben, chiara };
const command = fc.oneof(
  fc.record({ does: fc.constant("declare" as const), lockout: which }),
  fc.record({ does: fc.constant("restore" as const), lockout: which }),
  fc.record({ does: fc.constant("lock" as const), by: responder }),
  fc.record({ does: fc.constant("unlock" as const), by: responder }),
  fc.record({ does: fc.constant("mark" as const) }),
  fc.record({ does: fc.constant("new secret" as const) }),
  fc.record({ does: fc.constant("manager answers" as const) }),
);

test("lockouts, overlaps, locks, marks and restores in any order: a key is active exactly if nothing holds it and it was active before", () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(command, { maxLength: 40 }), (base, commands) => {
      let record: KeyRecord = recordOutside({ id: aKey(), name: "k", role: roleId.parse(2), madeAt: NOW });
      // What the manager was told last, and the model beside it.
      let active = base;
      let wanted = base;
      const held = new Set<string>();
      const tell = (): void => {
        active = record.due?.active ?? active;
        const { due: _, ...settled } = record;
        record = settled;
      };
      for (const each of commands) {
        switch (each.does) {
          case "declare": {
            record = holdKey(record, {
              lockout: aLockoutId(each.lockout),
              activeNow: active,
              at: NOW,
            });
            // The engine locks by its own item; nothing is due for it in the record.
            active = false;
            held.add(each.lockout);
            break;
          }
          case "restore": {
            const { record: left, keptBy } = releaseKey(record, aLockoutId(each.lockout));
            if (!held.delete(each.lockout)) break;
            record = left;
            expect(keptBy === undefined).toBe(held.size === 0 && wanted);
            if (keptBy !== undefined) break;
            const opened = openKey(record);
            expect(opened.keptBy).toBeUndefined();
            ({ record } = opened);
            active = true;
            break;
          }
          case "lock": {
            const by = PEOPLE[each.by];
            const step = lockKey(record, { by, as: "responder", at: NOW, because: "b", activeNow: active });
            if ("refusal" in step) throw new Error("refused");
            record = step.next;
            held.add(each.by);
            break;
          }
          case "unlock": {
            const by = PEOPLE[each.by];
            const who = { owner: false, responder: true };
            const step = unlockKey(record, { by, at: NOW, ...who, activeNow: active });
            const other = each.by === "ben" ? "chiara" : "ben";
            if (held.size === 0) wanted ||= "next" in step;
            else expect("next" in step).toBe(held.has(other));
            held.delete(other);
            if ("next" in step) record = step.next;
            break;
          }
          case "mark": {
            const step = markCompromised(record, { by: ben, at: NOW, activeNow: active });
            expect("next" in step).toBe(!held.has("compromised"));
            if ("next" in step) record = step.next;
            held.add("compromised");
            break;
          }
          case "new secret":
            record = secretReplaced(record, NOW, NOW).next;
            held.delete("compromised");
            break;
          case "manager answers":
            tell();
        }
      }
      tell();
      expect(record.holds === undefined).toBe(held.size === 0);
      expect(active).toBe(held.size === 0 && wanted);
    }),
    { numRuns: 3000 },
  );
});
