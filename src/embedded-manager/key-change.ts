import type { ApiKey, ApiKeyInput } from "../manager/wire.ts";
import { Refused } from "./refused.ts";
import { validName, validText } from "./text-values.ts";

/**
 * A key as it is after a change; members that the change leaves out stay (contract 3.2), 0 takes a
 * time away (3.4). An active key has no `unlockTime`, and a lock that names none has none, so that a
 * time left over from an earlier lock can never open a later one. An unlock resets the counter (10.1).
 */
export function changed<Key extends Omit<ApiKey, "ID">>(key: Key, change: ApiKeyInput): Key {
  const active = change.active ?? key.active;
  const unlockTime = change.unlockTime ?? (key.active ? 0 : key.unlockTime);
  const attempts = change.unsuccessfulSignInAttempts ?? key.unsuccessfulSignInAttempts;
  return {
    ...key,
    keyName: change.keyName ?? key.keyName,
    description: change.description ?? key.description,
    locale: change.locale ?? key.locale,
    roleID: change.roleID ?? key.roleID,
    timeZone: change.timeZone ?? key.timeZone,
    active,
    unlockTime: active ? undefined : momentOrNone(unlockTime),
    unsuccessfulSignInAttempts: active && !key.active ? 0 : attempts,
    expiryDate: momentOrNone(change.expiryDate ?? key.expiryDate),
  };
}

/** Refuses texts and names that no key may have, by the name of their member. */
export function checkValues({ keyName, description, timeZone }: ApiKeyInput): void {
  if (keyName !== undefined && !validName(keyName)) throw new Refused("badValue", "keyName");
  if (description !== undefined && !validText(description)) throw new Refused("badValue", "description");
  if (timeZone !== undefined && !validTimeZone(timeZone)) throw new Refused("badValue", "timeZone");
}

/** Any IANA name or alias; ICU knows the old Java names of the vendor's list too (contract 3.3). */
function validTimeZone(name: string): boolean {
  // ICU would take offsets such as +01:00 as well, which are no names.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name }).format(0);
    return true;
  } catch {
    return false;
  }
}

function momentOrNone(moment: number | undefined): number | undefined {
  return moment === 0 ? undefined : moment;
}
