import type { Dispatcher } from "undici";
import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import { RIGHT } from "../domain/own-rights.ts";
import type { Secret } from "../domain/secret.ts";
import type { Trust } from "../domain/trust.ts";
import type { KeyMaking, ManagedKey, Manager, OwnKeyChange } from "../usecases/ports.ts";
import { createdKey, managedKey, managedKeys, ownKey, role, roleList } from "./answers.ts";
import { RateBudget } from "./rate-budget.ts";
import { type Call, call, type Transport } from "./transport.ts";
import { connectionsTo } from "./trust.ts";
import type { SearchCriterion } from "./wire.ts";

export type ManagerClientOptions = {
  /** Ends in /api. */
  url: string;
  /** Of a key that may do what the bot does. */
  secret: Secret;
  /** Milliseconds for one operation, its retries included. */
  timeoutMs: number;
  /** Which certificate the manager may show; one of the system's authorities unless said otherwise. */
  trust?: Trust;
  /** Calls in any 60 s; the manager's own default for one key unless said otherwise (contract 9). */
  callsPerMinute?: number;
  /** Connections of the caller's own, which he closes; otherwise the client keeps and closes its own. */
  dispatcher?: Dispatcher;
};

/** The manager's own default limit for one key (contract 9). */
export const CALLS_PER_MINUTE = 500;
const PAGE = 1000;

/** The manager over HTTP, as a key (contract 3.2, 4.1, 7). Every method may throw a Fault with a `manager-…` code. */
export function managerClient(options: ManagerClientOptions): Manager & { close(): Promise<void> } {
  const { trust = { kind: "system" }, callsPerMinute = CALLS_PER_MINUTE } = options;
  const dispatcher = options.dispatcher ?? connectionsTo(trust);
  const transport: Transport = {
    url: options.url.replace(/\/+$/, ""),
    headers: {
      "api-version": "v1",
      "api-secret-key": options.secret.reveal(),
      "content-type": "application/json",
    },
    dispatcher,
    budget: new RateBudget(callsPerMinute),
    timeoutMs: options.timeoutMs,
  };
  return {
    ...managerOver(transport),
    close: async () => {
      if (options.dispatcher === undefined) await dispatcher.close();
    },
  };
}

/** The manager as whoever the transport's headers say. */
export function managerOver(transport: Transport): Manager {
  return {
    url: transport.url,
    ...currentKey(transport),
    createKey: async (making) =>
      call(transport, {
        method: "POST",
        path: "/apikeys",
        body: toInput(making),
        read: createdKey,
        retries: 0,
        right: RIGHT.createKeys,
      }),
    describeKey: async (id) => maybe(transport, get(`/apikeys/${id}`, managedKey, RIGHT.viewKeys)),
    setActive: async (id, active) =>
      call(transport, {
        method: "POST",
        path: `/apikeys/${id}`,
        // Without the 0, a time set by somebody else would open the key in the middle of an incident.
        body: active ? { active } : { active, unlockTime: 0 },
        read: managedKey,
        retries: 1,
        right: RIGHT.editKeys,
        share: active ? "unlock" : "lock",
      }),
    deleteKey: async (id) => {
      await maybe(transport, {
        method: "DELETE",
        path: `/apikeys/${id}`,
        read: z.unknown(),
        retries: 0,
        right: RIGHT.deleteKeys,
      });
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
    roles: async ({ timeout } = {}) =>
      (await call(transport, { ...get("/roles", roleList, RIGHT.viewRoles), timeout })).roles,
    role: async (id, { timeout } = {}) =>
      maybe(transport, { ...get(`/roles/${id}`, role, RIGHT.viewRoles), timeout }),
  };
}

/** The caller's own key; a session has none (contract 2.4). */
function currentKey(transport: Transport): Pick<Manager, "describeCurrent" | "modifyCurrent"> {
  const path = "/apikeys/current";
  return {
    describeCurrent: async ({ timeout } = {}) =>
      call(transport, { ...get(path, ownKey, RIGHT.viewKeys), timeout }),
    modifyCurrent: async (change) =>
      call(transport, {
        method: "POST",
        path,
        body: toOwnInput(change),
        read: ownKey,
        retries: 1,
        right: RIGHT.editKeys,
      }),
  };
}

function get<Answer>(path: string, read: z.ZodType<Answer>, right: string): Call<Answer> {
  return { method: "GET", path, read, retries: 2, right };
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
      right: RIGHT.viewKeys,
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

function toOwnInput({ name, ...rest }: OwnKeyChange): object {
  return { ...(name !== undefined && { keyName: name }), ...rest };
}
