import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Fault } from "../../src/domain/fault.ts";
import { MINUTE } from "../../src/domain/values.ts";
import { declareLockout } from "../../src/usecases/lockout/lockout.ts";
import { EVERYTHING } from "../../src/domain/lockout-scope.ts";
import { personNamed } from "../support/context.ts";
import {
  askAndGetApproved,
  askFor,
  cardOf,
  claimMessage,
  privateAnswer,
  showSecret,
  textOf,
  until,
} from "../support/conversation.ts";
import type { Client } from "../support/local-slack.ts";
import { declared, makeKeys, policyForIncidents } from "../support/lockouts.ts";
import { type Program, startProgram } from "../support/program.ts";

let program: Program;
let ada: Client;
let storeAnswers = true;
let slowly = async (): Promise<void> => {};

beforeAll(async () => {
  program = await startProgram({
    around: (context) => ({
      ...context,
      store: {
        ...context.store,
        auditHead: async () => {
          if (!storeAnswers) throw new Error("gone");
          return context.store.auditHead();
        },
        requestsOf: async (...given) => {
          await slowly();
          return context.store.requestsOf(...given);
        },
      },
    }),
  });
  ada = await program.slack.as("ada");
});
afterAll(() => program[Symbol.asyncDispose]());

async function ask(
  path: string,
  { method = "GET", of = program }: { method?: string; of?: Program } = {},
): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${of.portcullis.healthPort}${path}`, { method });
  return { status: response.status, text: await response.text() };
}

/** The value of one figure; `undefined` where nothing is said. */
async function figure(name: string, of = program): Promise<number | undefined> {
  const { text } = await ask("/metrics", { of });
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

test("figures tell of the main job, and name nobody and nothing of it", async () => {
  await askFor(program, ada, { name: "waiting" });
  await askAndGetApproved(program, ada, { name: "measured" });
  const { secret } = await showSecret(program, ada, "measured");
  await claimMessage(ada, "measured", "The key is active since");
  await until(async () => (await figure('portcullis_requests{state="fulfilled"}')) === 1);
  expect(await figure('portcullis_requests{state="pending"}')).toBe(1);
  expect(await figure('portcullis_decision_seconds_count{outcome="approved"}')).toBe(1);
  expect(await figure('portcullis_decision_seconds_bucket{le="300",outcome="approved"}')).toBe(1);
  expect(await figure("portcullis_claim_seconds_count")).toBe(1);
  expect(await figure('portcullis_manager_calls_total{method="POST",path="/apikeys",result="ok"}')).toBe(1);
  expect(await figure('portcullis_manager_results_total{result="ok"}')).toBeGreaterThan(1);
  expect(await figure('portcullis_manager_results_total{result="manager-forbidden"}')).toBe(0);
  expect(await figure('portcullis_slack_results_total{result="ok"}')).toBeGreaterThan(1);
  expect(await figure('portcullis_manager_budget_left{share="lock"}')).toBe(1000);
  expect(await figure('portcullis_manager_budget_left{share="ordinary"}')).toBeLessThan(3500);
  expect(
    await figure('portcullis_slack_calls_total{method="chat.postEphemeral",result="ok"}'),
  ).toBeGreaterThan(0);
  await until(async () => (await figure("portcullis_slack_connections")) === 2);
  expect(await figure("portcullis_audit_head")).toBe(await program.context.store.auditHead());
  expect(await figure("portcullis_sweep_lag_seconds")).toBeLessThan(20);
  expect(await figure('portcullis_event_loop_lag_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0);
  expect(await figure("portcullis_store_up")).toBe(1);
  expect(await figure("portcullis_unhandled_rejections_total")).toBe(0);
  const { text } = await ask("/metrics");
  for (const word of [secret, ada.user, personNamed("chiara"), "measured", "Auditor", "nightly"])
    expect(text).not.toContain(word);
});

test("a lockout is told by its clock, and so are a manager's and Slack's failures", async () => {
  expect(await figure('portcullis_lockouts{state="declared"}')).toBe(0);
  expect(await figure("portcullis_lockout_uncontained_seconds")).toBe(0);
  await declareLockout(program.context, {
    by: personNamed("farid"),
    scope: EVERYTHING,
    incident: "INC-1",
    typed: "INC-1",
    because: "leak",
  });
  await until(async () => (await figure('portcullis_lockouts{state="contained"}')) === 1);
  expect(await figure('portcullis_lockout_clock_seconds{mark="verified"}')).toBeGreaterThanOrEqual(0);
  expect(await figure('portcullis_lockout_keys{state="verified"}')).toBeGreaterThan(0);
  program.slack.setFaults({ rules: [{ fault: "http_500", method: "chat.update" }], away: [] });
  program.clock.advance(MINUTE);
  await until(
    async () =>
      ((await figure('portcullis_slack_calls_total{method="chat.update",result="http-500"}')) ?? 0) > 0,
  );
  expect(await figure('portcullis_slack_results_total{result="failed"}')).toBeGreaterThan(0);
  program.slack.setFaults({ rules: [], away: [] });
});

test("a lockout counts as not contained while a key of it is not read back as locked, whatever its state", async () => {
  let locking = false;
  await using stuck = await startProgram({
    policy: policyForIncidents(),
    around: (context) => ({
      ...context,
      manager: {
        ...context.manager,
        tellActive: async (id, active) => {
          if (!active && !locking) throw new Fault("manager-failed", "POST /apikeys/ID");
          return context.manager.tellActive(id, active);
        },
      },
    }),
  });
  const uncontained = async () => figure("portcullis_lockout_uncontained_seconds", stuck);
  const inState = async (state: string) => figure(`portcullis_lockouts{state="${state}"}`, stuck);
  const waiting = async () => figure('portcullis_lockout_keys{state="waiting"}', stuck);
  await makeKeys(stuck.context.manager, 1);
  await declared(stuck.context, { until: stuck.clock.now() + MINUTE });
  await until(async () => (await waiting()) === 1);
  expect(await inState("declared")).toBe(1);
  stuck.clock.advance(2 * MINUTE);
  await until(async () => (await inState("ending")) === 1);
  expect(await waiting()).toBe(1);
  expect(await uncontained()).toBeGreaterThanOrEqual(120);
  locking = true;
  await until(async () => (await uncontained()) === 0);
  expect(await inState("ending")).toBe(1);
  locking = false;
  await makeKeys(stuck.context.manager, 1, "late");
  await until(async () => {
    stuck.clock.advance(MINUTE);
    return (await waiting()) === 1;
  });
  expect(await uncontained()).toBeGreaterThanOrEqual(180);
});

test("how long ago the manager's keys were read to their end shows, and grows while they cannot be", async () => {
  let reading = true;
  let failed = 0;
  await using blind = await startProgram({
    around: (context) => ({
      ...context,
      manager: {
        ...context.manager,
        keysAfter: async (...given) => {
          if (reading) return context.manager.keysAfter(...given);
          failed += 1;
          throw new Fault("manager-bad-answer", "POST /apikeys/search");
        },
      },
    }),
  });
  const age = async () => (await figure("portcullis_keys_read_age_seconds", blind)) ?? Number.NaN;
  await until(async () => (await blind.context.store.inventoryState()) !== undefined);
  expect(await age()).toBeLessThan(60);
  reading = false;
  blind.clock.advance(10 * MINUTE);
  await until(async () => failed === 1);
  expect(await age()).toBeGreaterThanOrEqual(600);
  blind.clock.advance(10 * MINUTE);
  await until(async () => failed === 2);
  expect(await age()).toBeGreaterThanOrEqual(1200);
  reading = true;
  blind.clock.advance(5 * MINUTE);
  await until(async () => (await age()) < 60);
});

describe("readiness", () => {
  const ready = { status: 200, text: "ready\n" };

  test("is there while all is well, and life has an answer of its own", async () => {
    expect(await ask("/readyz")).toEqual(ready);
    expect(await ask("/healthz")).toEqual({ status: 200, text: "alive\n" });
    expect((await ask("/")).status).toBe(404);
    expect((await ask("//")).status).toBe(404);
    expect((await ask("/metrics", { method: "POST" })).status).toBe(405);
  });

  test("goes while the store does not answer, whose figures say nothing meanwhile", async () => {
    storeAnswers = false;
    expect(await ask("/readyz")).toEqual({ status: 503, text: "the store does not answer\n" });
    expect(await figure("portcullis_store_up")).toBe(0);
    expect(await figure("portcullis_audit_head")).toBeUndefined();
    expect((await ask("/healthz")).status).toBe(200);
    storeAnswers = true;
    expect(await ask("/readyz")).toEqual(ready);
  });

  test("goes while no socket to Slack is up, and comes back with them; what is asked then is answered", async () => {
    const rules = [{ fault: "http_500" as const, method: "apps.connections.open" }];
    program.slack.setFaults({ rules: [...rules, { fault: "socket_close", times: 1 }], away: [] });
    await until(async () => (await ask("/readyz")).text === "Slack is not connected\n");
    expect((await ask("/readyz")).status).toBe(503);
    program.slack.setFaults({ rules: [], away: [] });
    await until(async () => (await ask("/readyz")).status === 200);
    expect(await figure("portcullis_slack_sockets_lost_total")).toBe(2);
    const said = await privateAnswer(ada, async () => ada.command("/apikey requests"));
    expect(textOf(said)).toContain("measured");
  });

  test("goes as soon as it is to stop, while what has begun is brought to its end", async () => {
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    slowly = async () => {
      begun.resolve();
      await gate.promise;
    };
    await ada.command("/apikey requests");
    await begun.promise;
    const answers = (await ada.ephemerals()).length;
    const stopping = program.portcullis.stop();
    const alone = { status: 503, text: "it is stopping\n" };
    const letGo = { status: 503, text: "it is stopping\nSlack is not connected\n" };
    expect([alone, letGo]).toContainEqual(await ask("/readyz"));
    await expect.poll(async () => ask("/readyz"), { timeout: 5000 }).toEqual(letGo);
    expect((await ask("/healthz")).status).toBe(200);
    gate.resolve();
    await stopping;
    await until(async () => (await ada.ephemerals()).length === answers + 1);
    slowly = async () => {};
    await program.restart();
    expect(await ask("/readyz")).toEqual(ready);
  });
});

test("over HTTP, the port counts as the connection", async () => {
  await using http = await startProgram({ mode: "http" });
  const answer = await fetch(`http://127.0.0.1:${http.portcullis.healthPort}/readyz`);
  expect(answer.status).toBe(200);
  const chiara = await http.slack.as("chiara");
  await askFor(http, await http.slack.as("ada"), { name: "web" });
  await cardOf(chiara, "web");
});
