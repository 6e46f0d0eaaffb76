import { type Config, ConfigError, readConfig } from "../config.ts";
import type { Environment } from "../settings.ts";
import { checkManager } from "./check-manager.ts";
import { checkSlack } from "./check-slack.ts";
import { checkStore } from "./check-store.ts";
import { type Finding, well } from "./findings.ts";
import type { Terminal } from "./terminal.ts";

/** Looks at everything that Portcullis needs, changes nothing, and says what is wrong; answers the exit code. */
export async function doctor(terminal: Terminal, environment: Environment): Promise<0 | 1> {
  let config: Config;
  try {
    config = readConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    terminal.say(`${error.message}\nMend these first; the rest is looked at after that.\n`);
    return 1;
  }
  const { policy } = config.policy;
  const [slack, manager, store] = await Promise.all([
    checkSlack(config.slack, policy),
    checkManager(config.manager, policy),
    checkStore(config.store),
  ]);
  const rules = `The policy is valid, with ${policy.rules.length} rules (${config.policy.hash.slice(0, 12)}…).`;
  const all: [string, Finding[]][] = [
    ["Slack", slack],
    ["Manager", manager],
    ["Database", store],
    ["Policy", [well(rules)]],
  ];
  for (const [title, findings] of all) {
    terminal.print(`${title}\n${findings.map(inLines).join("")}\n`);
  }
  const count = all.flatMap(([, findings]) => findings).filter(({ is }) => is === "wrong").length;
  terminal.print(
    count === 0 ? "All is well.\n" : `${count === 1 ? "1 thing is" : `${count} things are`} wrong.\n`,
  );
  return count === 0 ? 0 : 1;
}

const MARKS = { well: "ok    ", note: "-     ", wrong: "WRONG " } as const;

function inLines(finding: Finding): string {
  const mend = finding.is === "wrong" ? `         → ${finding.mend}\n` : "";
  return `  ${MARKS[finding.is]} ${finding.words}\n${mend}`;
}
