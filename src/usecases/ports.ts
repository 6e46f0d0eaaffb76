import type { CardContent } from "./card-content.ts";
import type { Head } from "../domain/audit.ts";
import type { Place } from "../domain/card.ts";
import type { DueMember } from "../domain/key.ts";
import type { Policy } from "../domain/policy.ts";
import type { PersonKind } from "../domain/refusal.ts";
import type { Secret } from "../domain/secret.ts";
import type { ClaimId, Instant, KeyId, Locale, PersonId } from "../domain/values.ts";
import type { Role, RoleDraft } from "../domain/wants.ts";
import type { HomeContent } from "./home.ts";
import type { Store } from "./store-port.ts";

/*
 * The interfaces that the inside owns. store/, manager/ and slack/ implement them; nothing here
 * imports an implementation. Every method may throw a Fault; expected refusals are values.
 */

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
  locale: Locale;
  timeZone: string;
  createdAt: Instant;
  lastUsedAt: Instant | undefined;
  /** Wrong secrets since the last right one. */
  failures: number;
};

/** Values to set on a key; `expiresAt: null` clears the expiry (contract 3.4). A lock sends `unlockTime: 0` too. */
export type KeyChange = {
  name?: string;
  description?: string;
  role?: number;
  locale?: Locale;
  timeZone?: string;
  active?: boolean;
  expiresAt?: Instant | null;
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
export type OwnKey = ManagedKey;

/** What a key may change about itself; what is missing stays as it is (contract 3.2). */
export type OwnKeyChange = { name?: string; description?: string; locale?: Locale; timeZone?: string };

/**
 * `stopping`: somebody looks at keys to stop them, as they may. No limit of ours on look-ups holds that
 * up, and where the ordinary calls are used up it has a part of those that are kept for locking.
 * `timeout`: milliseconds, where it is not the manager's own.
 */
export type Looking = { stopping?: boolean; timeout?: number | undefined };

/** The manager, as far as this program uses it (contract 3.2, 4.1). */
export interface Manager {
  /** Base URL ending in `/api`, as people need it to use a key. */
  readonly url: string;
  /** Never retried: an uncertain outcome throws `manager-timeout` or `manager-unreachable`; a taken name `manager-conflict`. */
  createKey(making: KeyMaking): Promise<{ key: ManagedKey; secret: Secret }>;
  /** `undefined`: no such key. */
  describeKey(id: KeyId, options?: Looking): Promise<ManagedKey | undefined>;
  /** Sets values; throws `manager-not-found`. A lock sends `unlockTime: 0` with `active: false`. */
  setActive(id: KeyId, active: boolean): Promise<ManagedKey>;
  /** As `setActive`, for many keys: who calls notes the answers in the inventory, many at once. */
  tellActive(id: KeyId, active: boolean): Promise<ManagedKey>;
  /** Sets values, and may be repeated; throws `manager-not-found`, `manager-conflict` for a taken name. */
  modifyKey(id: KeyId, change: KeyChange): Promise<ManagedKey>;
  /** The old secret is dead from here on. Never retried; throws `manager-not-found`. */
  newSecret(id: KeyId): Promise<{ key: ManagedKey; secret: Secret }>;
  /** Up to `limit` keys with a higher ID, in order of ID: the way through all keys (contract 7). */
  keysAfter(id: number, limit: number, options?: Looking): Promise<ManagedKey[]>;
  /** Deleting what is gone already is a success. */
  deleteKey(id: KeyId): Promise<void>;
  /** The key with exactly this name, letter case aside. */
  keyNamed(name: string, options?: Looking): Promise<ManagedKey | undefined>;
  /** Keys whose description contains this text, wildcards in it taken literally. */
  keysDescribedWith(text: string): Promise<ManagedKey[]>;
  roles(options?: Looking): Promise<Role[]>;
  /** `noOlderThan`: milliseconds, for showing it only; whatever is decided reads it anew. */
  role(id: number, options?: { timeout?: number; noOlderThan?: number }): Promise<Role | undefined>;
  createRole(draft: RoleDraft): Promise<Role>;
  modifyRole(id: number, draft: RoleDraft): Promise<Role>;
  /** Throws `manager-rejected` while keys have it. Deleting what is gone already is a success. */
  deleteRole(id: number): Promise<void>;
  describeCurrent(options?: Looking): Promise<OwnKey>;
  /** The ID of our own key, which stays what it is: the manager is asked until it has said so once. */
  ownId(options?: Looking): Promise<KeyId>;
  /** The key that a secret of somebody else's opens, by one call with it; `undefined`: it opens none now. */
  keyOpenedBy(secret: Secret, options?: { timeout?: number }): Promise<ManagedKey | undefined>;
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

/** What we say in Slack of our own accord. */
export interface Messages {
  /** Posts the card, or redraws it where it stands; answers where. Throws `slack-…`. */
  draw(content: CardContent): Promise<Place>;
  /**
   * The one message that carries a secret (R33 to R36): returns once Slack has accepted it.
   * Throws `slack-refused` when it certainly was not shown, `slack-uncertain` when nobody knows.
   */
  showSecret(showing: Showing): Promise<void>;
  /**
   * Publishes somebody's App Home (R22, R39), unless it would look as it did before; answers how it
   * looks, in a few characters. When it was made does not count. Throws `slack-…`.
   */
  publishHome(content: HomeContent, lookBefore: string): Promise<string>;
  /** The trail's head, for good: a message that is never changed or posted again. Throws `slack-…`. */
  postHead(channel: string, posting: HeadPosting): Promise<Place>;
  /** A short private line to one person, in the bot's own DM with them. */
  tell(person: PersonId, text: PrivateNote): Promise<void>;
}

/** Where the trail ends; `events`: how many there are since the head that was posted before, `since` then. */
export type HeadPosting = { head: Head; events: number; since: Instant | undefined };

/** What we tell one person besides cards. */
export type PrivateNote =
  | { kind: "secret-void"; claim: ClaimId; keyName: string }
  /** A new name that the manager will not have; the key keeps its own. */
  | { kind: "name-taken"; keyName: string; wanted: string }
  /** A change that the manager refuses as it stands; the key keeps what it has. */
  | { kind: "refused"; keyName: string; member: DueMember };

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
  correlate: Correlate;
  log: Log;
};

/** Runs something with an id of its own in each of its log lines; `about`: the ids of what it is for, there too. */
export type Correlate = <Result>(
  about: Readonly<Record<string, string>>,
  run: () => Promise<Result>,
) => Promise<Result>;

/**
 * Structured log lines; fields are ids and codes, never a secret or a body. What comes by the thousand
 * and changes nothing is for `debug`.
 */
export type Log = {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
};
