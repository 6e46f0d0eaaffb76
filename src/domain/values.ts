import { z } from "zod";

/** Milliseconds since the epoch, UTC. */
export const instant = z.int().nonnegative();
export type Instant = z.infer<typeof instant>;

/** A Slack user id of our tenant: `U…`, or `W…` on Enterprise Grid (R43). */
export const personId = z
  .string()
  .regex(/^[UW][A-Z0-9]{1,20}$/, "expected a Slack member's id, U…")
  .brand<"PersonId">();
export type PersonId = z.infer<typeof personId>;

/** A key's number in the manager; shared with administrators, never used again (contract 6). */
export const keyId = z.int().positive().brand<"KeyId">();
export type KeyId = z.infer<typeof keyId>;

export const roleId = z.int().positive().brand<"RoleId">();
/** Stands for the role of a key that has none (contract 3.4). */
export const NO_ROLE = 0;
/** The role of a key as it is, which may be none; whoever asks for a role names one. */
export const keyRole = z.int().min(NO_ROLE);

/** Twelve characters of Crockford's base 32: 60 random bits, unmistakable when read aloud. */
const crockford = /^[0-9A-HJKMNP-TV-Z]{12}$/;
export const requestId = z.string().regex(crockford).brand<"RequestId">();
export type RequestId = z.infer<typeof requestId>;
export const claimId = z.string().regex(crockford).brand<"ClaimId">();
export type ClaimId = z.infer<typeof claimId>;
export const attemptId = z.string().regex(crockford).brand<"AttemptId">();
export type AttemptId = z.infer<typeof attemptId>;
export const lockoutId = z.string().regex(crockford).brand<"LockoutId">();

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** How many bytes an id takes. */
export const ID_BYTES = 12;

/** The id that these bytes spell, five bits of each. */
export function idOf(bytes: Uint8Array): string {
  let id = "";
  for (const byte of bytes.subarray(0, ID_BYTES)) id += CROCKFORD.charAt(byte % 32);
  return id;
}

/** Who did something: a person, or the program itself. */
export const actor = z.union([personId, z.literal("portcullis")]);
export type Actor = z.infer<typeof actor>;

/** The only two languages that the manager knows (contract 3.3). */
export const locale = z.enum(["en-US", "ja-JP"]);
export type Locale = z.infer<typeof locale>;

/** How long a key lives: days count from the claim, a date stays a date. */
export const life = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("days"), days: z.int().min(1).max(36_500) }),
  z.object({ kind: z.literal("until"), at: instant }),
  z.object({ kind: z.literal("unlimited") }),
]);
export type Life = z.infer<typeof life>;

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The moment at which a key with this life ends if it starts now; `undefined`: never. */
export function endOfLife(wanted: Life, now: Instant): Instant | undefined {
  switch (wanted.kind) {
    case "days":
      return now + wanted.days * DAY;
    case "until":
      return wanted.at;
    case "unlimited":
      return undefined;
  }
}

/** Milliseconds from now to the end of a life; `Infinity` for no end. */
export function lengthOf(wanted: Life, now: Instant): number {
  return (endOfLife(wanted, now) ?? Number.POSITIVE_INFINITY) - now;
}
