import type { AuditEvent, AuditRow, Head, StoredRow } from "../domain/audit.ts";
import type { AuditCriteria } from "../domain/audit-query.ts";
import type { Card, CardId, Place } from "../domain/card.ts";
import type { Claim } from "../domain/claim.ts";
import type { Adoption } from "../domain/adoption.ts";
import type { Departure } from "../domain/departure.ts";
import type { KeyRecord } from "../domain/key.ts";
import type { Leak } from "../domain/leak.ts";
import type { Lockout } from "../domain/lockout.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Reminder } from "../domain/reminder.ts";
import type { Report } from "../domain/report.ts";
import type { Request } from "../domain/request.ts";
import type { Wants } from "../domain/wants.ts";
import type { ClaimId, Instant, KeyId, PersonId, RequestId } from "../domain/values.ts";
import type { Drafts } from "./drafts-port.ts";
import type { Inventory } from "./inventory-port.ts";
import type { Lockouts } from "./lockout-port.ts";
import type { Person } from "./ports.ts";
import type { Upkeep } from "./upkeep-port.ts";

/**
 * Work that is done now and then: `reach` looks whether pending requests can still be decided,
 * `offers` whether a restored key's owner still needs a new secret, `head` posts the day's end of the
 * trail, `leak:` tries a found secret, `owners:` tells the owners of a lockout's keys, `held:`
 * looks whether a change that a lockout holds had been carried out before.
 */
export type Turn = "reach" | "offers" | "head" | `leak:${string}` | `owners:${string}` | `held:${string}`;

/** A stored state with the version that guards its next commit. */
export type Versioned<State> = { readonly version: number; readonly value: State };

/** One row of a commit: inserted where `before` is absent, else updated only if its version still holds. */
export type Change =
  | { row: "request"; before?: Versioned<Request>; next: Request }
  | { row: "claim"; before?: Versioned<Claim>; next: Claim }
  | { row: "key"; before?: Versioned<KeyRecord>; next: KeyRecord }
  | { row: "report"; before?: Versioned<Report>; next: Report }
  | { row: "lockout"; before?: Versioned<Lockout>; next: Lockout }
  | { row: "leak"; before?: Versioned<Leak>; next: Leak }
  | { row: "adoption"; before?: Versioned<Adoption>; next: Adoption }
  | { row: "departure"; before?: Versioned<Departure>; next: Departure }
  | { row: "reminder"; next: Reminder }
  | { row: "card"; next: Card };

/** Changes and their events, stored together or not at all. */
export type Commit = {
  changes: readonly Change[];
  events: readonly AuditEvent[];
  /**
   * `read`: this commit lets a secret out or a key become active; it succeeds only while the gate
   * still has this version. `bump`: a lockout is declared; every older reading becomes stale.
   */
  gate?: { read: number } | "bump";
  /** Succeeds only if this person then has at most so many keys, living requests for new ones counted. */
  keys?: { of: PersonId; atMost: number };
};

/**
 * `too-many-keys`: nothing was written, since the person would have more than the commit allows.
 * `stale`: a version or the gate had moved; nothing was written: load and decide again.
 * `exists`: a row to be inserted is there already (a submission delivered twice).
 * `name-taken`: a living request reserves this key name (compared without case).
 */
export type CommitResult = "committed" | "stale" | "exists" | "name-taken" | "too-many-keys";

export interface Store extends Inventory, Drafts, Lockouts, Upkeep {
  commit(commit: Commit): Promise<CommitResult>;

