import { z } from "zod";
import { Secret } from "../domain/secret.ts";
import { keyId } from "../domain/values.ts";
import type { Role } from "../domain/wants.ts";
import type { ManagedKey, OwnKey } from "../usecases/ports.ts";
import { type ApiKey, apiKey, apiKeyCurrent, type Rights, role as wireRole } from "./wire.ts";

/* What a manager answers, as the inside knows it. */

const keyAnswer = apiKey.extend({ ID: keyId });

export const managedKey = keyAnswer.transform(toManagedKey);
export const managedKeys = z.object({ apiKeys: z.array(managedKey) });
export const createdKey = keyAnswer
  .extend({ secretKey: z.string().min(1) })
  .transform((made) => ({ key: toManagedKey(made), secret: new Secret(made.secretKey) }));
export const ownKey = apiKeyCurrent.extend({ ID: keyId }).transform((own): OwnKey => toManagedKey(own));
export const role = wireRole.transform(toRole);
export const roleList = z.object({ roles: z.array(role) });

function toManagedKey(key: Omit<ApiKey, "ID"> & { ID: ManagedKey["id"] }): ManagedKey {
  return {
    id: key.ID,
    name: key.keyName,
    description: key.description,
    role: key.roleID,
    active: key.active,
    // 0 stands for "no value" (contract 3.4).
    expiresAt: key.expiryDate === 0 ? undefined : key.expiryDate,
    // The manager knows no other language than these two (contract 3.3).
    locale: key.locale === "ja-JP" ? "ja-JP" : "en-US",
    timeZone: key.timeZone,
    createdAt: key.created ?? 0,
    lastUsedAt: key.lastSignIn === 0 ? undefined : key.lastSignIn,
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
