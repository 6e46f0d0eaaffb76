import { Registry } from "./registry.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Every figure there is. Labels are states, codes and methods: never a person, a key, or what anybody wrote. */
export function createFigures() {
  const registry = new Registry();
  return {
    registry,
    requests: registry.gauge("portcullis_requests", "Requests in the store.", ["state"]),
    decisionTime: registry.histogram(
      "portcullis_decision_seconds",
      "From a request to the decision that ended its waiting.",
      {
        labels: ["outcome"],
        bounds: [1, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 8 * HOUR, DAY, 3 * DAY],
      },
    ),
    claimTime: registry.histogram(
      "portcullis_claim_seconds",
      "From an approval to the moment at which the secret was shown.",
      { bounds: [10, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 8 * HOUR, DAY] },
    ),
    lockouts: registry.gauge("portcullis_lockouts", "Lockouts in force, drills aside.", ["state"]),
    lockoutUncontained: registry.gauge(
      "portcullis_lockout_uncontained_seconds",
      "Since the declaration of the oldest lockout in force that is not contained; 0: there is none.",
    ),
    lockoutKeys: registry.gauge("portcullis_lockout_keys", "Keys of lockouts in force.", ["state"]),
    lockoutClock: registry.gauge(
      "portcullis_lockout_clock_seconds",
      "Of the newest lockout that is no drill: from its declaration to each mark that it has reached.",
      ["mark"],
    ),
    managerCalls: registry.counter("portcullis_manager_calls_total", "Calls on the manager, retries too.", [
      "method",
      "path",
      "result",
    ]),
    managerBudget: registry.gauge(
      "portcullis_manager_budget_left",
      "Calls on the manager that may begin at once.",
      ["share"],
    ),
    slackCalls: registry.counter("portcullis_slack_calls_total", "Calls on Slack's Web API.", [
      "method",
      "result",
    ]),
    slackConnections: registry.gauge(
      "portcullis_slack_connections",
      "Sockets to Slack that are up; in HTTP mode 1 while the port is listened on.",
    ),
    socketsLost: registry.counter("portcullis_slack_sockets_lost_total", "Sockets to Slack that ended."),
    eventLoopLag: registry.gauge(
      "portcullis_event_loop_lag_seconds",
      "How late the event loop was, in the last minute or two.",
      ["quantile"],
    ),
    sweepLag: registry.gauge("portcullis_sweep_lag_seconds", "Since the sweep last came to its end."),
    auditHead: registry.gauge("portcullis_audit_head", "The number of the trail's last event."),
    rejections: registry.counter(
      "portcullis_unhandled_rejections_total",
      "Failures that nothing in the program was waiting for.",
    ),
    storeUp: registry.gauge("portcullis_store_up", "1 if the store answered this reading, else 0."),
  };
}

export type Figures = ReturnType<typeof createFigures>;
