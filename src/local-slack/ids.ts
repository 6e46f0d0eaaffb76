import { randomBytes } from "node:crypto";
import type { Clock } from "./clock.ts";

export type RandomBytes = (size: number) => Uint8Array;

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

/** Ids, timestamps and random strings in the forms that Slack gives them. */
export class Ids {
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  #lastMicros = 0;

  constructor(clock: Clock, random: RandomBytes = drawnAhead()) {
    this.#clock = clock;
    this.#random = random;
  }

  /** `U0K3…`: a prefix and ten capitals or digits. */
  id(prefix: string): string {
    return `${prefix}0${Array.from(this.#random(9), (byte) => letters[byte % 32]).join("")}`;
  }

  hex(bytes: number): string {
    return Buffer.from(this.#random(bytes)).toString("hex");
  }

  /** An index below `length`, at random. */
  pick(length: number): number {
    return Buffer.from(this.#random(4)).readUInt32BE() % length;
  }

  uuid(): string {
    const hex = this.hex(16);
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  /** A message's `ts`, later than any given before, even where the clock stands still. */
  ts(): string {
    this.#lastMicros = Math.max(this.#clock.now() * 1000, this.#lastMicros + 1);
    const seconds = Math.floor(this.#lastMicros / 1_000_000);
    return `${seconds}.${String(this.#lastMicros % 1_000_000).padStart(6, "0")}`;
  }

  /** Stored messages came before: the next `ts` must be later than each of them. */
  notBefore(ts: string): void {
    this.#lastMicros = Math.max(this.#lastMicros, Math.round(Number(ts) * 1_000_000));
  }

  /** A view's hash, `"<epoch>.<8 characters>"` (R25). */
  viewHash(): string {
    return `${Math.floor(this.#clock.now() / 1000)}.${this.hex(4)}`;
  }
}

/** Many bytes are drawn at a time: each drawing takes longer than everything else in a delivery. */
function drawnAhead(): RandomBytes {
  let pool = randomBytes(0);
  return (size) => {
    if (pool.length < size) pool = randomBytes(Math.max(size, 4096));
    const drawn = pool.subarray(0, size);
    pool = pool.subarray(size);
    return drawn;
  };
}
