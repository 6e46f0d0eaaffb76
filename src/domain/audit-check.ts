import { GENESIS, type Head, hashedText, type StoredRow } from "./audit.ts";

/** What is wrong with a trail; `at`: when the row says that it happened, if it says so. */
export type Flaw =
  /** Its hash is not that of its contents. */
  | { kind: "changed"; seq: number; at?: number }
  /** Its hash is right for another number, at which it stood once. */
  | { kind: "moved"; seq: number; at?: number; from: number }
  /** It does not go on from the row before: that one or this one was written anew. */
  | { kind: "unlinked"; seq: number; at?: number }
  /** No commit writes such a number. */
  | { kind: "added"; seq: unknown; at?: number }
  | { kind: "missing"; from: number; to: number }
  /** The end that commits go on from is not the last row; `undefined`: somebody took it out. */
  | { kind: "end"; seq: number; says: Head | undefined }
  /** A head that was posted is not in this trail: all of it may have been written anew. */
  | { kind: "head"; seq: number; posted: string; found: string | undefined };

/** Rows and gaps for which it is tried out where a row came from: each is tried with each. */
const TRIED = 500;

type Row = StoredRow & { seq: number };

/** Goes through a trail row by row, from the first on, and notes all that does not hold. */
export class AuditCheck {
  readonly #hash: (text: string) => string;
  readonly #heads: readonly Head[];
  readonly #found = new Map<number, string>();
  readonly #flaws: Flaw[] = [];
  readonly #changed: Row[] = [];
  readonly #gaps: number[] = [];
  #last: Head = { seq: 0, hash: GENESIS };
  #lastChanged = false;

  /** `hash`: SHA-256, in hexadecimal. `heads`: those that are known from elsewhere. */
  constructor(hash: (text: string) => string, heads: readonly Head[] = []) {
    this.#hash = hash;
    this.#heads = heads;
    this.#note(this.#last);
  }

  /** How far it has come. */
  get last(): Head {
    return this.#last;
  }

  /** The next row, in order of their numbers. */
  take(row: StoredRow): void {
    const { seq } = row;
    if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq <= this.#last.seq) {
      this.#flaws.push({ kind: "added", seq, ...when(row) });
      return;
    }
    const numbered = { ...row, seq };
    const next = this.#last.seq + 1;
    if (seq > next) this.#miss(next, seq - 1);
    const changed = this.#hash(hashedText(row)) !== row.hash;
    if (changed) this.#changed.push(numbered);
    else if (seq === next && row.previous !== this.#last.hash && !this.#lastChanged)
      this.#flaws.push({ kind: "unlinked", seq, ...when(row) });
    this.#lastChanged = changed;
    this.#last = { seq, hash: String(row.hash) };
    this.#note(this.#last);
  }

  /** All flaws, in order; `end`: where commits go on from, read before it was found that no row is left. */
  finish(end: Head | undefined): Flaw[] {
    const { seq, hash } = this.#last;
    if (end !== undefined && end.seq > seq) this.#miss(seq + 1, end.seq);
    else if (end?.seq !== seq || end.hash !== hash) this.#flaws.push({ kind: "end", seq, says: end });
    for (const { seq, hash: posted } of this.#heads) {
      const found = this.#found.get(seq);
      if (found !== posted) this.#flaws.push({ kind: "head", seq, posted, found });
    }
    return [...this.#flaws, ...this.#changes()].toSorted((one, other) => placeOf(one) - placeOf(other));
  }

  #note({ seq, hash }: Head): void {
    if (this.#heads.some((each) => each.seq === seq)) this.#found.set(seq, hash);
  }

  #miss(from: number, to: number): void {
    this.#flaws.push({ kind: "missing", from, to });
    for (let seq = from; seq <= to && this.#gaps.length < TRIED; seq += 1) this.#gaps.push(seq);
  }

  #changes(): Flaw[] {
    const tried = this.#changed.slice(0, TRIED);
    const places = [...tried.map(({ seq }) => seq), ...this.#gaps];
    return this.#changed.map((row, i) => {
      const { seq } = row;
      const from =
        i < TRIED
          ? places.find((each) => this.#hash(hashedText({ ...row, seq: each })) === row.hash)
          : undefined;
      if (from === undefined) return { kind: "changed", seq, ...when(row) };
      return { kind: "moved", seq, from, ...when(row) };
    });
  }
}

/** A moment that a calendar knows. */
function when({ at }: StoredRow): { at?: number } {
  return typeof at === "number" && Math.abs(at) <= 8.64e15 ? { at } : {};
}

function placeOf(flaw: Flaw): number {
  if (flaw.kind === "missing") return flaw.from;
  return typeof flaw.seq === "number" ? flaw.seq : Number.MAX_SAFE_INTEGER;
}
