import type { FastifyRequest } from "fastify";
import { type ApiKey, apiKeyCurrent, apiKeyInput, type ApiKeyInput } from "../manager/wire.ts";
import type { Caller } from "./authentication.ts";
import { callerOf, jsonBody, type Operation, readAs, type Route } from "./exchange.ts";
import { changed } from "./key-change.ts";
import { answerKey, checkChange, freshKeyAnswered, type KeyRegister, withNewSecret } from "./keys.ts";
import { Refused } from "./refused.ts";

type KeyCaller = Extract<Caller, { kind: "key" }>;

const answered = apiKeyCurrent.omit({ secretKey: true });

/** The caller's own key, open to any live key whatever its rights; a session has none (contract 2.4, 3.2). */
export function currentKeyRoutes(register: KeyRegister, tenantGUID: string): Route[] {
  return [
    {
      path: "/apikeys/current",
      methods: { GET: describeCurrent(tenantGUID), POST: modifyCurrent(register, tenantGUID) },
    },
    { path: "/apikeys/current/secretkey", methods: { POST: replaceCurrentSecret(register) } },
  ];
}

function describeCurrent(tenantGUID: string): Operation {
  return {
    operationId: "describeCurrentApiKey",
    answer: answered,
    handle: (request) => answerCurrent(requireKey(request), tenantGUID),
  };
}

function modifyCurrent(register: KeyRegister, tenantGUID: string): Operation {
  return {
    operationId: "modifyCurrentApiKey",
    body: apiKeyInput,
    answer: answered,
    handle: (request) => {
      const body = jsonBody(request);
      const caller = requireKey(request);
      const change = readAs(apiKeyInput, body);
      refuseBeyondOwn(caller.key, change);
      const { keyName, description, locale, timeZone } = change;
      const own = { keyName, description, locale, timeZone };
      checkChange(register, own, caller.key.ID);
      const key = changed(caller.key, own);
      register.keys.update(key);
      return answerCurrent({ ...caller, key }, tenantGUID);
    },
  };
}

function replaceCurrentSecret(register: KeyRegister): Operation {
  return {
    operationId: "replaceCurrentApiSecretKey",
    answer: freshKeyAnswered,
    handle: (request) => withNewSecret(register, requireKey(request).key.ID),
  };
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

function requireKey(request: FastifyRequest): KeyCaller {
  const caller = callerOf(request);
  if (caller.kind !== "key") throw new Refused("notAKey");
  return caller;
}

function answerCurrent({ key, role }: KeyCaller, tenantGUID: string) {
  const { ID, ...rest } = answerKey(key);
  return { ...rest, roleURN: role.urn, tenantID: 0, tenantGUID, ID };
}
