import fc from "fast-check";
import { expect, test } from "vitest";
import { parseQuery, printQuery, type Query, type Term } from "../../src/domain/query.ts";
import { someone } from "../support/hostile.ts";

const side = fc.constantFrom("<" as const, ">" as const);
const than = fc.oneof(
  fc.constantFrom("1h", "30d", "2w").map((text) => ({ text })),
  fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => ({
    text: date.toISOString().slice(0, 10),
  })),
);
/** Whatever a name can be, above all what the language itself is written in. */
const pattern = fc.oneof(
  fc.string({ minLength: 1, maxLength: 30, unit: "binary" }),
  fc
    .array(fc.constantFrom('"', '""', "“", "”", " ", "\t", "a", "<", ":", "*", "7", "locked", "owner:"), {
      minLength: 1,
      maxLength: 8,
    })
    .map((parts) => parts.join("")),
);
const term: fc.Arbitrary<Omit<Term, "than"> & { than?: { text: string } | number }> = fc.oneof(
  fc.record({ kind: fc.constantFrom("name" as const, "role" as const), pattern }),
  fc.record({ kind: fc.constant("id" as const), id: fc.integer({ min: 0, max: 2 ** 31 }) }),
  fc.record({
    kind: fc.constant("owner" as const),
    who: fc.oneof(fc.constantFrom("me" as const, "nobody" as const), someone),
  }),
  fc.record({
    kind: fc.constant("is" as const),
    what: fc.constantFrom("locked" as const, "active" as const, "expired" as const, "held" as const),
  }),
  fc.record({
    kind: fc.constant("has" as const),
    what: fc.constantFrom(
      "expiry" as const,
      "no-expiry" as const,
      "owner" as const,
      "no-owner" as const,
      "use" as const,
      "no-use" as const,
    ),
  }),
  fc.record({ kind: fc.constant("failures" as const), side, than: fc.nat({ max: 999_999_999 }) }),
  fc.record({
    kind: fc.constantFrom("expires" as const, "created" as const, "unused" as const),
    side,
    than,
  }),
);

test("every query reads back from what it prints", () => {
  fc.assert(
    fc.property(fc.array(term, { maxLength: 8 }), (terms) => {
      const line = printQuery({ terms: terms as unknown as Query["terms"] });
      const read = parseQuery(line);
      if ("mistake" in read) throw new Error(`${line}: ${JSON.stringify(read.mistake)}`);
      expect(read.terms).toMatchObject(terms);
      expect(printQuery(read)).toBe(line);
    }),
    { numRuns: 2000 },
  );
});

test("every line is read, or its mistake stands within it", () => {
  const word = fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom("owner:", "expires<", "role:x", '"', "“", "has:owner", "7", "<@U1>", "unused>3d", " "),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 10 }), (words) => {
      const line = words.join(" ");
      const read = parseQuery(line);
      if ("mistake" in read) {
        expect(read.mistake.at).toBeGreaterThanOrEqual(0);
        expect(read.mistake.at).toBeLessThanOrEqual(line.length);
        expect(read.mistake.expected).not.toBe("");
      } else {
        const again = parseQuery(printQuery(read));
        expect(again).toEqual(read);
      }
    }),
    { numRuns: 5000 },
  );
});
