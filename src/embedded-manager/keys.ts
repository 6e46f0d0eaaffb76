import type { FastifyRequest } from "fastify";
import { z } from "zod";
import {
  apiKey,
  type ApiKey,
  apiKeyInput,
  type ApiKeyInput,
  type Role,
  searchFilter,
} from "../manager/wire.ts";
import type { Caller } from "./authentication.ts";
import { type RefusalName, SETTINGS } from "./decisions.ts";
import { exceeds, limitedToEquals } from "./escalation.ts";
import { callerOf, jsonBody, type Operation, pathID, readAs, requireRight, type Route } from "./exchange.ts";
import { changed, checkValues } from "./key-change.ts";
import { KEY_FIELDS, type KeyRecords } from "./key-records.ts";
import { Refused } from "./refused.ts";
import type { RoleRecords } from "./role-records.ts";
import { compileSearch } from "./search.ts";

export type KeyRegister = { keys: KeyRecords; roles: RoleRecords; now: () => number };

/** A key as it is answered: with its secret only where that was made just now (contract 10.6). */
const keyAnswered = apiKey.omit({ secretKey: true });
export const freshKeyAnswered = apiKey.extend({ secretKey: z.string() });
const listAnswered = z.object({ apiKeys: z.array(keyAnswered) });

/** The operations on keys by ID (contract 3.2); bodies are read before rights are asked (2.3). */
export function keyRoutes(register: KeyRegister): Route[] {
  return [
    { path: "/apikeys", methods: { GET: listKeys(register), POST: createKey(register) } },
    { path: "/apikeys/search", methods: { POST: searchKeys(register) } },
    {
      path: String.raw`/apikeys/:ID(^\d+$)`,
      methods: { GET: describeKey(register), POST: modifyKey(register), DELETE: deleteKey(register) },
    },
    { path: String.raw`/apikeys/:ID(^\d+$)/secretkey`, methods: { POST: replaceSecret(register) } },
  ];
}

function listKeys({ keys }: KeyRegister): Operation {
  return {
    operationId: "listApiKeys",
    answer: listAnswered,
    handle: (request) => {
      requireRight(request, "apikeyRights.canViewApiKeys", "viewKeys");
      return { apiKeys: keys.list().map((key) => answerKey(key)) };
    },
  };
}

function searchKeys({ keys }: KeyRegister): Operation {
  return {
    operationId: "searchApiKeys",
    body: searchFilter,
    answer: listAnswered,
    handle: (request) => {
      const body = jsonBody(request);
      requireRight(request, "apikeyRights.canViewApiKeys", "viewKeys");
      const found = keys.search(compileSearch(body, KEY_FIELDS, "keys.id"));
      return { apiKeys: found.map((key) => answerKey(key)) };
    },
  };
}

function describeKey(register: KeyRegister): Operation {
  return {
    operationId: "describeApiKey",
    answer: keyAnswered,
    handle: (request) => {
      requireRight(request, "apikeyRights.canViewApiKeys", "viewKeys");
      return answerKey(existing(register, request));
    },
  };
}

function createKey(register: KeyRegister): Operation {
  return {
    operationId: "createApiKey",
    body: apiKeyInput,
    answer: freshKeyAnswered,
    handle: (request) => {
      const body = jsonBody(request);
      requireRight(request, "apikeyRights.canCreateNewApiKeys", "createKeys");
      const input = readAs(apiKeyInput, body);
      const caller = callerOf(request);
      const fresh = newKey(input, caller, register.now());
      const role = checkChange(register, input, 0);
      withinCaller(caller, role, "createKeys");
      const { key, secret } = register.keys.create(changed(fresh, input));
      return answerKey(key, secret);
    },
  };
}

function modifyKey(register: KeyRegister): Operation {
  return {
    operationId: "modifyApiKey",
    body: apiKeyInput,
    answer: keyAnswered,
    handle: (request) => {
      const body = jsonBody(request);
      requireRight(request, "apikeyRights.canEditApiKeyProperties", "modifyKeys");
      const key = existing(register, request);
      const change = readAs(apiKeyInput, body);
      const role = checkChange(register, change, key.ID);
      withinCaller(callerOf(request), register.roles.find(key.roleID), "modifyKeys");
      withinCaller(callerOf(request), role, "modifyKeys");
      const next = changed(key, change);
      register.keys.update(next);
      return answerKey(next);
    },
  };
}

function deleteKey(register: KeyRegister): Operation {
  return {
    operationId: "deleteApiKey",
    handle: (request, reply) => {
      requireRight(request, "apikeyRights.canDeleteApiKeys", "deleteKeys");
      const key = existing(register, request);
      withinCaller(callerOf(request), register.roles.find(key.roleID), "deleteKeys");
      register.keys.remove(key.ID);
      return reply.send();
    },
  };
}

/** Clients send nothing, {}, a key or null here: the body is not even read (contract 11.2). */
function replaceSecret(register: KeyRegister): Operation {
  return {
    operationId: "replaceApiSecretKey",
    answer: freshKeyAnswered,
    handle: (request) => {
      requireRight(request, "apikeyRights.canEditApiKeyProperties", "newSecrets");
      const key = existing(register, request);
      withinCaller(callerOf(request), register.roles.find(key.roleID), "newSecrets");
      return withNewSecret(register, key.ID);
    },
  };
}

function newKey({ keyName, roleID, expiryDate }: ApiKeyInput, caller: Caller, created: number) {
  if (keyName === undefined) throw new Refused("memberMissing", "keyName");
  if (roleID === undefined) throw new Refused("memberMissing", "roleID");
  if (expiryDate && expiryDate <= created) throw new Refused("expiryInThePast");
  return {
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
}

/** Refuses what no key may become; returns the role that it would get, if it gets one. */
export function checkChange({ keys, roles }: KeyRegister, input: ApiKeyInput, id: number): Role | undefined {
  checkValues(input);
  const role = input.roleID === undefined ? undefined : roles.find(input.roleID);
  if (input.roleID !== undefined && role === undefined) throw new Refused("unknownRole");
  if (input.keyName !== undefined && keys.nameTaken(input.keyName, id)) throw new Refused("duplicateName");
  return role;
}

/** Who is limited to equals reaches no key whose role exceeds their own, by any call (contract 2.4). */
function withinCaller(caller: Caller, role: Role | undefined, refusal: RefusalName): void {
  if (role && limitedToEquals(caller.role) && exceeds(role, caller.role)) throw new Refused(refusal);
}

export function withNewSecret({ keys, now }: KeyRegister, id: number) {
  const secret = keys.replaceSecret(id, now());
  const key = keys.find(id);
  if (key === undefined) throw new Refused("keyMissing");
  return answerKey(key, secret);
}

function existing({ keys }: KeyRegister, request: FastifyRequest): ApiKey {
  const key = keys.find(pathID(request));
  if (key === undefined) throw new Refused("keyMissing");
  return key;
}

/** In the order of real answers; members without a value, the secret among them, are left out (1, 10.6). */
export function answerKey({ serviceAccount, ID, ...key }: ApiKey, secretKey?: string) {
  return { ...key, secretKey, serviceAccount, ID };
}
