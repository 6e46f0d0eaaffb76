import type { z } from "zod";

/**
 * A state as its row has it. Parsed before it is written, as whoever reads it will: what could not be
 * read again is a bug, and its throw takes the commit back.
 */
export function bodyOf<State>(form: z.ZodType<State>, next: State): string {
  return JSON.stringify(form.parse(next));
}
