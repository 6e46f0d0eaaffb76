import type { Policy } from "./policy.ts";
import type { Refusal } from "./refusal.ts";
import { containsSecret } from "./secret.ts";
import { DAY, type Instant, lengthOf, type Life } from "./values.ts";

/* What somebody typed, before anything is made of it. */

/** Names that need no quoting on the command line; a bare number is always an ID. */
const PLAIN_NAME = "[A-Za-z][A-Za-z0-9._-]*";
/** Characters (code points) that each text may have; a name's limit is ours, below the manager's 254 (contract 3.3). */
export const MOST = { name: 100, reason: 500, description: 500 } as const;

export type Typed = { keyName: string; reason: string; description: string };

/** Characters that nobody sees and a manager may refuse: those that control, and halves of one. */
const UNSEEN = /(?![\n\r\t])\p{Cc}|\p{Cs}/u;

/** What is wrong with one text that was typed; a reason never goes to the manager. */
export function checkText(field: keyof typeof MOST, text: string): Refusal | undefined {
  if (containsSecret(text)) return { reason: "contains-secret", field };
  if ([...text].length > MOST[field]) return { reason: "too-long", field, most: MOST[field] };
  return field !== "reason" && UNSEEN.test(text) ? { reason: "unseen-character", field } : undefined;
}

/** The first thing wrong with the texts that were typed; fields are checked in the form's order. */
export function checkTexts(
  typed: Typed,
  limits: Pick<Policy["limits"], "key-names" | "reason-at-least">,
): Refusal | undefined {
  const texts = [
    ["name", typed.keyName],
    ["reason", typed.reason],
    ["description", typed.description],
  ] as const;
  for (const [field, text] of texts) {
    const wrong = checkText(field, text);
    if (wrong !== undefined) return wrong;
  }
  const form = new RegExp(`^(?:${limits["key-names"] ?? PLAIN_NAME})$`, "u");
  // Whatever a policy allows: a bare number is an ID, and what nobody can see must tell no two names apart.
  const unclear = /^\d*$|\p{C}|^\s|\s$/u.test(typed.keyName);
  if (unclear || !form.test(typed.keyName)) return { reason: "name-form" };
  const atLeast = limits["reason-at-least"];
  return [...typed.reason.trim()].length < atLeast ? { reason: "reason-too-short", atLeast } : undefined;
}

/**
 * What is wrong with a reason, or with any other text that says why; `atLeast`: characters. Stopping
 * a key asks for less of one than a request does; tickets are the rules' matter (verdict.ts).
 */
export function checkReasonText(reason: string, atLeast: number): Refusal | undefined {
  return checkTexts({ keyName: "any", description: "", reason }, { "reason-at-least": atLeast });
}

/** Whether the life asked for lies within the policy's limit and ahead of us; a date may reach to the end of its day. */
export function checkLife(asked: Life, limits: Policy["limits"], now: Instant): Refusal | undefined {
  const length = lengthOf(asked, now);
  if (length <= 0) return { reason: "expiry-in-past" };
  const longest = limits["longest-life"];
  if (longest === "none") return undefined;
  return (asked.kind === "until" ? length - DAY >= longest : length > longest)
    ? { reason: "life-too-long", longestDays: Math.floor(longest / DAY) }
    : undefined;
}

/** Whether a time zone has a name, and is one that this program can reckon in (contract 3.3 on spellings). */
export function checkTimeZone(name: string): Refusal | undefined {
  // Intl would take offsets such as +01:00 as well, which a manager refuses.
  if (!/^[A-Za-z]/.test(name)) return { reason: "unknown-time-zone" };
  try {
    Intl.DateTimeFormat("en-US", { timeZone: name });
    return undefined;
  } catch {
    return { reason: "unknown-time-zone" };
  }
}
