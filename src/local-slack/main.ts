import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parseManifest } from "./manifest.ts";
import { type AppCredentials, type LocalSlack, startLocalSlack } from "./server.ts";

const usage = `npm run local-slack -- --manifest FILE [--manifest FILE …] [options]

  --manifest FILE      an app's manifest, YAML or JSON
  --port PORT          4500 unless said otherwise
  --data DIR           keep the workspace there between runs
  --request-url URL    deliver over signed HTTP to this URL, not in Socket Mode
  --no-rate-limits     do not hold apps to Slack's limits of calls a minute
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function describe(app: AppCredentials, slack: LocalSlack): string {
  return `
${app.name}
  SLACK_API_URL         ${slack.apiUrl}
  SLACK_BOT_TOKEN       ${app.botToken}
  SLACK_APP_TOKEN       ${app.appToken}
  SLACK_SIGNING_SECRET  ${app.signingSecret}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      manifest: { type: "string", multiple: true, default: [] },
      port: { type: "string", default: "4500" },
      data: { type: "string" },
      "request-url": { type: "string" },
      "no-rate-limits": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help || values.manifest.length === 0) return say(usage);
  const requestUrl = values["request-url"];
  const slack = await startLocalSlack({
    port: Number(values.port),
    rateLimits: !values["no-rate-limits"],
    log: say,
    ...(values.data !== undefined && { data: values.data }),
    apps: values.manifest.map((file) => ({
      manifest: parseManifest(readFileSync(file, "utf8")),
      ...(requestUrl !== undefined && { delivery: { mode: "http", requestUrl } as const }),
    })),
  });
  say(`The workspace is open at ${slack.url}`);
  for (const app of slack.apps) say(describe(app, slack));
  let closing: Promise<void> | undefined;
  const stop = (): void => {
    // Once only: npm passes on the Ctrl-C that the terminal has sent already.
    closing ??= slack.close().then(() => process.exit(0));
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 1;
});
