import { z } from "zod";
import type { Policy } from "./policy.ts";
import type { Refusal } from "./refusal.ts";
import { containsSecret } from "./secret.ts";
import { DAY, type Instant, lengthOf, life, locale, roleId } from "./values.ts";

/** A new key, as asked for. `keyName` is how the manager will call it. */
export const newKey = z.object({
  kind: z.literal("new-key"),
  keyName: z.string(),
  roleId,
  /** The role's name when it was asked for; the number decides. */
  roleName: z.string(),
  life,
  description: z.string(),
  locale,
  timeZone: z.string(),
});
export type NewKey = z.infer<typeof newKey>;

/** What a request asks for. */
export const wants = z.discriminatedUnion("kind", [newKey]);
export type Wants = z.infer<typeof wants>;

/** A role as the manager describes it, with each right by its path ("platformRights.apikeyRights.canViewApiKeys"). */
export type Role = {
  id: number;
  name: string;
  description: string;
  /** The paths of the rights that are granted, sorted. */
  rights: readonly string[];
  allComputers: boolean;
  allPolicies: boolean;
  allowUserInterface: boolean;
  allowWebService: boolean;
  onlyEqualOrLesserUsers: boolean;
  computerIds: readonly number[];
  computerGroupIds: readonly number[];
  policyIds: readonly number[];
  /** Full Access only: can be neither changed nor deleted. */
  immutable: boolean;
};

/** Names that need no quoting on the command line; a bare number is always an ID. */
const PLAIN_NAME = "[A-Za-z][A-Za-z0-9._-]*";
/** Characters (code points) that each text may have; a name's limit is ours, below the manager's 254 (contract 3.3). */
export const MOST = { name: 100, reason: 500, description: 500 } as const;

export type Typed = { keyName: string; reason: string; description: string };

/** The first thing wrong with the texts that were typed; fields are checked in the form's order. */
export function checkTexts(typed: Typed, limits: Policy["limits"]): Refusal | undefined {
  const texts = [
    ["name", typed.keyName],
    ["reason", typed.reason],
    ["description", typed.description],
  ] as const;
  for (const [field, text] of texts) {
    if (containsSecret(text)) return { reason: "contains-secret", field };
    if ([...text].length > MOST[field]) return { reason: "too-long", field, most: MOST[field] };
  }
  const form = new RegExp(`^(?:${limits["key-names"] ?? PLAIN_NAME})$`, "u");
  // Whatever a policy allows: a bare number is an ID, and what nobody can see must tell no two names apart.
  const unclear = /^\d*$|\p{C}|^\s|\s$/u.test(typed.keyName);
  if (unclear || !form.test(typed.keyName)) return { reason: "name-form" };
  const atLeast = limits["reason-at-least"];
  return [...typed.reason.trim()].length < atLeast ? { reason: "reason-too-short", atLeast } : undefined;
}

/** Whether the life asked for lies within the policy's limit and ahead of us; a date may reach to the end of its day. */
export function checkLife(asked: Wants["life"], limits: Policy["limits"], now: Instant): Refusal | undefined {
  const length = lengthOf(asked, now);
  if (length <= 0) return { reason: "expiry-in-past" };
  const longest = limits["longest-life"];
  if (longest === "none") return undefined;
  return (asked.kind === "until" ? length - DAY >= longest : length > longest)
    ? { reason: "life-too-long", longestDays: Math.floor(longest / DAY) }
    : undefined;
}

/** Whether a time zone is one that this program can reckon in (contract 3.3 on spellings). */
export function checkTimeZone(name: string): Refusal | undefined {
  try {
    Intl.DateTimeFormat("en-US", { timeZone: name });
    return undefined;
  } catch {
    return { reason: "unknown-time-zone" };
  }
}

/**
 * Exactly what carrying the request out would do, the role's rights included, as one text: its
 * hash is what an approval is bound to, so an edited role voids it.
 */
export function effectText(asked: Wants, asker: string, role: Role): string {
  return JSON.stringify([
    [asked.kind, asker, asked.keyName, asked.life, asked.description, asked.locale, asked.timeZone],
    [role.id, role.name, role.rights, role.allComputers, role.allPolicies, role.allowUserInterface],
    [role.allowWebService, role.onlyEqualOrLesserUsers],
    [role.computerIds, role.computerGroupIds, role.policyIds],
  ]);
}
