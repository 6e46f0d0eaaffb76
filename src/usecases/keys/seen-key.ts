import { createHash } from "node:crypto";
import type { PersonId } from "../../domain/values.ts";
import type { ManagedKey } from "../ports.ts";

/** What of a key a page shows and can have changed meanwhile. */
const MEMBERS = ["name", "description", "locale", "timeZone", "expiresAt", "role", "owner"] as const;
type Member = (typeof MEMBERS)[number];

/** A page as it was looked at, short enough to come back with its form: a fingerprint for each member. */
export type Seen = Partial<Record<Member, string>>;

/** What a page shows; `members`: as much of it as its decision depends on. */
export function seenOf(
  key: ManagedKey,
  owner: PersonId | undefined,
  members: readonly Member[] = MEMBERS,
): Seen {
  const values: Record<Member, unknown> = { ...key, owner };
  return Object.fromEntries(members.map((member) => [member, fingerprint(values[member])]));
}

/** What has changed since a page was looked at. */
export function changedSince(seen: Seen, key: ManagedKey, owner: PersonId | undefined): Member[] {
  const now = seenOf(key, owner);
  return MEMBERS.filter((member) => seen[member] !== undefined && seen[member] !== now[member]);
}

function fingerprint(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(value ?? null))
    .digest("hex")
    .slice(0, 12);
}
