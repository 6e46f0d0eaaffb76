import { type Portcullis, startPortcullis } from "./build.ts";
import { type Config, ConfigError, readConfig, rereadPolicy } from "./config.ts";
import { createLog } from "./log.ts";
import { type Environment, readEnvironment } from "./settings.ts";
import { DRAIN, stopSignal } from "./stop-signal.ts";
import type { Log } from "./usecases/ports.ts";

async function main(): Promise<void> {
  const environment = readEnvironment(process.cwd(), process.env);
  const config = readConfig(environment);
  const log = createLog({ level: config.logLevel });
  process.on("uncaughtException", (error) => {
    log.fatal({ error }, "Portcullis ends: something broke");
    process.exit(1);
  });
  let running: Portcullis | undefined;
  // All state is in the store, so what nobody waited for has broken nothing that others rely on; Slack's
  // libraries leave such failures behind (slack-rules 3.1, 2).
  process.on("unhandledRejection", (error) => {
    running?.figures.rejections.inc();
    log.error({ error }, "something failed that nothing was waiting for");
  });

  // Before anything is waited for: a container's first process is ended by no signal that it does not handle.
  const stopped = stopSignal(DRAIN);
  const starting = startPortcullis(config, log);
  process.on("SIGHUP", () => {
    void starting.then(
      async (each) => reload(each, environment, log),
      () => {},
    );
  });
  const portcullis = (running = await starting);
  const signal = await Promise.race([stopped, connecting(portcullis, config, log).then(async () => stopped)]);
  log.info({ signal }, "Portcullis is stopping");
  await portcullis.stop();
  log.info({}, "Portcullis has stopped");
  process.exit(0);
}

/** Says when Slack is connected, or ends the program where Slack will not have us. */
async function connecting(portcullis: Portcullis, config: Config, log: Log): Promise<void> {
  try {
    await portcullis.connected;
    log.info(connections(config, portcullis.managerUrl), "Portcullis is ready");
  } catch (error) {
    await portcullis.stop();
    throw error;
  }
}

/** Takes the policy file over as it is now, or refuses it whole and says why. */
async function reload(portcullis: Portcullis, environment: Environment, log: Log): Promise<void> {
  const read = rereadPolicy(environment);
  if ("problems" in read) {
    log.error({ problems: read.problems }, "The policy file is refused: the policy before it stays in force");
    return;
  }
  try {
    await portcullis.takePolicy(read);
    log.info({ policy: read.hash }, "The policy file is taken over");
  } catch (error) {
    log.error({ error }, "The policy is in force, but the trail could not be told");
  }
}

function connections({ slack, store, manager, policy }: Config, managerUrl: string): Record<string, unknown> {
  return {
    slack: slack.mode.kind === "socket" ? "Socket Mode" : `HTTP on port ${slack.mode.port}`,
    slackApi: slack.apiUrl ?? "https://slack.com/api/",
    store: store.kind === "sqlite" ? store.path : "PostgreSQL",
    manager: manager.kind === "embedded" ? `${managerUrl} (embedded)` : managerUrl,
    policy: policy.hash,
  };
}

await main().catch((error: unknown) => {
  const words = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof ConfigError ? `${words}\n` : `Portcullis cannot start: ${words}\n`);
  process.exit(1);
});
