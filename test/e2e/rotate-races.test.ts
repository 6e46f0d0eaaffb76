import { afterEach, beforeEach, expect, test } from "vitest";
import { type ClaimId, type KeyId, requestId } from "../../src/domain/values.ts";
import { claimSecret } from "../../src/usecases/claims/claim-secret.ts";
import { approveRequest } from "../../src/usecases/requests/decide.ts";
import { askAboutKey } from "../../src/usecases/requests/key-requests.ts";
import type { Context } from "../../src/usecases/ports.ts";
import { rotateKey } from "../../src/usecases/keys/rotate.ts";
import { openClaim, type Parts, personNamed, startParts, sweepAndDraw } from "../support/context.ts";

let parts: Parts;
const ada = personNamed("ada");
const ben = personNamed("ben");

beforeEach(async () => {
  parts = await startParts();
});
afterEach(async () => parts[Symbol.asyncDispose]());

async function aKey(): Promise<KeyId> {
  const claim = await openClaim(parts, "ci-deploy");
  const claimed = await claimSecret(parts.context, { claim, by: ada, clickedAt: parts.clock.now() });
  if (!("shown" in claimed)) throw new Error(JSON.stringify(claimed));
  return claimed.shown;
}

const rotate = async (key: KeyId) =>
  rotateKey(parts.context, {
    id: requestId.parse(parts.context.newId()),
    key,
    by: ada,
    clickedAt: parts.clock.now(),
  });
const claimOf = async (key: KeyId): Promise<ClaimId> => {
  const claim = await parts.store.claimOn(key);
  if (claim === undefined) throw new Error("no rotation is under way");
  return claim.value.id;
};
const ownerOf = async (key: KeyId) => (await parts.store.key(key))?.value.owner;

/** Ben is to have the key, and Chiara approves. */
async function handOver(key: KeyId): Promise<void> {
  const id = requestId.parse(parts.context.newId());
  const wish = { kind: "new-owner", to: ben } as const;
  const clickedAt = parts.clock.now();
  const asking = { id, act: id, key, by: ada, clickedAt, reason: "changing teams", seen: undefined, wish };
  const asked = await askAboutKey(parts.context, asking);
  expect(asked).toHaveProperty("made");
  const press = { request: id, by: personNamed("chiara"), clickedAt: parts.clock.now() };
  expect(await approveRequest(parts.context, press)).not.toHaveProperty("refusal");
}

test("of two rotations of one key at once, one is made", async () => {
  const key = await aKey();
  const both = await Promise.all([rotate(key), rotate(key)]);
  expect(both.filter((each) => "made" in each)).toHaveLength(1);
  expect(both.flatMap((each) => ("refusal" in each ? [each.refusal.reason] : []))).toEqual(["rotation-open"]);
});

test("a key changes hands only after a secret that is being shown to the former owner", async () => {
  const key = await aKey();
  await rotate(key);
  const claim = await claimOf(key);
  let meanwhile: unknown;
  const context: Context = {
    ...parts.context,
    manager: {
      ...parts.context.manager,
      newSecret: async (id) => {
        await handOver(key);
        meanwhile = await ownerOf(key);
        return parts.context.manager.newSecret(id);
      },
    },
  };
  expect(await claimSecret(context, { claim, by: ada, clickedAt: parts.clock.now() })).toEqual({
    shown: key,
  });
  expect(meanwhile).toBe(ada);
  parts.clock.advance(10_000);
  await sweepAndDraw(parts.context);
  expect(await ownerOf(key)).toBe(ben);
});

test("a rotation that waits when the key changes hands is void", async () => {
  const key = await aKey();
  await rotate(key);
  const claim = await claimOf(key);
  await handOver(key);
  expect(await ownerOf(key)).toBe(ben);
  expect(await claimSecret(parts.context, { claim, by: ada, clickedAt: parts.clock.now() })).toHaveProperty(
    "refusal",
  );
  expect((await parts.store.claim(claim))?.value.state).toBe("voided");
});
