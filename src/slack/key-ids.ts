import { keyId, type KeyId } from "../domain/values.ts";

/** A pasted list of IDs, however they are set apart. */
export function keyIdsIn(text: string): KeyId[] {
  return text.split(/[^\d]+/).flatMap((word) => keyId.safeParse(Number(word || Number.NaN)).data ?? []);
}
