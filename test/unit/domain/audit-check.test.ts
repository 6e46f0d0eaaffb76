import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type AuditRow, GENESIS, hashedText, type StoredRow } from "../../../src/domain/audit.ts";
import { AuditCheck, type Flaw } from "../../../src/domain/audit-check.ts";
import { csvLine } from "../../../src/domain/csv.ts";

const sha = (text: string): string => createHash("sha256").update(text).digest("hex");

function chain(length: number): AuditRow[] {
  const rows: AuditRow[] = [];
  for (let seq = 1; seq <= length; seq += 1) {
    const previous = rows.at(-1)?.hash ?? GENESIS;
    const row = {
      seq,
      at: seq,
      actor: "portcullis",
      subject: "policy",
      event: "policy.changed",
      evidence: "{}",
      previous,
    } as const;
    rows.push({ ...row, hash: sha(hashedText(row)) });
  }
  return rows;
}

function flawsOf(
  rows: readonly StoredRow[],
  end: AuditRow | undefined,
  heads: { seq: number; hash: string }[] = [],
): Flaw[] {
  const check = new AuditCheck(sha, heads);
  for (const row of rows) check.take(row);
  return check.finish(end);
}

describe("a trail", () => {
  const rows = chain(5);
  const [first, second, third, fourth, fifth] = rows as [AuditRow, AuditRow, AuditRow, AuditRow, AuditRow];

  test("without rows holds from its beginning on", () => {
    const empty = new AuditCheck(sha, [{ seq: 0, hash: GENESIS }]);
    expect(empty.finish({ seq: 0, hash: GENESIS })).toEqual([]);
    expect(empty.last).toEqual({ seq: 0, hash: GENESIS });
  });

  test("holds, and its heads are in it", () => {
    expect(flawsOf(rows, fifth, [first, fifth])).toEqual([]);
  });

  test("with values of other types is one that somebody wrote", () => {
    const strange = { ...third, at: "long ago" };
    const huge = { ...fourth, at: 9e15 };
    expect(flawsOf([first, second, strange, huge, fifth], fifth)).toEqual([
      { kind: "changed", seq: 3 },
      { kind: "changed", seq: 4 },
    ]);
    const added = ["six", 6.5, null, -1].map((seq) => ({ ...fifth, seq }));
    expect(flawsOf([...rows, ...added], fifth).map((flaw) => flaw.kind)).toEqual(added.map(() => "added"));
  });

  test("behind a row that was changed with its hash blames that row alone", () => {
    expect(flawsOf([first, { ...second, hash: "0" }, third, fourth, fifth], fifth)).toEqual([
      { kind: "changed", seq: 2, at: 2 },
    ]);
  });

  test("with rows taken out, put elsewhere or written anew is told of by each of them", () => {
    expect(flawsOf([first, third, fourth], fifth)).toEqual([
      { kind: "missing", from: 2, to: 2 },
      { kind: "missing", from: 5, to: 5 },
    ]);
    const moved = { ...fourth, seq: 2 };
    expect(flawsOf([first, moved, third, fifth], fifth)).toEqual([
      { kind: "moved", seq: 2, from: 4, at: 4 },
      { kind: "missing", from: 4, to: 4 },
    ]);
    const { hash: _, ...other } = { ...second, actor: "UEVE" };
    const anew = { ...other, hash: sha(hashedText(other)) };
    expect(flawsOf([first, anew, third, fourth, fifth], fifth)).toEqual([
      { kind: "unlinked", seq: 3, at: 3 },
    ]);
  });

  test("whose end was set elsewhere, or taken out, says so", () => {
    const { seq, hash } = fourth;
    expect(flawsOf(rows, fourth)).toMatchObject([{ kind: "end", seq: 5, says: { seq, hash } }]);
    expect(flawsOf(rows, undefined)).toEqual([{ kind: "end", seq: 5, says: undefined }]);
  });

  test("that ends before a head that was posted is found out", () => {
    expect(flawsOf([first, second], second, [fifth])).toEqual([
      { kind: "head", seq: 5, posted: fifth.hash, found: undefined },
    ]);
  });

  test("of a thousand exchanged rows names each, the first five hundred with where they came from", () => {
    const long = chain(1000);
    const exchanged = long
      .map((row, i) => ({ ...row, seq: i % 2 === 0 ? i + 2 : i }))
      .toSorted((a, b) => a.seq - b.seq);
    const flaws = flawsOf(exchanged, long.at(-1));
    const of = (kind: Flaw["kind"]): number => flaws.filter((flaw) => flaw.kind === kind).length;
    expect([of("moved"), of("changed")]).toEqual([500, 500]);
  });
});

test("a table's texts are never formulas, and read back as they were", () => {
  expect(csvLine(["=1", "+1", "-1", "@a", "\ta", 'a "b"', "a,b", "a\nb", -1, ""])).toBe(
    `'=1,'+1,'-1,'@a,'\ta,"a ""b""","a,b","a\nb",-1,\r\n`,
  );
});
