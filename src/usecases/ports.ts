import type { AuditEvent, AuditRow } from "../domain/audit.ts";
import type { Card, CardId, Place } from "../domain/card.ts";
import type { Claim } from "../domain/claim.ts";
import type { KeyRecord } from "../domain/key.ts";
import type { Lockout } from "../domain/lockout.ts";
import type { Policy } from "../domain/policy.ts";
import type { PersonKind, Refusal } from "../domain/refusal.ts";
import type { Request } from "../domain/request.ts";
import type { Secret } from "../domain/secret.ts";
import type { ClaimId, Instant, KeyId, Locale, LockoutId, PersonId, RequestId } from "../domain/values.ts";
import type { Role } from "../domain/wants.ts";

/*
 * The interfaces that the inside owns. store/, manager/ and slack/ implement them; nothing here
 * imports an implementation. Every method may throw a Fault; expected refusals are values.
 */

/** A stored state with the version that guards its next commit. */
export type Versioned<State> = { readonly version: number; readonly value: State };

/** One row of a commit: inserted where `before` is absent, else updated only if its version still holds. */
export type Change =
  | { row: "request"; before?: Versioned<Request>; next: Request }
  | { row: "claim"; before?: Versioned<Claim>; next: Claim }
  | { row: "key"; before?: Versioned<KeyRecord>; next: KeyRecord }
  | { row: "lockout"; before?: Versioned<Lockout>; next: Lockout }
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
};

/**
 * `stale`: a version or the gate had moved; nothing was written: load and decide again.
 * `exists`: a row to be inserted is there already (a submission delivered twice).
 * `name-taken`: a living request reserves this key name (compared without case).
 */
export type CommitResult = "committed" | "stale" | "exists" | "name-taken";

export interface Store {
  commit(commit: Commit): Promise<CommitResult>;

  request(id: RequestId): Promise<Versioned<Request> | undefined>;
  claim(id: ClaimId): Promise<Versioned<Claim> | undefined>;
  /** The claim that a request opened; there is at most one. */
  claimOf(request: RequestId): Promise<Versioned<Claim> | undefined>;
  key(id: KeyId): Promise<Versioned<KeyRecord> | undefined>;
  /** The newest first, at most `limit`. */
  requestsOf(asker: PersonId, limit: number): Promise<Versioned<Request>[]>;
  /** Requests in state pending, the oldest first, at most `limit`. */
  pendingRequests(limit: number): Promise<Versioned<Request>[]>;
  /** Whether a living request reserves this name, compared without case. */
  nameReserved(name: string): Promise<boolean>;
  /** Keys on record for a person, and their living requests for new ones, counted together. */
  countKeysOf(owner: PersonId): Promise<number>;
  /** Requests and claims that the sweep must look at by now (`requestDueAt`, `claimDueAt`), longest due first. */
  dueRequests(now: Instant, limit: number): Promise<Versioned<Request>[]>;
  dueClaims(now: Instant, limit: number): Promise<Versioned<Claim>[]>;

  /** The gate's version and the lockouts in force, read together. */
  gate(): Promise<{ version: number; lockouts: Lockout[] }>;
  lockout(id: LockoutId): Promise<Versioned<Lockout> | undefined>;

  /**
   * Takes up to `limit` cards that are behind their subject (never posted, or showing an older
   * version) and due, and leases each until `until`, so that one replica at a time draws a card.
   */
  leaseCards(now: Instant, until: Instant, limit: number): Promise<Card[]>;
  /** Records where a card stands and the version that it now shows, and ends the lease; not before `notBefore` is it due again. */
  cardDrawn(id: CardId, drawn: { place: Place; shows: number; notBefore: Instant }): Promise<void>;
  /** Drawing failed: ends the lease; due again at `notBefore`. `gone`: the message cannot be drawn any more, so never again. */
  cardFailed(id: CardId, failed: { notBefore: Instant } | "gone"): Promise<void>;
  cardsOf(subject: Card["subject"]): Promise<Card[]>;

  /** The shared cache of what Slack said of people and groups, with when it was read. */
  person(id: PersonId): Promise<{ person: Person; readAt: Instant } | undefined>;
  putPerson(person: Person, readAt: Instant): Promise<void>;
  members(slackGroup: string): Promise<{ members: PersonId[]; readAt: Instant } | undefined>;
  putMembers(slackGroup: string, members: readonly PersonId[], readAt: Instant): Promise<void>;
  /** Forgets one person or group, so that the next decision reads it anew (R42). */
  forget(what: { person: PersonId } | { slackGroup: string }): Promise<void>;

  /**
   * Counts a refusal within its minute. `first`: nothing of this person was refused in the last
   * minute, so the caller records it as an event; otherwise it was only counted.
   */
  tallyRefusal(person: PersonId, reason: Refusal["reason"], now: Instant): Promise<"first" | "counted">;
  /** Takes the tallies begun at or before `before`, each once: how often what was refused beyond the first. */
  takeTallies(
    before: Instant,
  ): Promise<{ person: PersonId; since: Instant; reasons: Record<string, number> }[]>;

