import { z } from "zod";
import { DAY, HOUR, MINUTE, SECOND } from "./values.ts";

const UNITS = new Map<string, number>(
  (
    [
      [SECOND, "s second seconds"],
      [MINUTE, "m min mins minute minutes"],
      [HOUR, "h hour hours"],
      [DAY, "d day days"],
      [7 * DAY, "w week weeks"],
      [30 * DAY, "month months"],
      [365 * DAY, "y year years"],
    ] as const
  ).flatMap(([length, words]) => words.split(" ").map((word) => [word, length] as const)),
);

/** "90 days", "4h", "2 weeks", "a year" in milliseconds; `undefined` when it is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, count = "", word = ""] = /^(\d{1,5}|an?)\s*([a-z]+)$/i.exec(text.trim()) ?? [];
  const unit = UNITS.get(word.toLowerCase());
  if (unit === undefined) return undefined;
  return (/^\d/.test(count) ? Number(count) : 1) * unit || undefined;
}

/** A duration in the policy file, read to milliseconds; a bare number is told that it lacks its unit. */
export const duration = z.union([z.string(), z.number()]).transform((text, context): number => {
  const read = parseDuration(String(text));
  if (read !== undefined) return read;
  context.addIssue({
    code: "custom",
    message: `"${text}" is no duration; write 90 days, 4 hours or 30 minutes`,
  });
  return z.NEVER;
});
