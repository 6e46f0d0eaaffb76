import { afterAll, beforeAll, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { HOUR, MINUTE, requestId, type RequestId } from "../../src/domain/values.ts";
import { syncInventory } from "../../src/usecases/inventory/inventory.ts";
import { driveLockouts } from "../../src/usecases/lockout/lockout-engine.ts";
import { ask } from "../../src/usecases/requests/ask.ts";
import { approveRequest } from "../../src/usecases/requests/decide.ts";
import type { Context, Manager } from "../../src/usecases/ports.ts";
import { aDraft, type Parts, personNamed, startParts } from "../support/context.ts";
import { countActive, declared, lockoutOf, makeKeys, policyForIncidents } from "../support/lockouts.ts";

/* The machine's clock was an hour ahead, and is set right. */

const chiara = personNamed("chiara");
let parts: Parts;

beforeAll(async () => {
  parts = await startParts({ canary: false, policy: policyForIncidents() });
});
afterAll(async () => parts[Symbol.asyncDispose]());

async function asked(keyName: string): Promise<RequestId> {
  const { context } = parts;
  const id = requestId.parse(context.newId());
  const made = await ask(context, { id, asker: personNamed("ada"), draft: aDraft({ keyName }) });
  if ("refusal" in made) throw new Error(JSON.stringify(made.refusal));
  return id;
}

test("an approver who was deactivated since decides nothing by what was read before", async () => {
  const { context, clock, slack, store } = parts;
  const approve = async (request: RequestId) =>
    approveRequest(context, { request, by: chiara, clickedAt: clock.now() });
  const first = await asked("ci-before");
  clock.advance(HOUR);
  expect(await approve(first)).not.toHaveProperty("refusal");
  clock.advance(-HOUR);
  const refused = { refusal: { reason: "not-a-member", kind: "deactivated" } };
  // Nobody listens to Slack's events here.
  await slack.admin("PATCH", `people/${chiara}`, { kind: "deactivated" });
  expect(await approve(await asked("ci-after"))).toMatchObject(refused);
  // What is known of her from now on is of the clock as it is.
  expect((await store.person(chiara))?.readAt).toBeLessThanOrEqual(clock.now());
  await slack.admin("PATCH", `people/${chiara}`, { kind: "member" });
});

test("a lockout goes on with what it was to try again, and looks at the keys", async () => {
  const { context, clock, manager, store } = parts;
  const [stubborn] = await makeKeys(manager, 5);
  let mended = false;
  const tellActive: Manager["tellActive"] = async (id, active) => {
    if (id === stubborn?.id && !mended) throw new Fault("manager-failed", "POST /apikeys");
    return manager.tellActive(id, active);
  };
  const failing: Context = { ...context, manager: { ...context.manager, tellActive } };
  clock.advance(HOUR);
  const { id } = await declared(context);
  await driveLockouts(failing);
  expect(await countActive(manager)).toBe(1);
  // Whoever works on it dies at that moment.
  await store.wakeLockouts();
  await store.leaseLockouts(clock.now(), clock.now() + 1000, "a dead one");
  clock.advance(-HOUR);
  mended = true;
  await driveLockouts(failing);
  expect(await countActive(manager)).toBe(0);
  expect(await lockoutOf(parts, id)).toMatchObject({ state: "contained" });
});

test("the manager's keys are read again, and lists show them as they are", async () => {
  const { context, clock, manager, store } = parts;
  const of = { description: "", role: 2, locale: "en-US", timeZone: "UTC", active: true } as const;
  clock.advance(HOUR);
  await syncInventory(context);
  const { id } = (await context.manager.createKey({ ...of, name: "ci-listed" })).key;
  clock.advance(-HOUR);
  await manager.setActive(id, false);
  clock.advance(5 * MINUTE);
  expect(await syncInventory(context)).toBeDefined();
  const { keys } = await store.findKeys([{ on: "id", is: id }], { limit: 1 });
  expect(keys).toMatchObject([{ active: false }]);
});
