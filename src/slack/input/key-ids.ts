import { containsSecret } from "../../domain/secret.ts";
import { keyId, type KeyId } from "../../domain/values.ts";

/** A pasted list of IDs, set apart by spaces or commas; none where anything else stands in it. */
export function keyIdsIn(text: string): KeyId[] {
  if (containsSecret(text) || !/^\s*\d+(?:[\s,;]+\d+)*[\s,;]*$/.test(text)) return [];
  return text.split(/[^\d]+/).flatMap((word) => keyId.safeParse(Number(word || Number.NaN)).data ?? []);
}
