import { z } from "zod";
import { Secret } from "../domain/secret.ts";
import { keyId, NO_ROLE, roleId } from "../domain/values.ts";
import type { Role } from "../domain/wants.ts";
import type { ManagedKey, OwnKey } from "../usecases/ports.ts";
import { apiKey, apiKeyCurrent, LAST_MOMENT, type Rights, role as wireRole } from "./wire.ts";

/*
 * What a manager answers, as the inside knows it. A number that says nothing here is read as no value,
 * and is no fault: for one odd key, a page of keys would not be read, and a lockout would lock none.
 */

/** Milliseconds since the epoch. 0 stands for "no value" (contract 3.4), and so does what no date can hold. */
const moment = z
  .number()
  .nullable()
  .transform((at) => (at !== null && at >= 1 && at <= LAST_MOMENT ? Math.trunc(at) : undefined))
  .optional();
const keyRole = z
  .number()
  .nullish()
  .transform((id) => roleId.safeParse(id).data ?? NO_ROLE);
const count = z
  .int()
  .nullish()
  .transform((times) => times ?? 0);

const lenient = {
  ID: keyId,
  roleID: keyRole,
  created: moment,
  lastSignIn: moment,
  unlockTime: moment,
  expiryDate: moment,
  unsuccessfulSignInAttempts: count,
};
const keyAnswer = apiKey.extend(lenient);

export const managedKey = keyAnswer.transform(toManagedKey);
export const managedKeys = z.object({ apiKeys: z.array(managedKey) });
export const createdKey = keyAnswer
  .extend({ secretKey: z.string().min(1) })
  .transform((made) => ({ key: toManagedKey(made), secret: new Secret(made.secretKey) }));
export const ownKey = apiKeyCurrent.extend(lenient).transform((own): OwnKey => toManagedKey(own));
export const role = wireRole.transform(toRole);
export const roleList = z.object({ roles: z.array(role) });

function toManagedKey(key: Omit<z.infer<typeof keyAnswer>, "secretKey">): ManagedKey {
  return {
    id: key.ID,
    name: key.keyName,
    description: key.description,
    role: key.roleID,
    active: key.active,
    expiresAt: key.expiryDate,
    // The manager knows no other language than these two (contract 3.3).
    locale: key.locale === "ja-JP" ? "ja-JP" : "en-US",
    timeZone: key.timeZone,
    createdAt: key.created ?? 0,
    lastUsedAt: key.lastSignIn,
    failures: key.unsuccessfulSignInAttempts,
  };
}

function toRole(found: z.infer<typeof wireRole>): Role {
  return {
    id: found.ID,
    name: found.name,
    description: found.description,
    rights: granted(found.rights).sort(),
    allComputers: found.allComputers,
    allPolicies: found.allPolicies,
    allowUserInterface: found.allowUserInterface,
    allowWebService: found.allowWebService,
    onlyEqualOrLesserUsers: found.canOnlyManipulateUsersWithEqualOrLesserRights,
    computerIds: found.computerIDs ?? [],
    computerGroupIds: found.computerGroupIDs ?? [],
    policyIds: found.policyIDs ?? [],
    immutable: found.immutable,
  };
}

/** The paths of the leaves that are true. */
function granted(rights: Rights, prefix = ""): string[] {
  return Object.entries(rights).flatMap(([member, value]) =>
    typeof value === "boolean" ? (value ? [prefix + member] : []) : granted(value, `${prefix}${member}.`),
  );
}
