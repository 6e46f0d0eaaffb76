import type { Adoption } from "./adoption.ts";
import type { Claim } from "./claim.ts";
import type { Lockout } from "./lockout.ts";
import type { Request } from "./request.ts";
import type { Instant, KeyId, PersonId } from "./values.ts";

/** What sort of account a person has, as far as rights go (R41, R43). */
export type PersonKind = "member" | "guest" | "bot" | "deactivated" | "stranger";

/** Where what somebody acts on may stand: requests, claims, lockouts, adoptions, found secrets and reports. */
export type State =
  | Request["state"]
  | Claim["state"]
  | Lockout["state"]
  | NonNullable<Adoption["decided"]>["as"]
  | "done"
  | "closed"
  | "seen";

/**
 * An expected "no", with its evidence. Returned, never thrown; `slack/words/explain.ts` finds the words,
 * exhaustively. Each one to somebody who may not stands in the audit trail under `reason`; previews,
 * a Home, lines that cannot be read, and what Slack has delivered twice leave no event.
 */
export type Refusal =
  | { reason: "not-a-member"; kind: Exclude<PersonKind, "member"> }
  | { reason: "unknown-person" }
  | { reason: "own-request" }
  | { reason: "decided-already"; at: Instant }
  | { reason: "denied-already"; at: Instant }
  | { reason: "not-an-approver"; groups: string[] }
  | { reason: "not-a-responder" }
  | { reason: "not-an-auditor" }
  | { reason: "wrong-state"; state: State; by?: PersonId; at: Instant }
  | {
      reason: "not-found";
      what: "request" | "claim" | "report" | "reminder" | "adoption" | "leak" | "lockout";
    }
  | { reason: "compromised-already"; at: Instant }
  | { reason: "not-compromised" }
  | { reason: "too-many-reports"; most: number }
  /** Nobody takes back their own word that a secret got out. */
  | { reason: "own-alarm" }
  | { reason: "not-yours"; what: "request" | "claim" }
  | { reason: "shown-already"; at: Instant }
  | { reason: "stale-click"; ageSeconds: number }
  | { reason: "nobody-could-approve"; rule: string; group: string; open: number }
  | { reason: "policy-refuses"; rule: string; because: string }
  | { reason: "no-rule" }
  | { reason: "contains-secret"; field: "name" | "reason" | "description" | "line" }
  | { reason: "name-form" }
  | { reason: "name-taken"; by: "key" | "request" }
  | { reason: "own-key"; what: "name" | "role" }
  | { reason: "reason-too-short"; atLeast: number }
  | { reason: "ticket-missing"; rule: string; pattern: string }
  | { reason: "too-long"; field: "name" | "reason" | "description"; most: number }
  | { reason: "unseen-character"; field: "name" | "description" }
  | { reason: "life-too-long"; longestDays: number }
  | { reason: "expiry-in-past" }
  | { reason: "unknown-time-zone" }
  | { reason: "too-many-keys"; limit: number; of?: PersonId }
  | { reason: "role-gone" }
  | { reason: "effect-changed" }
  | { reason: "failed"; because: "key-gone" | "policy-refuses" | "rejected" | "role-in-use" | "forbidden" }
  | { reason: "locked-out"; incident: string }
  /** `keys`: how many it would be, once that is known. */
  | { reason: "not-confirmed"; keys?: number; most: number; type: string }
  /** `keys`: what was asked back of a lockout that does not hold it, or has let it go. */
  | { reason: "not-held"; keys: KeyId[] }
  /** The same line or form was carried out before. */
  | { reason: "done-before" }
  | { reason: "not-locked" }
  | { reason: "others-lock"; by: PersonId; at: Instant; as: "owner" | "responder" }
  | { reason: "held"; by: ("lock" | "lockout" | "compromised")[] }
  | { reason: "extend-instead" }
  | { reason: "not-later" }
  | { reason: "name-not-typed" }
  | { reason: "key-deleted"; at?: Instant }
  | { reason: "no-such-key"; asked: string; near: string[] }
  | { reason: "no-such-request"; asked: string; near: string[] }
  | { reason: "no-such-role"; asked: string; near: string[] }
  | { reason: "not-your-key"; does: string }
  | { reason: "page-stale"; changed: string[] }
  | { reason: "no-change" }
  | { reason: "no-owner" }
  | { reason: "rotation-open"; at: Instant }
  | { reason: "role-in-use"; keys: number }
  | { reason: "role-immutable" }
  | { reason: "only-approvers"; groups: string[] }
  | { reason: "own-key-too-weak"; role: string }
  | { reason: "role-name-form" }
  | { reason: "role-name-taken" }
  | { reason: "unknown-rights"; rights: string[] }
  | { reason: "draft-gone" }
  | { reason: "role-stale"; changed: string[] }
  | { reason: "owner-cannot"; kind: PersonKind }
  | { reason: "bad-query"; line: string; at: number; expected: string };

export type RefusalReason = Refusal["reason"];
