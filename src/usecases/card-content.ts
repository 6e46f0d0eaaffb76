import type { AuditRow } from "../domain/audit.ts";
import type { Lockout } from "../domain/lockout.ts";
import type { Adoption } from "../domain/adoption.ts";
import type { Card, Place } from "../domain/card.ts";
import type { Claim } from "../domain/claim.ts";
import type { Departure } from "../domain/departure.ts";
import type { KeyRecord } from "../domain/key.ts";
import type { Leak } from "../domain/leak.ts";
import type { Policy } from "../domain/policy.ts";
import type { Reminder } from "../domain/reminder.ts";
import type { Report } from "../domain/report.ts";
import type { Request } from "../domain/request.ts";
import type { RuleNeeds } from "../domain/rule.ts";
import type { Instant, PersonId } from "../domain/values.ts";
import type { Role } from "../domain/wants.ts";
import type { Evidence } from "./requests/evidence.ts";
import type { ListedKey } from "./inventory-port.ts";
import type { LockoutNow } from "./lockout/lockout.ts";
import type { Missing } from "./requests/missing.ts";
import type { Touched } from "./roles/roles.ts";
import type { Versioned } from "./store-port.ts";

/** What the messages of ours are drawn from: everything that a card shows, nothing that it looks like. */
export type RequestCard = {
  card: Card;
  request: Versioned<Request>;
  claim: Versioned<Claim> | undefined;
  /** The roles that it touches, by ID, as the manager describes them now; absent ones are gone, or the manager does not answer. */
  roles: ReadonlyMap<number, Role>;
  /** Of a change to a role that there is: which keys have it; absent where that is not known. */
  touched?: Touched | undefined;
  /** Slack user groups and people that may decide, by group of the policy. */
  groups: Policy["groups"];
  /** What has to be satisfied: of a pending request, by the rules of its making and of now. */
  demands: readonly RuleNeeds[];
  /** Patterns of the rights that the policy calls dangerous. */
  dangerous: readonly string[];
  /** Warnings that the policy wants said. */
  dangers: readonly string[];
  /** `undefined` while Slack does not say who belongs where. */
  missing: Missing | undefined;
  /** The manager or Slack did not say all of that just now: it is to be drawn again when they answer. */
  incomplete?: true;
  /** For the approvers' card. */
  evidence?: Evidence;
  /** Where the approvers' card stands, below which this message belongs. */
  thread?: Place;
};

/** A key as lists have it, with what our own changes since have made of it. */
export type KeyNow = ListedKey;

/** Changes from outside; `keys`: those of them that there are, as they are now. */
export type ReportCard = { card: Card; report: Report; keys: ReadonlyMap<number, KeyNow>; now: Instant };

/** A key of which somebody was reminded, as it is now; `key` is absent once it is gone. `calls`: groups of the policy. */
export type ReminderCard = {
  card: Card;
  reminder: Reminder;
  key: KeyNow | undefined;
  record: KeyRecord | undefined;
  calls: readonly string[];
  groups: Policy["groups"];
  now: Instant;
};

/** An owner who was deactivated; `owned`: the first of the keys that are theirs still, `left` all of them counted. */
export type DepartedCard = {
  card: Card;
  departure: Departure;
  owned: readonly { key: KeyNow; heir: PersonId | undefined }[];
  left: number;
  /** Of what was theirs, what has another owner by now. */
  taken: readonly { name: string; owner: PersonId | undefined }[];
  calls: readonly string[];
  groups: Policy["groups"];
  now: Instant;
};

/** A secret that stood in a message; `listed`: its key as last seen, where we know which it is. */
export type LeakCard = { card: Card; leak: Leak; listed: KeyNow | undefined; now: Instant };

/** What happened in a lockout so far, in order. */
export type TimelineCard = { card: Card; timeline: readonly AuditRow[]; lockout: Lockout; thread?: Place };

/** One owner's keys of a lockout; `locked`: held by it now. */
export type OwnerLockoutCard = {
  card: Card;
  held: Lockout;
  keys: readonly { name: string; key: number; locked: boolean }[];
};

/** How far a lockout has come. */
export type LockoutCard = LockoutNow & { card: Card };

/** Owners that are proposed for the keys of a lost database. */
export type AdoptionCard = { card: Card; adoption: Adoption };

export type CardContent =
  | RequestCard
  | ReportCard
  | ReminderCard
  | DepartedCard
  | AdoptionCard
  | LeakCard
  | LockoutCard
  | TimelineCard
  | OwnerLockoutCard;