  request(id: RequestId): Promise<Versioned<Request> | undefined>;
  claim(id: ClaimId): Promise<Versioned<Claim> | undefined>;
  /** The rotation that is under way on a key; at most one, and the commit of a second answers `exists`. */
  claimOn(key: KeyId): Promise<Versioned<Claim> | undefined>;
  /** Open claims that this person may use, at most `limit`. */
  openClaimsFor(person: PersonId, limit: number): Promise<Versioned<Claim>[]>;
  /** The claim that a request opened; there is at most one. */
  claimOf(request: RequestId): Promise<Versioned<Claim> | undefined>;
  key(id: KeyId): Promise<Versioned<KeyRecord> | undefined>;
  /** The newest first, at most `limit`. */
  requestsOf(asker: PersonId, limit: number): Promise<Versioned<Request>[]>;
  leak(id: string): Promise<Versioned<Leak> | undefined>;
  /** By the mark of its secret. */
  leakMarked(mark: string): Promise<Versioned<Leak> | undefined>;
  /** Whose trying had to be over by now, and is not; the longest due first, at most `limit`. */
  leaksGivenUp(now: Instant, limit: number): Promise<Versioned<Leak>[]>;
  adoption(id: string): Promise<Versioned<Adoption> | undefined>;
  /** Confirmed, and not carried out yet. */
  confirmedAdoptions(): Promise<Versioned<Adoption>[]>;
  report(id: string): Promise<Versioned<Report> | undefined>;
  /** Requests in state pending, the oldest first, at most `limit`. */
  pendingRequests(limit: number): Promise<Versioned<Request>[]>;
  /** Requests no longer pending for the same kind of thing and the same role, the newest first, at most `limit`. */
  requestsLike(wants: Wants, limit: number): Promise<Versioned<Request>[]>;
  /** How many requests there are in each state that any is in. */
  countRequests(): Promise<{ state: Request["state"]; count: number }[]>;
  /** Whether a living request reserves this name, compared without case. */
  nameReserved(name: string): Promise<boolean>;
  /** Keys on record for a person that were not deleted, and their living requests for new ones, counted together. */
  countKeysOf(owner: PersonId): Promise<number>;
  /**
   * Takes up to `limit` requests (claims, keys) that the sweep must look at by now (`requestDueAt`,
   * `claimDueAt`), longest due first, and leases each until `until`: one replica at a time looks,
   * and those that cannot move yet let the others pass.
   */
  leaseRequests(now: Instant, until: Instant, limit: number): Promise<Versioned<Request>[]>;
  leaseClaims(now: Instant, until: Instant, limit: number): Promise<Versioned<Claim>[]>;
  leaseKeys(now: Instant, until: Instant, limit: number): Promise<Versioned<KeyRecord>[]>;
  /** Looks at this one not before `until`; its next commit reckons anew when it is due. */
  postpone(what: { request: RequestId } | { claim: ClaimId } | { key: KeyId }, until: Instant): Promise<void>;

  /**
   * Takes up to `limit` cards that are behind their subject (never posted, or showing an older
   * version) and due, and leases each until `until`, so that one replica at a time draws a card.
   */
  leaseCards(now: Instant, until: Instant, limit: number): Promise<StaleCard[]>;
  /** Records where a card stands and the version that it now shows, and ends the lease; not before `notBefore` is it due again. */
  cardDrawn(
    id: CardId,
    drawn: { place: Place; shows: number; notBefore: Instant; incomplete: boolean },
  ): Promise<void>;
  /** It was not drawn: ends the lease; due again at `notBefore`. `gone`: the message cannot be drawn any more, so never again. */
  cardFailed(id: CardId, failed: { notBefore: Instant } | "gone"): Promise<void>;
  /** Cards of this person that are behind are drawn from this moment on, and not before. */
  cardsWait(person: PersonId, notBefore: Instant): Promise<void>;
  /**
   * These cards are behind: those of undecided requests, on which other people may have to decide now;
   * or those that were drawn `incomplete`, as far as anybody answered then.
   */
  wantCardsRedrawn(which: "pending" | "incomplete"): Promise<void>;
  cardsOf(subject: Card["subject"]): Promise<Card[]>;