  /** The trail from `after` on, in order, at most `limit` rows. */
  auditAfter(after: number, limit: number): Promise<AuditRow[]>;
  close(): Promise<void>;
}

/** A person as Slack describes them (R41). */
export type Person = {
  id: PersonId;
  kind: PersonKind;
  /** The display name; for greeting, never for deciding. */
  name: string;
  /** IANA name; "UTC" where Slack knows none. */
  timeZone: string;
  locale: Locale;
};

/** Slack's own knowledge of people, read anew at each call; throws `slack-unreachable`. */
export interface Directory {
  readPerson(id: PersonId): Promise<Person | undefined>;
  /** `undefined`: there is no such group, or the plan has no groups (R42). */
  readMembers(slackGroup: string): Promise<PersonId[] | undefined>;
}

/** A key as the manager describes it. */
export type ManagedKey = {
  id: KeyId;
  name: string;
  description: string;
  role: number;
  active: boolean;
  expiresAt: Instant | undefined;
};

export type KeyMaking = {
  name: string;
  description: string;
  role: number;
  locale: Locale;
  timeZone: string;
  active: boolean;
  /** Milliseconds since the epoch; absent: never expires. */
  expiresAt?: Instant;
};

/** The key that this program itself works with. */
export type OwnKey = ManagedKey & { locale: Locale; timeZone: string };

/** What a key may change about itself; what is missing stays as it is (contract 3.2). */
export type OwnKeyChange = { name?: string; description?: string; locale?: Locale; timeZone?: string };

/** The manager, as far as this program uses it (contract 3.2, 4.1). */
export interface Manager {
  /** Base URL ending in `/api`, as people need it to use a key. */
  readonly url: string;
  /** Never retried: an uncertain outcome throws `manager-timeout` or `manager-unreachable`; a taken name `manager-conflict`. */
  createKey(making: KeyMaking): Promise<{ key: ManagedKey; secret: Secret }>;
  /** `undefined`: no such key. */
  describeKey(id: KeyId): Promise<ManagedKey | undefined>;
  /** Sets values; throws `manager-not-found`. A lock sends `unlockTime: 0` with `active: false`. */
  setActive(id: KeyId, active: boolean): Promise<ManagedKey>;
  /** Deleting what is gone already is a success. */
  deleteKey(id: KeyId): Promise<void>;
  /** The key with exactly this name, letter case aside. */
  keyNamed(name: string, options?: { timeout?: number }): Promise<ManagedKey | undefined>;
  /** Keys whose description contains this text, wildcards in it taken literally. */
  keysDescribedWith(text: string): Promise<ManagedKey[]>;
  roles(options?: { timeout?: number }): Promise<Role[]>;
  role(id: number, options?: { timeout?: number }): Promise<Role | undefined>;
  describeCurrent(options?: { timeout?: number }): Promise<OwnKey>;
  /** Sets values; a taken name throws `manager-conflict`. */
  modifyCurrent(change: OwnKeyChange): Promise<OwnKey>;
}

/** What the one message with the secret says. */
export type Showing = {
  to: PersonId;
  claim: ClaimId;
  secret: Secret;
  keyName: string;
  key: KeyId;
  managerUrl: string;
};

/** What the messages of ours are drawn from: everything that a card shows, nothing that it looks like. */
export type CardContent = {
  card: Card;
  request: Versioned<Request>;
  claim: Versioned<Claim> | undefined;
  /** The role as the manager describes it now; absent when it is gone or the manager does not answer. */
  role: Role | undefined;
  /** Slack user groups and people that may decide, by group of the policy. */
  groups: Policy["groups"];
};

/** Where a message of ours stands, or where it shall be posted. */
export interface Messages {
  /** Posts the card, or redraws it where it stands; answers where. Throws `slack-…`. */
  draw(content: CardContent): Promise<Place>;
  /**
   * The one message that carries a secret (R33 to R36): returns once Slack has accepted it.
   * Throws `slack-refused` when it certainly was not shown, `slack-uncertain` when nobody knows.
   */
  showSecret(showing: Showing): Promise<void>;
  /** A short private line to one person, in the bot's own DM with them. */
  tell(person: PersonId, text: PrivateNote): Promise<void>;
}

/** What we tell one person besides cards. */
export type PrivateNote = { kind: "secret-void"; claim: ClaimId; keyName: string };

/** Time; tests move it. */
export type Clock = () => Instant;

/** Randomness for identifiers: twelve characters of Crockford's base 32, 60 bits. */
export type NewId = () => string;

/** The rules in force: the file as read, and its SHA-256. */
export type PolicyInForce = { policy: Policy; hash: string };

/** What a use case needs; built once, in the places that build. */
export type Context = {
  store: Store;
  manager: Manager;
  directory: Directory;
  messages: Messages;
  clock: Clock;
  newId: NewId;
  policy: () => PolicyInForce;
  /** HMAC-SHA-256 over a text under the marker key, 32 hexadecimal characters. */
  seal: (text: string) => string;
  /** Something changed that people look at: draw due cards soon. */
  nudge: () => void;
  log: Log;
};

/** Structured log lines; fields are ids and codes, never a secret or a body. */
export type Log = {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
};
