import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "./config.ts";
import { Fault, type FaultCode } from "./domain/fault.ts";
import { Secret } from "./domain/secret.ts";
import { ID_BYTES, idOf, SECOND } from "./domain/values.ts";
import { OWN_KEY } from "./domain/own-rights.ts";
import { bootstrapKey } from "./embedded-manager/bootstrap.ts";
import { startEmbeddedManager } from "./embedded-manager/server.ts";
import { startEndpoint } from "./health/endpoint.ts";
import { createFigures, type Figures } from "./health/figures.ts";
import { measured } from "./health/measured-store.ts";
import { Vitals } from "./health/vitals.ts";
import { withCorrelation } from "./log.ts";
import { CALLS_PER_MINUTE, managerClient, type ManagerClientOptions } from "./manager/client.ts";
import { sharesOf } from "./manager/rate-budget.ts";
import { slackMessages } from "./slack/announce.ts";
import { startSlack } from "./slack/app.ts";
import { slackClients } from "./slack/connection/clients.ts";
import { isNobody } from "./slack/connection/slack-error.ts";
import { slackDirectory } from "./slack/people.ts";
import { openStore } from "./store/store.ts";
import type { ReadPolicy } from "./policy-file.ts";
import { notePolicy } from "./usecases/note-policy.ts";
import type { Context, Log, Manager } from "./usecases/ports.ts";
import { noting } from "./usecases/inventory/noting.ts";
import { startLockoutEngine } from "./usecases/lockout/lockout-engine.ts";
import { startSweep } from "./usecases/sweep.ts";

/** One operation of the manager, its retries included; well within a claim's attempt. */
const MANAGER_TIMEOUT = 10 * SECOND;

export type Portcullis = {
  /** Base URL of the manager in use, ending in /api. */
  managerUrl: string;
  figures: Figures;
  /** Where `/healthz`, `/readyz` and `/metrics` are answered, if they are. */
  healthPort: number | undefined;
  /** Another policy is in force from now on; undecided requests keep the rules of their making beside it. */
  takePolicy(policy: ReadPolicy): Promise<void>;
  /**
   * Resolves once Slack is connected: everything else runs before, however long Slack cannot be reached.
   * Rejects in words where Slack will not have us.
   */
  connected: Promise<void>;
  /** Takes nothing new, waits for what is being handled, then closes everything. */
  stop(): Promise<void>;
};

/**
 * Builds the whole program and runs it. `around` may put something of its own around the parts (a
 * clock to move, a store that fails at a chosen step). Throws in words when it cannot start.
 */
export async function startPortcullis(
  config: Config,
  log: Log,
  around: (context: Context) => Context = (context) => context,
): Promise<Portcullis> {
  await using starting = new AsyncDisposableStack();
  const figures = createFigures();
  const opening = await openStoreOf(config.store);
  const store = measured(
    starting.adopt(opening, (each) => each.close()),
    figures,
  );
  const opened = await openManager(config.manager, log, starting);
  const { url } = opened;
  const client = managerClient({
    ...opened,
    timeoutMs: MANAGER_TIMEOUT,
    observe: ({ changes, route, ...seen }) => {
      const { method, result } = seen;
      figures.managerCalls.inc({ method, path: route, result });
      figures.managerResults.inc({ result });
      log[changes ? "info" : "debug"](seen, "the manager was called");
    },
  });
  const manager = starting.adopt(client, (each) => each.close());
  await checkManager(client, log);
  const clients = slackClients(config.slack, log, (method, result) => {
    figures.slackCalls.inc({ method, result });
    // That somebody is not there any more is an answer.
    figures.slackResults.inc({ result: result === "ok" || isNobody(result) ? "ok" : "failed" });
  });
  let inForce = config.policy;
  const sweep: { nudge: () => void } = { nudge: () => {} };
  const context: Context = around({
    store,
    manager: noting(manager, { store, clock: () => context.clock(), log }),
    directory: slackDirectory(clients),
    messages: slackMessages(clients),
    clock: Date.now,
    newId,
    policy: () => inForce,
    seal: sealing(config.markerKey),
    nudge: () => sweep.nudge(),
    correlate: async (about, run) => withCorrelation(newId(), run, about),
    log,
  });
  await notePolicy(context);
  const vitals = starting.adopt(
    new Vitals({
      figures,
      store: context.store,
      clock: context.clock,
      budgetLeft: () => client.budgetLeft(),
    }),
    (each) => each.stop(),
  );
  // Answers from before Slack is connected until all else has ended.
  const endpoint =
    config.health && starting.adopt(await startEndpoint(config.health, vitals), (each) => each.stop());
  const sweeping = starting.adopt(
    startSweep(context, () => vitals.swept()),
    (each) => each.stop(),
  );
  const lockouts = starting.adopt(startLockoutEngine(context), (each) => each.stop());
  sweep.nudge = () => {
    sweeping.nudge();
    lockouts.nudge();
  };
  const leaving = new AbortController();
  const connecting = startSlack({
    config: config.slack,
    context,
    clients,
    socketLost: () => figures.socketsLost.inc(),
    lookUpsEach: lookUpsEach(opened.callsPerMinute),
    signal: leaving.signal,
  });
  starting.defer(async () => {
    leaving.abort();
    const slack = await connecting.catch(() => undefined);
    await slack?.stop();
  });
  const connected = connecting.then((slack) => vitals.connectedBy(() => slack.connected()));
  // Whoever runs this hears of it, at whatever time they begin to wait for it.
  connected.catch(() => {});
  const running = starting.move();
  return {
    managerUrl: url,
    figures,
    healthPort: endpoint?.port,
    connected,
    async takePolicy(policy) {
      inForce = policy;
      await notePolicy(context);
    },
    async stop() {
      vitals.stopping();
      await running.disposeAsync();
    },
  };
}