  /** Somebody opened their App Home: it is drawn as soon as its pace allows, whatever it shows. */
  homeOpened(person: PersonId, at: Instant): Promise<void>;
  /**
   * Takes up to `limit` Homes opened at or after `openedSince` that may be behind (the trail has
   * grown since, or they were last looked at before `lookedAtBefore`) and are due, and leases each
   * until `until`. `head`: the end of the trail, read before.
   */
  leaseHomes(due: HomesDue): Promise<{ homes: Home[]; head: number }>;
  /** What was just drawn, and ends the leases; not before its `notBefore` is each due again. */
  homesDrawn(drawn: readonly ({ person: PersonId } & Drawn)[]): Promise<void>;
  /** Drawing failed: ends the lease; due again at `notBefore`. */
  homeFailed(person: PersonId, notBefore: Instant): Promise<void>;
  /** The number of the audit trail's last event. */
  auditHead(): Promise<number>;

  /** The shared cache of what Slack said of people and groups, with when it was read. */
  person(id: PersonId): Promise<{ person: Person; readAt: Instant } | undefined>;
  putPerson(person: Person, readAt: Instant): Promise<void>;
  members(slackGroup: string): Promise<{ members: PersonId[]; readAt: Instant } | undefined>;
  putMembers(slackGroup: string, members: readonly PersonId[], readAt: Instant): Promise<void>;
  /** Forgets one person or group, so that the next decision reads it anew (R42). */
  forget(what: { person: PersonId } | { slackGroup: string }): Promise<void>;

  /**
   * Counts a refusal within its person's minute. The minute's first is appended to the trail as
   * `event`, in the same transaction; those after it are only counted.
   */
  tallyRefusal(reason: Refusal["reason"], event: AuditEvent & { actor: PersonId }): Promise<void>;
  /** Ends the tallies begun at or before `before`, each once; what `summary` makes of one goes to the trail with it. */
  closeTallies(before: Instant, summary: (tally: Tally) => AuditEvent | undefined): Promise<void>;

  /** Begins work that is done now and then, if it is due: true for one replica alone; due again at `next`. */
  takeTurn(work: Turn, now: Instant, next: Instant): Promise<boolean>;
  /** Something happened for which this work should not wait. */
  callTurn(work: Turn): Promise<void>;

  /** Requests about a key that there is already, the newest first, at most a hundred. */
  requestsAbout(key: KeyId): Promise<RequestId[]>;
  /** What the trail says of these subjects, the newest first: before the event `before`, at most `limit`. */
  auditOf(subjects: readonly string[], page: { before?: number; limit: number }): Promise<AuditRow[]>;
  /** The trail from `after` on, in order, at most `limit` rows. */
  auditAfter(after: number, limit: number): Promise<AuditRow[]>;
  /** Rows that fit, the latest first: those before a row that was read already, at most `limit`. */
  findAudit(criteria: AuditCriteria, page: { before?: AuditPlace; limit: number }): Promise<AuditRow[]>;
  /** As `auditAfter`, without believing what the rows say; without `after` from whatever comes first. */
  auditStored(after: number | undefined, limit: number): Promise<StoredRow[]>;
  /** The last row that commits have written, as the next one will go on from it; absent only where somebody took it out. */
  auditEnd(): Promise<Head | undefined>;
  close(): Promise<void>;
}

/** Where a row stands among all, by when it happened. */
export type AuditPlace = { at: Instant; seq: number };

/** A card that is behind, and the version that it should show: each commit of its subject moves that on. */
export type StaleCard = { card: Card; wanted: number };

/** What was refused to one person within a minute beyond the first, by reason. */
export type Tally = { person: PersonId; since: Instant; reasons: Record<string, number> };

/** Somebody's App Home; `look`: what was last published looked like, empty when it must be published anew. */
export type Home = { person: PersonId; look: string };
export type HomesDue = {
  now: Instant;
  openedSince: Instant;
  lookedAtBefore: Instant;
  until: Instant;
  limit: number;
};
export type Drawn = { shows: number; look: string; at: Instant; notBefore: Instant };
