import type { Departure } from "../domain/departure.ts";
import type { KeyRecord } from "../domain/key.ts";
import type { Reminder } from "../domain/reminder.ts";
import type { Instant, KeyId, PersonId } from "../domain/values.ts";
import type { ListedKey } from "./inventory-port.ts";
import type { Versioned } from "./store-port.ts";

/** What keeps keys from being forgotten: which to look at when, who was reminded, which owners left. */
export interface Upkeep {
  /**
   * Takes up to `limit` keys of the inventory that have to be looked at by now, longest due first, and
   * leases each until `until`. A key that is new or has changed has to be looked at at once.
   */
  leaseWatched(
    now: Instant,
    until: Instant,
    limit: number,
  ): Promise<{ key: ListedKey; record: KeyRecord | undefined }[]>;
  /**
   * Looks at these again at `next`, unless they have changed since they were leased until `lease`.
   * Without `next`, not before they change: they have expired, and their reminders' cards are behind.
   */
  looked(keys: readonly { key: KeyId; next: Instant | undefined }[], lease: Instant): Promise<void>;
  /** Every key has to be looked at: other reminders may be wanted now. */
  watchAnew(): Promise<void>;
  reminder(id: string): Promise<Reminder | undefined>;
  remindersOf(key: KeyId): Promise<Reminder[]>;

  /** Takes up to `limit` owners of keys who have to be looked at by now, and leases each until `until`. */
  leaseOwners(now: Instant, until: Instant, limit: number): Promise<PersonId[]>;
  ownerLooked(person: PersonId, next: Instant): Promise<void>;
  /**
   * Slack says that something of this person has changed: an owner who was deactivated, or one who
   * has departed and may be back, is looked at at once.
   */
  personChanged(person: PersonId, deactivated: boolean): Promise<void>;
  departure(id: string): Promise<Versioned<Departure> | undefined>;
  /** Somebody's last one. */
  departureOf(person: PersonId): Promise<Versioned<Departure> | undefined>;
}