/** What makes a marker ours: see `Context`. */
export function sealing(markerKey: Config["markerKey"]): Context["seal"] {
  const key = Buffer.from(markerKey.reveal(), "base64");
  return (text) => createHmac("sha256", key).update(text).digest("hex").slice(0, 32);
}

export async function openStoreOf(where: Config["store"]) {
  if (where.kind === "postgres") return openStore({ postgres: where.url.reveal() });
  mkdirSync(dirname(where.path), { recursive: true, mode: 0o700 });
  return openStore({ sqlite: where.path });
}

/** Where the manager is and what opens it; an embedded one is started first, and gives a new secret at each start. */
async function openManager(
  manager: Config["manager"],
  log: Log,
  starting: AsyncDisposableStack,
): Promise<Pick<ManagerClientOptions, "url" | "secret" | "trust" | "callsPerMinute">> {
  if (manager.kind === "remote") return manager;
  const { data, port, callsPerMinute } = manager;
  const adminPassword = manager.adminPassword.reveal();
  const { url } = starting.use(await startEmbeddedManager({ data, port, adminPassword, log }));
  const idFile = join(data, "own-key-id");
  const secret = new Secret(await bootstrapKey({ url, adminPassword, keyName: OWN_KEY, idFile }));
  return { url, secret, ...(callsPerMinute !== undefined && { callsPerMinute }) };
}

/** One person's part of what is neither for locking nor for unlocking: a fifth, and enough to go on with. */
function lookUpsEach(callsPerMinute = CALLS_PER_MINUTE): number {
  return Math.max(20, Math.floor(sharesOf(callsPerMinute).ordinary / 5));
}

/** What a person must put right before Portcullis can work with the manager. */
const UNUSABLE: Partial<Record<FaultCode, string>> = {
  "manager-refused-credentials": "it does not accept MANAGER_SECRET.",
  "manager-forbidden": "the key behind MANAGER_SECRET may not read roles.",
  "manager-not-found": "there is no such API at MANAGER_URL.",
  "manager-bad-answer": "its answer is not a manager's; MANAGER_URL may be another server's.",
  "manager-untrusted":
    "its certificate is not one that is trusted here, so nothing was sent. MANAGER_CA_FILE or MANAGER_FINGERPRINT can name the right one; see: npm run portcullis -- doctor",
};

/** A manager that cannot be reached now may be later; one that does not let us in needs a person. */
async function checkManager(manager: Manager, log: Log): Promise<void> {
  try {
    await manager.roles();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { code, message } = error;
    const unusable = UNUSABLE[code];
    if (unusable !== undefined)
      throw new Error(`The manager at ${manager.url} cannot be used: ${unusable}`, { cause: error });
    log.warn({ code, why: message, manager: manager.url }, "the manager does not answer yet");
  }
}

/** Random bytes for the next ids: asking for few at a time costs more than making an id of them. */
let pool = Buffer.alloc(0);

export function newId(): string {
  if (pool.length < ID_BYTES) pool = randomBytes(ID_BYTES * 256);
  const id = idOf(pool);
  pool = pool.subarray(ID_BYTES);
  return id;
}
