import { expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { MINUTE } from "../../src/domain/values.ts";
import { claimSecret } from "../../src/usecases/claims/claim-secret.ts";
import { declareLockout } from "../../src/usecases/lockout/lockout.ts";
import type { Context, Manager } from "../../src/usecases/ports.ts";
import { EVERYTHING } from "../../src/domain/lockout-scope.ts";
import { eventsOf } from "../support/audit.ts";
import { openClaim, type Parts, personNamed, startParts, sweepAndDraw } from "../support/context.ts";

const ada = personNamed("ada");
const everything = {
  by: personNamed("farid"),
  scope: EVERYTHING,
  incident: "INC-1",
  typed: "INC-1",
  because: "leak",
} as const;

async function claimed(parts: Parts, change: (manager: Manager) => Partial<Manager>) {
  const claim = await openClaim(parts, "ci-deploy");
  const context: Context = { ...parts.context, manager: { ...parts.manager, ...change(parts.manager) } };
  const outcome = await claimSecret(context, { claim, by: ada, clickedAt: parts.clock.now() });
  return { claim, context, outcome };
}

async function later(parts: Parts, context = parts.context): Promise<void> {
  for (let i = 0; i < 3; i++) {
    parts.clock.advance(MINUTE);
    await sweepAndDraw(context);
  }
}

test("a key that a cut-off activation left alive is locked when a lockout holds it", async () => {
  await using parts = await startParts();
  const { claim } = await claimed(parts, (manager) => ({
    async setActive(id, active) {
      await manager.setActive(id, active);
      throw new Fault("manager-timeout", "POST /apikeys");
    },
  }));
  expect(await parts.manager.keyNamed("ci-deploy")).toMatchObject({ active: true });
  await declareLockout(parts.context, everything);
  await later(parts);
  expect(await parts.manager.keyNamed("ci-deploy")).toMatchObject({ active: false });
  expect((await parts.store.claim(claim))?.value).not.toHaveProperty("activeSince");
});

test("a lockout declared while a key comes alive locks it again, however often the manager fails at that", async () => {
  await using parts = await startParts();
  let failures = 2;
  const flaky = (manager: Manager): Partial<Manager> => ({
    async setActive(id, active) {
      if (active) {
        const key = await manager.setActive(id, true);
        await declareLockout(parts.context, everything);
        return key;
      }
      if (failures-- > 0) throw new Fault("manager-failed", "POST /apikeys");
      return manager.setActive(id, false);
    },
  });
  const { context } = await claimed(parts, flaky);
  expect(await parts.manager.keyNamed("ci-deploy")).toMatchObject({ active: true });
  await later(parts, context);
  expect(await parts.manager.keyNamed("ci-deploy")).toMatchObject({ active: false });
});

test("a manager that says yes and does nothing is not believed: the card does not say active", async () => {
  await using parts = await startParts();
  let lying = true;
  const { claim, context } = await claimed(parts, (manager) => ({
    setActive: async (id, active) => {
      const key = lying ? await manager.describeKey(id) : await manager.setActive(id, active);
      if (key === undefined) throw new Error("no key");
      return key;
    },
  }));
  expect((await parts.store.claim(claim))?.value).not.toHaveProperty("activeSince");
  lying = false;
  await later(parts, context);
  expect((await parts.store.claim(claim))?.value).toHaveProperty("activeSince");
  expect(await parts.manager.keyNamed("ci-deploy")).toMatchObject({ active: true });
});

test.each([
  ["another role", { role: 1 }],
  ["no expiry", { expiresAt: undefined }],
  ["another name", { name: "else" }],
])(
  "a manager that makes %s than was approved shows nobody its secret, and the key goes",
  async (_, wrong) => {
    await using parts = await startParts();
    const session = await parts.slack.as("ada");
    const { outcome } = await claimed(parts, (manager) => ({
      async createKey(making) {
        const { expiresAt, ...rest } = { ...making, ...wrong };
        return manager.createKey(expiresAt === undefined ? rest : { ...rest, expiresAt });
      },
    }));
    expect(outcome).toEqual({ undone: "manager" });
    expect(await session.ephemerals()).toEqual([]);
    expect(await parts.manager.keyNamed("ci-deploy")).toBeUndefined();
    expect(await parts.manager.keyNamed("else")).toBeUndefined();
  },
);

test("a key that is deleted in the manager before it is active ends as failed on every card, and counts no more", async () => {
  await using parts = await startParts();
  const { claim } = await claimed(parts, (manager) => ({
    async setActive(id, active) {
      await manager.deleteKey(id);
      return manager.setActive(id, active);
    },
  }));
  const ended = (await parts.store.claim(claim))?.value;
  expect(ended).toMatchObject({ state: "failed", because: "key-gone" });
  expect((await parts.store.request(ended!.request))?.value).toMatchObject({
    state: "failed",
    because: "key-gone",
  });
  expect(await parts.store.countKeysOf(ada)).toBe(0);
  await sweepAndDraw(parts.context);
  const session = await parts.slack.as("ada");
  expect(JSON.stringify(await session.messages("app"))).not.toContain("Done");
});

test("what the manager refuses outright ends in failed, with what to do, instead of being tried for ever", async () => {
  await using parts = await startParts();
  const { claim, outcome } = await claimed(parts, () => ({
    createKey: async () => {
      throw new Fault("manager-rejected", "POST /apikeys: 400");
    },
  }));
  expect(outcome).toEqual({ refusal: { reason: "failed", because: "rejected" } });
  expect(await eventsOf(parts.store, `claim:${claim}`)).toEqual([
    "claim.opened",
    "claim.minting",
    "claim.failed",
    "refused",
  ]);
});
