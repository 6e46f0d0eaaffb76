import { Agent, type Dispatcher } from "undici";
import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import { Secret } from "../domain/secret.ts";
import { keyId } from "../domain/values.ts";
import type { Role } from "../domain/wants.ts";
import type { KeyMaking, ManagedKey, Manager } from "../usecases/ports.ts";
import { type Call, call, type Transport } from "./transport.ts";
import { type ApiKey, apiKey, type Rights, role as wireRole, type SearchCriterion } from "./wire.ts";

export type ManagerClientOptions = {
  /** Ends in /api. */
  url: string;
  /** Of a key that may do what the bot does. */
  secret: Secret;
  /** Milliseconds for one operation, its retries included. */
  timeoutMs: number;
  /** Connections of the caller's own, which he closes; otherwise the client keeps and closes its own. */
  dispatcher?: Dispatcher;
};

const keyAnswer = apiKey.extend({ ID: keyId });
const managedKey = keyAnswer.transform(toManagedKey);
const createdKey = keyAnswer
  .extend({ secretKey: z.string().min(1) })
  .transform((made) => ({ key: toManagedKey(made), secret: new Secret(made.secretKey) }));
const managedKeys = z.object({ apiKeys: z.array(managedKey) });
const role = wireRole.transform(toRole);
const roleList = z.object({ roles: z.array(role) });

const PAGE = 1000;
/** Bytes of one answer; a page of keys has some 500 kB, all keys of a big manager some 40 MB. */
const LARGEST_ANSWER = 64 * 1024 * 1024;

/** The manager over HTTP (contract 3.2, 4.1, 7). Every method may throw a Fault with a `manager-…` code. */
export function managerClient(options: ManagerClientOptions): Manager & { close(): Promise<void> } {
  const url = options.url.replace(/\/+$/, "");
  const dispatcher = options.dispatcher ?? new Agent({ maxResponseSize: LARGEST_ANSWER });
  const transport: Transport = {
    url,
    headers: {
      "api-version": "v1",
      "api-secret-key": options.secret.reveal(),
      "content-type": "application/json",
    },
    dispatcher,
    timeoutMs: options.timeoutMs,
  };

  return {
    url,
    createKey: async (making) =>
      call(transport, {
        method: "POST",
        path: "/apikeys",
        body: toInput(making),
        read: createdKey,
        retries: 0,
      }),
    describeKey: async (id) => maybe(transport, get(`/apikeys/${id}`, managedKey)),
    setActive: async (id, active) =>
      call(transport, {
        method: "POST",
        path: `/apikeys/${id}`,
        // Without the 0, a time set by somebody else would open the key in the middle of an incident.
        body: active ? { active } : { active, unlockTime: 0 },
        read: managedKey,
        retries: 1,
      }),
    deleteKey: async (id) => {
      await maybe(transport, { method: "DELETE", path: `/apikeys/${id}`, read: z.unknown(), retries: 0 });
    },
    keyNamed: async (name, { timeout } = {}) => {
      // Wildcards are on by default, and `ci_bot` would find `ciXbot` (contract 7).
      const byName = { fieldName: "keyName", stringValue: name, stringWildcards: false };
      const found = await search(transport, byName, timeout);
      return found.find((key) => key.name.toLowerCase() === name.toLowerCase());
    },
    keysDescribedWith: async (text) => {
      // Any `%` or `_` in it finds too much, never too little.
      const found = await search(transport, { fieldName: "description", stringValue: `%${text}%` });
      return found.filter((key) => key.description.includes(text));
    },
    roles: async ({ timeout } = {}) => (await call(transport, { ...get("/roles", roleList), timeout })).roles,
    role: async (id) => maybe(transport, get(`/roles/${id}`, role)),
    close: async () => {
      if (options.dispatcher === undefined) await dispatcher.close();
    },
  };
}

function get<Answer>(path: string, read: z.ZodType<Answer>): Call<Answer> {
  return { method: "GET", path, read, retries: 2 };
}

/** What a call answers; undefined where the thing does not exist. */
async function maybe<Answer>(transport: Transport, wanted: Call<Answer>): Promise<Answer | undefined> {
  try {
    return await call(transport, wanted);
  } catch (error) {
    if (error instanceof Fault && error.code === "manager-not-found") return undefined;
    throw error;
  }
}

/** All keys that meet a criterion, page by page along their IDs; there are no cursors (contract 7). */
async function search(
  transport: Transport,
  criterion: SearchCriterion,
  timeout?: number,
): Promise<ManagedKey[]> {
  const found: ManagedKey[] = [];
  for (;;) {
    const after: SearchCriterion = { idTest: "greater-than", idValue: found.at(-1)?.id ?? 0 };
    const { apiKeys } = await call(transport, {
      method: "POST",
      path: "/apikeys/search",
      body: { maxItems: PAGE, searchCriteria: [criterion, after], sortByObjectID: true },
      read: managedKeys,
      retries: 2,
      timeout,
    });
    found.push(...apiKeys);
    if (apiKeys.length < PAGE) return found;
  }
}

function toInput(making: KeyMaking): object {
  return {
    keyName: making.name,
    description: making.description,
    locale: making.locale,
    roleID: making.role,
    timeZone: making.timeZone,
    active: making.active,
    ...(making.expiresAt !== undefined && { expiryDate: making.expiresAt }),
  };
}

function toManagedKey(key: Omit<ApiKey, "ID"> & { ID: ManagedKey["id"] }): ManagedKey {
  return {
    id: key.ID,
    name: key.keyName,
    description: key.description,
    role: key.roleID,
    active: key.active,
    // 0 stands for "no value" (contract 3.4).
    expiresAt: key.expiryDate === 0 ? undefined : key.expiryDate,
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
