/** One line of a suite's result. */
export type Figure = {
  what: string;
  value: string;
  /** What the value was made from. */
  detail: string;
  /** What it should be, where there is such a promise. */
  target?: { words: string; reached: boolean };
};

/** The middle one, which a hiccup of the machine does not move. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
