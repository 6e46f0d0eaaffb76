import type { Dispatcher } from "undici";
import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import { RIGHT } from "../domain/own-rights.ts";
import type { Secret } from "../domain/secret.ts";
import type { Trust } from "../domain/trust.ts";
import type { KeyId } from "../domain/values.ts";
import type { KeyChange, KeyMaking, Looking, ManagedKey, Manager, OwnKeyChange } from "../usecases/ports.ts";
import { createdKey, managedKey, managedKeys, ownKey } from "./answers.ts";
import { RateBudget, type Share } from "./rate-budget.ts";
import { roleCalls } from "./roles.ts";
import { asked, call, get, maybe, type Observed, type Transport } from "./transport.ts";
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
  /** Hears of each call, its retries one by one. */
  observe?: (observed: Observed) => void;
};

export type ManagerClient = Manager & {
  /** How many calls may begin at once. */
  budgetLeft(): Record<Share, number>;
  close(): Promise<void>;
};

/** The manager's own default limit for one key (contract 9). */
export const CALLS_PER_MINUTE = 500;
const PAGE = 1000;
const REFUSALS: ReadonlySet<Observed["result"]> = new Set([
  "manager-refused-credentials",
  "manager-forbidden",
]);

/** The manager over HTTP, as a key (contract 3.2, 4.1, 7). Every method may throw a Fault with a `manager-…` code. */
export function managerClient(options: ManagerClientOptions): ManagerClient {
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
    observe: options.observe,
  };
  return {
    ...managerOver(transport),
    budgetLeft: () => transport.budget.left(),
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
    ...roleCalls(transport),
    createKey: async (making) =>
      call(transport, {
        method: "POST",
        path: "/apikeys",
        body: toInput(making),
        read: createdKey,
        retries: 0,
        right: RIGHT.createKeys,
      }),
    describeKey: async (id, looking = {}) =>
      maybe(transport, get(`/apikeys/${id}`, managedKey, { right: RIGHT.viewKeys, ...looking })),
    setActive: async (id, active) => modifyKey(transport, id, { active }),
    tellActive: async (id, active) => modifyKey(transport, id, { active }),
    modifyKey: async (id, change) => modifyKey(transport, id, change),
    newSecret: async (id) =>
      call(transport, {
        method: "POST",
        path: `/apikeys/${id}/secretkey`,
        read: createdKey,
        retries: 0,
        right: RIGHT.editKeys,
      }),
    keysAfter: async (id, limit, looking = {}) => page(transport, [], id, { limit, looking }),
    deleteKey: async (id) => {
      await maybe(transport, {
        method: "DELETE",
        path: `/apikeys/${id}`,
        read: z.undefined(),
        retries: 0,
        right: RIGHT.deleteKeys,
      });
    },
    keyNamed: async (name, looking = {}) => {
      // Wildcards are on by default, and `ci_bot` would find `ciXbot` (contract 7).
      const byName = { fieldName: "keyName", stringValue: name, stringWildcards: false };
      const found = await search(transport, byName, looking);
      return found.find((key) => key.name.toLowerCase() === name.toLowerCase());
    },
    keysDescribedWith: async (text) => {
      // Any `%` or `_` in it finds too much, never too little.
      const found = await search(transport, { fieldName: "description", stringValue: `%${text}%` });
      return found.filter((key) => key.description.includes(text));
    },
  };
}

/** The caller's own key; a session has none (contract 2.4). */
function currentKey(
  transport: Transport,
): Pick<Manager, "describeCurrent" | "ownId" | "modifyCurrent" | "keyOpenedBy"> {
  const path = "/apikeys/current";
  const right = RIGHT.viewKeys;
  let ownId: KeyId | undefined;
  const describeCurrent: Manager["describeCurrent"] = async (looking = {}) => {
    const own = await call(transport, get(path, ownKey, { right, ...looking }));
    ownId = own.id;
    return own;
  };
  return {
    describeCurrent,
    ownId: async (looking) => ownId ?? (await describeCurrent(looking)).id,
    keyOpenedBy: async (secret, { timeout } = {}) => {
      const headers = { ...transport.headers, "api-secret-key": secret.reveal() };
      // That a secret of somebody else's is refused is an answer: only our own is worth a page.
      const observe = (seen: Observed): void =>
        transport.observe?.(REFUSALS.has(seen.result) ? { ...seen, result: "ok" } : seen);
      try {
        const wanted = { ...get(path, ownKey, { right, timeout }), retries: 0 as const };
        return await call({ ...transport, headers, observe }, wanted);
      } catch (error) {
        if (error instanceof Fault && error.code === "manager-refused-credentials") return undefined;
        throw error;
      }
    },
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

/** All keys that meet a criterion, page by page along their IDs; there are no cursors (contract 7). */
async function search(
  transport: Transport,
  criterion: SearchCriterion,
  looking: Looking = {},
): Promise<ManagedKey[]> {
  const found: ManagedKey[] = [];
  for (;;) {
    const keys = await page(transport, [criterion], found.at(-1)?.id ?? 0, { limit: PAGE, looking });
    found.push(...keys);
    if (keys.length < PAGE) return found;
  }
}

async function page(
  transport: Transport,
  criteria: readonly SearchCriterion[],
  id: number,
  { limit, looking }: { limit: number; looking: Looking },
): Promise<ManagedKey[]> {
  const after: SearchCriterion = { idTest: "greater-than", idValue: id };
  const { apiKeys } = await call(transport, {
    method: "POST",
    path: "/apikeys/search",
    body: { maxItems: limit, searchCriteria: [...criteria, after], sortByObjectID: true },
    read: managedKeys.refine((answer) => leadsOn(answer.apiKeys, id, limit), { path: ["apiKeys"] }),
    retries: 2,
    right: RIGHT.viewKeys,
    ...asked(looking),
  });
  return apiKeys;
}

/**
 * Whether the next page can be asked for behind the last key of this one. Pages of a manager that begins
 * anew with each would have no end, and behind one that is not in the order of IDs keys would be missed.
 */
function leadsOn(keys: readonly ManagedKey[], after: number, limit: number): boolean {
  const last = keys.at(-1)?.id ?? after;
  return keys.length < limit || (last > after && keys.every(({ id }) => id <= last));
}

async function modifyKey(transport: Transport, id: KeyId, change: KeyChange): Promise<ManagedKey> {
  const { active } = change;
  return call(transport, {
    method: "POST",
    path: `/apikeys/${id}`,
    body: toChange(change),
    read: managedKey,
    retries: 1,
    right: RIGHT.editKeys,
    ...(active === undefined ? {} : { purpose: active ? "unlock" : "lock" }),
  });
}

function toChange({ name, role, expiresAt, ...rest }: KeyChange): object {
  return {
    ...rest,
    // Without the 0, a time set by somebody else would open the key in the middle of an incident.
    ...(rest.active === false && { unlockTime: 0 }),
    ...(name !== undefined && { keyName: name }),
    ...(role !== undefined && { roleID: role }),
    // 0 clears it (contract 3.4).
    ...(expiresAt !== undefined && { expiryDate: expiresAt ?? 0 }),
  };
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
