import { createHistogram } from "node:perf_hooks";
import { isJson } from "../../src/local-slack/json.ts";
import { parseManifest } from "../../src/local-slack/manifest.ts";
import { startLocalSlack } from "../../src/local-slack/server.ts";
import { manifestText } from "../support/context.ts";
import { CHANNELS, GENERAL, STAFF, workspace } from "./company.ts";

/*
 * Local Slack in a process of its own, with an app for each command that is given. It says how long
 * each app took to acknowledge: from the sending of the envelope to its acknowledgement.
 */

export type Deliveries = {
  count: number;
  /** Those that were not acknowledged, by name. */
  failed: string[];
  /** Milliseconds. */
  p50: number;
  p99: number;
  max: number;
  /** How many there were of each kind. */
  kinds: Record<string, number>;
};

/** Commands for one app, so many at once, for so many milliseconds; nobody looks at the answers. */
export type Burst = { appId: string; words: string; atOnce: number; duration: number };
/** `answered`: how many acknowledgements carried a message; `processor`: ms of local Slack's own. */
export type Burned = { rate: number; answered: number; calls: number; took: number; processor: number };

async function burst({ appId, words, atOnce, duration }: Burst): Promise<Burned> {
  const payload = {
    team_id: workspace.team.id,
    user_id: STAFF[0],
    channel_id: GENERAL,
    command: "/apikey",
    text: words,
    trigger_id: "1.2.3",
    response_url: `${slack.url}hooks/commands/none`,
  };
  const before = process.cpuUsage();
  const began = performance.now();
  let calls = 0;
  let answered = 0;
  const one = async (): Promise<void> => {
    while (performance.now() - began < duration) {
      const answer = await slack.deliverCommand(appId, payload);
      calls += 1;
      if (answer.ok && isJson(answer.body) && "blocks" in answer.body) answered += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  const took = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  return { rate: calls / (took / 1000), answered, calls, took, processor: (user + system) / 1000 };
}

/** A histogram takes whole numbers of 1 and more: microseconds. */
const took = createHistogram();
let failed: string[] = [];
let kinds: Record<string, number> = {};

const slack = await startLocalSlack({
  workspace,
  // A day is pressed into minutes, and what Slack allows within a minute is not.
  rateLimits: false,
  observe: (name, answer, ms) => {
    kinds[name] = (kinds[name] ?? 0) + 1;
    took.record(Math.max(1, Math.round(ms * 1000)));
    if (!answer.ok) failed.push(`${name}: ${answer.reason}`);
  },
  apps: process.argv.slice(2).map((command) => {
    const text = manifestText().replace("command: /apikey", `command: ${command}`);
    return { manifest: parseManifest(text.replace("name: Portcullis", `name: ${command.slice(1)}`)) };
  }),
});
for (const channel of CHANNELS)
  await fetch(`${slack.url}client/admin/channels/${channel}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ add: slack.apps.map(({ botUserId }) => botUserId) }),
  });

// Nothing goes on without whoever measures.
process.on("disconnect", () => process.exit(1));
process.on("message", (question) => {
  if (question === "start") {
    const { url, apiUrl, apps } = slack;
    process.send?.({ url, apiUrl, apps });
    return;
  }
  if (question !== "deliveries") {
    void burst(question as Burst).then((burned) => process.send?.(burned));
    return;
  }
  const answer: Deliveries = {
    count: took.count,
    failed,
    p50: took.percentile(50) / 1000,
    p99: took.percentile(99) / 1000,
    max: took.max / 1000,
    kinds,
  };
  took.reset();
  failed = [];
  kinds = {};
  process.send?.(answer);
});
