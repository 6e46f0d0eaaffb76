import { Secret } from "../../src/domain/secret.ts";
import { managerClient } from "../../src/manager/client.ts";
import type { Manager } from "../../src/usecases/ports.ts";
import { noting } from "../../src/usecases/inventory/noting.ts";
import { type Chaos, startChaos } from "./chaos.ts";
import { startTestManager } from "./embedded-manager.ts";
import { type Program, type ProgramOptions, startProgram } from "./program.ts";
import { Witness } from "./witness.ts";

/** How long the real program waits for an operation of the manager; milliseconds. */
const MANAGER_TIMEOUT = 10_000;

/** The whole program, with a bad line to Slack and another to the manager. */
export type OnBadLines = {
  program: Program;
  /** The manager behind its line: what is true. */
  manager: Manager;
  slackLine: Chaos;
  managerLine: Chaos;
  witness: Witness;
  [Symbol.asyncDispose](): Promise<void>;
};

/**
 * Starts it, with lines that are good as yet. `haste`: how much faster than the real one the test
 * means to run the program's clock; the program's patience with the manager is as much shorter.
 */
export async function startOnBadLines({
  seed,
  haste,
  ...options
}: { seed: number; haste: number } & Pick<ProgramOptions, "policy">): Promise<OnBadLines> {
  await using starting = new AsyncDisposableStack();
  const real = starting.use(await startTestManager());
  const witness = new Witness();
  const managerLine = starting.use(
    await startChaos({ target: origin(real.url), seed, passed: (call) => witness.managerDid(call) }),
  );
  let slackLine: Chaos | undefined;
  const secret = new Secret(real.botSecret);
  const url = `${managerLine.url}/api`;
  const callsPerMinute = 100_000;
  const hasty = managerClient({ url, secret, timeoutMs: MANAGER_TIMEOUT / haste, callsPerMinute });
  starting.defer(() => hasty.close());
  const program = await startProgram({
    ...options,
    settings: async (config, { clock, canary }) => {
      slackLine = starting.use(
        await startChaos({
          target: origin(config.slack.apiUrl ?? ""),
          seed,
          heard: (call) => witness.slackHears(call),
          passed: (call) => witness.slackDid(call),
          framed: (frame) => witness.socketCarried(frame),
        }),
      );
      for (const { url } of [slackLine, managerLine]) canary.passedOnFrom(Number(new URL(url).port));
      witness.clock = clock.now;
      return {
        ...config,
        slack: { ...config.slack, apiUrl: `${slackLine.url}/api/` },
        manager: { kind: "remote", url, secret, trust: { kind: "system" }, callsPerMinute },
      };
    },
    around: (context) => ({ ...context, manager: noting(hasty, context) }),
  });
  starting.use(program);
  if (slackLine === undefined) throw new Error("there is no line to Slack");
  witness.store = program.context.store;
  const running = starting.move();
  return {
    program,
    manager: real.client,
    slackLine,
    managerLine,
    witness,
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

function origin(url: string): string {
  return new URL(url).origin;
}
