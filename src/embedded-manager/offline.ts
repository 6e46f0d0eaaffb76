import { existsSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "./database.ts";
import { SETTINGS } from "./decisions.ts";
import { keyRecords } from "./key-records.ts";
import { changed } from "./key-change.ts";
import { generatePassword, userRecords } from "./users.ts";

/** What can be done to the data while no manager runs on it, for the locked-out and the forgetful. */
export const OFFLINE = ["unlock-user", "unlock-key", "set-password"] as const;
export type OfflineCommand = (typeof OFFLINE)[number];

/**
 * Carries out a command on a user's name or a key's ID (contract 10.1), and returns the words that
 * tell of it. Throws a sentence where there is no such user or key, or a manager runs on the data.
 */
export async function carryOut(
  data: string,
  command: OfflineCommand,
  subject: string | undefined,
  password: string | undefined,
): Promise<string> {
  if (!existsSync(join(data, "manager.sqlite"))) throw new Error(`There is no manager's data in ${data}.`);
  const database = openDatabase(data);
  try {
    const users = userRecords(database, Date.now);
    if (command === "unlock-key") return unlockKey(keyRecords(database), subject);
    const name = subject ?? SETTINGS.firstUser;
    const user = users.findNamed(name);
    if (user === undefined) throw new Error(`There is no user named "${name}".`);
    if (command === "unlock-user") {
      users.unlock(user.ID);
      return `${user.name} is not locked out any more.`;
    }
    const fresh = password ?? generatePassword();
    await users.setPassword(user.ID, fresh);
    const told = password === undefined ? `, shown only now: ${fresh}` : " that was given.";
    return `${user.name} signs in with the password${told}`;
  } finally {
    database.close();
  }
}

function unlockKey(keys: ReturnType<typeof keyRecords>, id: string | undefined): string {
  if (id === undefined || !/^\d{1,10}$/.test(id)) throw new Error("unlock-key needs the key's ID, a number.");
  const key = keys.find(Number(id));
  if (key === undefined) throw new Error(`There is no key with the ID ${id}.`);
  keys.update(changed(key, { active: true, unsuccessfulSignInAttempts: 0 }));
  return `The key "${key.keyName}" is active again.`;
}
