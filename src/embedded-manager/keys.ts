import type { FastifyRequest } from "fastify";
import { type ApiKey, type ApiKeyInput, apiKeyInput } from "../manager/wire.ts";
import type { Caller } from "./authentication.ts";
import { type RefusalName, SETTINGS } from "./decisions.ts";
import { callerOf, jsonBody, pathID, readAs, type Route } from "./exchange.ts";
import { changed, checkValues } from "./key-change.ts";
import { KEY_FIELDS, type KeyRecords } from "./key-records.ts";
import { Refused } from "./refused.ts";
import { holds } from "./rights.ts";
import type { RoleRecords } from "./roles.ts";
import { compileSearch } from "./search.ts";

type Register = { keys: KeyRecords; roles: RoleRecords; tenantGUID: string; now: () => number };
type KeyCaller = Extract<Caller, { kind: "key" }>;

/** The ten operations on API keys (contract 3.2); bodies are read before rights are asked (2.3). */
export function keyRoutes(register: Register): Route[] {
  const { keys } = register;
  return [
    {
      path: "/apikeys",
      methods: {
        GET: (request) => {
          requireRight(request, "canViewApiKeys", "viewKeys");
          return { apiKeys: keys.list().map((key) => answer(key)) };
        },
        POST: (request) => createKey(register, request),
      },
    },
    {
      path: "/apikeys/search",
      methods: {
        POST: (request) => {
          const body = jsonBody(request);
          requireRight(request, "canViewApiKeys", "viewKeys");
          const found = keys.search(compileSearch(body, KEY_FIELDS, "keys.id"));
          return { apiKeys: found.map((key) => answer(key)) };
        },
      },
    },
    {
      path: String.raw`/apikeys/:ID(^\d+$)`,
      methods: {
        GET: (request) => {
          requireRight(request, "canViewApiKeys", "viewKeys");
          return answer(existing(register, request));
        },
        POST: (request) => {
          const body = jsonBody(request);
          requireRight(request, "canEditApiKeyProperties", "modifyKeys");
          const key = existing(register, request);
          return answer(modifyKey(register, key, readAs(apiKeyInput, body)));
        },
        DELETE: (request, reply) => {
          requireRight(request, "canDeleteApiKeys", "deleteKeys");
          keys.remove(existing(register, request).ID);
          return reply.send();
        },
      },
    },
    {
      path: String.raw`/apikeys/:ID(^\d+$)/secretkey`,
      methods: {
        // Clients send nothing, {}, a key or null here: the body is not even read (contract 11.2).
        POST: (request) => {
          requireRight(request, "canEditApiKeyProperties", "newSecrets");
          return withNewSecret(register, existing(register, request).ID);
        },
      },
    },
    ...currentRoutes(register),
  ];
}

/** The caller's own key, open to any live key whatever its rights; a session has none (contract 2.4). */
function currentRoutes(register: Register): Route[] {
  return [
    {
      path: "/apikeys/current",
      methods: {
        GET: (request) => answerCurrent(register, requireKey(request)),
        POST: (request) => {
          const body = jsonBody(request);
          const caller = requireKey(request);
          const change = readAs(apiKeyInput, body);
          refuseBeyondOwn(caller.key, change);
          const { keyName, description, locale, timeZone } = change;
          const key = modifyKey(register, caller.key, { keyName, description, locale, timeZone });
          return answerCurrent(register, { ...caller, key });
        },
      },
    },
    {
      path: "/apikeys/current/secretkey",
      methods: { POST: (request) => withNewSecret(register, requireKey(request).key.ID) },
    },
  ];
}

function createKey(register: Register, request: FastifyRequest) {
  const body = jsonBody(request);
  requireRight(request, "canCreateNewApiKeys", "createKeys");
  const input = readAs(apiKeyInput, body);
  const { keyName, roleID } = input;
  if (keyName === undefined) throw new Refused("memberMissing", "keyName");
  if (roleID === undefined) throw new Refused("memberMissing", "roleID");
  const created = register.now();
  if (input.expiryDate && input.expiryDate <= created) throw new Refused("expiryInThePast");
  const caller = callerOf(request);
  const fresh = {
    keyName,
    description: "",
    locale: SETTINGS.locale,
    roleID,
    timeZone: caller.kind === "key" ? caller.key.timeZone : caller.user.timeZone,
    active: true,
    created,
    unsuccessfulSignInAttempts: 0,
    serviceAccount: false,
  };
  check(register, input, 0);
  const { key, secret } = register.keys.create(changed(fresh, input));
  return answer(key, secret);
}

function modifyKey(register: Register, key: ApiKey, change: ApiKeyInput): ApiKey {
  check(register, change, key.ID);
  const next = changed(key, change);
  register.keys.update(next);
  return next;
}

function check({ keys, roles }: Register, input: ApiKeyInput, id: number): void {
  checkValues(input);
  if (input.roleID !== undefined && !roles.find(input.roleID)) throw new Refused("unknownRole");
  if (input.keyName !== undefined && keys.nameTaken(input.keyName, id)) throw new Refused("duplicateName");
}

/** What a key may not change about itself is refused, unless it asks for what is so already. */
function refuseBeyondOwn(key: ApiKey, { roleID, active, expiryDate }: ApiKeyInput): void {
  if (
    (roleID !== undefined && roleID !== key.roleID) ||
    (active !== undefined && active !== key.active) ||
    (expiryDate !== undefined && expiryDate !== (key.expiryDate ?? 0))
  )
    throw new Refused("modifyKeys");
}

function withNewSecret({ keys }: Register, id: number) {
  const secret = keys.replaceSecret(id);
  const key = keys.find(id);
  if (key === undefined) throw new Refused("keyMissing");
  return answer(key, secret);
}

function existing({ keys }: Register, request: FastifyRequest): ApiKey {
  const key = keys.find(pathID(request));
  if (key === undefined) throw new Refused("keyMissing");
  return key;
}

function requireRight(request: FastifyRequest, right: string, refusal: RefusalName): void {
  if (!holds(callerOf(request).role, `platformRights.apikeyRights.${right}`)) throw new Refused(refusal);
}

function requireKey(request: FastifyRequest): KeyCaller {
  const caller = callerOf(request);
  if (caller.kind !== "key") throw new Refused("notAKey");
  return caller;
}

/** In the order of real answers; members without a value, the secret among them, are left out (1, 10.6). */
function answer({ serviceAccount, ID, ...key }: ApiKey, secretKey?: string) {
  return { ...key, secretKey, serviceAccount, ID };
}

function answerCurrent({ tenantGUID }: Register, { key, role }: KeyCaller) {
  const { ID, ...rest } = answer(key);
  return { ...rest, roleURN: role.urn, tenantID: 0, tenantGUID, ID };
}
