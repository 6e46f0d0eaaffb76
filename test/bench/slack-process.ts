import { createHistogram } from "node:perf_hooks";
import { parseManifest } from "../../src/local-slack/manifest.ts";
import { startLocalSlack } from "../../src/local-slack/server.ts";
import { manifestText } from "../support/context.ts";
import { CHANNELS, workspace } from "./company.ts";

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
