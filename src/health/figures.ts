import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { MANAGER_FAULTS } from "../domain/fault.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Every figure there is. Labels are states, codes and methods: never a person, a key, or what anybody
 * wrote. What an alert counts begins at 0: of a series that begins at 1, a server sees no increase.
 */
export function createFigures() {
  const registry = new Registry();
  const registers = [registry];
  const figures = {
    registry,
    requests: new Gauge({
      name: "portcullis_requests",
      help: "Requests in the store.",
      labelNames: ["state"],
      registers,
    }),
    decisionTime: new Histogram({
      name: "portcullis_decision_seconds",
      help: "From a request to the decision that ended its waiting.",
      labelNames: ["outcome"],
      buckets: [1, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 8 * HOUR, DAY, 3 * DAY],
      registers,
    }),
    claimTime: new Histogram({
      name: "portcullis_claim_seconds",
      help: "From an approval to the moment at which the secret was shown.",
      buckets: [10, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 8 * HOUR, DAY],
      registers,
    }),
    lockouts: new Gauge({
      name: "portcullis_lockouts",
      help: "Lockouts in force, drills aside.",
      labelNames: ["state"],
      registers,
    }),
    lockoutUncontained: new Gauge({
      name: "portcullis_lockout_uncontained_seconds",
      help: "Since the declaration of the oldest lockout in force with keys not read back as locked; 0: there is none.",
      registers,
    }),
    lockoutKeys: new Gauge({
      name: "portcullis_lockout_keys",
      help: "Keys of lockouts in force.",
      labelNames: ["state"],
      registers,
    }),
    lockoutClock: new Gauge({
      name: "portcullis_lockout_clock_seconds",
      help: "Of the newest lockout that is no drill: from its declaration to each mark that it has reached.",
      labelNames: ["mark"],
      registers,
    }),
    managerCalls: new Counter({
      name: "portcullis_manager_calls_total",
      help: "Calls on the manager, retries too.",
      labelNames: ["method", "path", "result"],
      registers,
    }),
    managerResults: new Counter({
      name: "portcullis_manager_results_total",
      help: "Calls on the manager, retries too, by what came of them alone.",
      labelNames: ["result"],
      registers,
    }),
    managerBudget: new Gauge({
      name: "portcullis_manager_budget_left",
      help: "Calls on the manager that may begin at once.",
      labelNames: ["share"],
      registers,
    }),
    slackCalls: new Counter({
      name: "portcullis_slack_calls_total",
      help: "Calls on Slack's Web API.",
      labelNames: ["method", "result"],
      registers,
    }),
    slackResults: new Counter({
      name: "portcullis_slack_results_total",
      help: "Calls on Slack's Web API by whether they did what they should.",
      labelNames: ["result"],
      registers,
    }),
    slackConnections: new Gauge({
      name: "portcullis_slack_connections",
      help: "Sockets to Slack that are up; in HTTP mode 1 while the port is listened on.",
      registers,
    }),
    socketsLost: new Counter({
      name: "portcullis_slack_sockets_lost_total",
      help: "Sockets to Slack that ended.",
      registers,
    }),
    eventLoopLag: new Gauge({
      name: "portcullis_event_loop_lag_seconds",
      help: "How late the event loop was, in the last minute or two.",
      labelNames: ["quantile"],
      registers,
    }),
    sweepLag: new Gauge({
      name: "portcullis_sweep_lag_seconds",
      help: "Since the sweep last came to its end.",
      registers,
    }),
    keysReadAge: new Gauge({
      name: "portcullis_keys_read_age_seconds",
      help: "Since the last whole reading of the manager's keys began; before the first, since the program started.",
      registers,
    }),
    auditHead: new Gauge({
      name: "portcullis_audit_head",
      help: "The number of the trail's last event.",
      registers,
    }),
    rejections: new Counter({
      name: "portcullis_unhandled_rejections_total",
      help: "Failures that nothing in the program was waiting for.",
      registers,
    }),
    storeUp: new Gauge({
      name: "portcullis_store_up",
      help: "1 if the store answered this reading, else 0.",
      registers,
    }),
  };
  for (const outcome of ["approved", "denied"]) figures.decisionTime.zero({ outcome });
  for (const result of ["ok", ...MANAGER_FAULTS]) figures.managerResults.inc({ result }, 0);
  for (const result of ["ok", "failed"]) figures.slackResults.inc({ result }, 0);
  return figures;
}

export type Figures = ReturnType<typeof createFigures>;
