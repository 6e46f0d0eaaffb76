import { afterEach, beforeEach, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { type KeyId, MINUTE, requestId, type RequestId } from "../../src/domain/values.ts";
import { claimSecret } from "../../src/usecases/claims/claim-secret.ts";
import type { Context } from "../../src/usecases/ports.ts";
import { approveRequest } from "../../src/usecases/requests/decide.ts";
import { askAboutKey } from "../../src/usecases/requests/key-requests.ts";
import { openClaim, type Parts, personNamed, startParts, sweepAndDraw } from "../support/context.ts";
import { declared, policyForIncidents } from "../support/lockouts.ts";

const ada = personNamed("ada");
let parts: Parts;
beforeEach(async () => {
  parts = await startParts({ policy: policyForIncidents() });
});
afterEach(async () => parts[Symbol.asyncDispose]());

/** Full Access for a key of Ada's is approved by all who have to, while the manager is as `context` has it. */
async function approved(context: Context): Promise<{ key: KeyId; request: RequestId }> {
  const at = () => parts.clock.now();
  const claim = await openClaim(parts, "ci-held");
  const claimed = await claimSecret(parts.context, { claim, by: ada, clickedAt: at() });
  if (!("shown" in claimed)) throw new Error(JSON.stringify(claimed));
  const key = claimed.shown;
  const id = requestId.parse(context.newId());
  const wish = { kind: "role-change", toRole: 1 } as const;
  const asking = { id, act: id, key, by: ada, clickedAt: at(), reason: "it makes keys now", wish };
  expect(await askAboutKey(context, asking)).toHaveProperty("made");
  for (const name of ["chiara", "emi"]) {
    const press = { request: id, by: personNamed(name), clickedAt: at() };
    expect(await approveRequest(context, press)).not.toHaveProperty("refusal");
  }
  return { key, request: id };
}

/** The manager does what it is told, or does not, and nobody hears of it. */
function unheard(does: boolean): Context {
  const { context } = parts;
  const modifyKey: Context["manager"]["modifyKey"] = async (id, change) => {
    if (does) await context.manager.modifyKey(id, change);
    throw new Fault("manager-timeout", `POST /apikeys/${id}`);
  };
  return { ...context, manager: { ...context.manager, modifyKey } };
}

const stateOf = async (request: RequestId) => (await parts.store.request(request))?.value.state;
const roles = async (key: KeyId) => ({
  record: (await parts.store.key(key))?.value.role,
  manager: (await parts.manager.describeKey(key))?.role,
});

test("another role that was carried out, and not heard of before a lockout came, goes on record all the same", async () => {
  const { key, request } = await approved(unheard(true));
  expect(await roles(key)).toEqual({ record: 2, manager: 1 });
  await declared(parts.context);
  await sweepAndDraw(parts.context);
  expect(await stateOf(request)).toBe("applied");
  expect(await roles(key)).toEqual({ record: 1, manager: 1 });
  expect(await parts.store.key(key)).toMatchObject({ value: { owner: ada } });
});

test("one that had not been carried out waits for the restore, and the manager is seldom asked about it", async () => {
  const { key, request } = await approved(unheard(false));
  await declared(parts.context);
  let looks = 0;
  const { manager } = parts.context;
  const describeKey: Context["manager"]["describeKey"] = async (...given) => {
    looks += 1;
    return manager.describeKey(...given);
  };
  const context = { ...parts.context, manager: { ...manager, describeKey } };
  for (let i = 0; i < 12; i++) {
    await sweepAndDraw(context);
    parts.clock.advance(MINUTE / 6);
  }
  expect(looks).toBeLessThanOrEqual(2);
  expect(await stateOf(request)).toBe("approved");
  expect(await roles(key)).toEqual({ record: 2, manager: 2 });
});
