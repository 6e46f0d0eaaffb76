import { newId, openStoreOf, sealing } from "../build.ts";
import { type Config, ConfigError, readConfig } from "../config.ts";
import type { Adoption, Named } from "../domain/adoption.ts";
import { Fault } from "../domain/fault.ts";
import type { Trust } from "../domain/trust.ts";
import { SETTINGS } from "../embedded-manager/decisions.ts";
import { managerClient } from "../manager/client.ts";
import { openSession } from "../manager/session.ts";
import type { Environment } from "../settings.ts";
import { propose } from "../usecases/inventory/adoption.ts";
import type { Manager } from "../usecases/ports.ts";
import { explainManager } from "./manager-faults.ts";
import { counted } from "./policy-words.ts";
import type { Terminal } from "./terminal.ts";

/** Milliseconds for one call. */
const PATIENCE = 15_000;

/**
 * After a database was lost: reads in the manager whose keys our markers say these are, and puts
 * it before the responders in Slack. Answers the exit code.
 */
export async function adopt(terminal: Terminal, environment: Environment): Promise<0 | 1> {
  let config: Config;
  try {
    config = readConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    terminal.say(`${error.message}\n`);
    return 1;
  }
  const place = placeOf(config.manager);
  try {
    const proposed = await proposeWith(config, place);
    terminal.print(inLines(proposed));
    return 0;
  } catch (error) {
    if (
      config.manager.kind === "embedded" &&
      error instanceof Fault &&
      error.code === "manager-unreachable"
    ) {
      terminal.say(
        "The embedded manager does not run now. Start Portcullis (npm start), and then this again.\n",
      );
      return 1;
    }
    const { wrong, mend } = await explainManager(error, place);
    terminal.say(`${wrong}\n${mend}\n`);
    return 1;
  }
}

async function proposeWith(config: Config, place: { url: string; trust: Trust }): Promise<Adoption> {
  const manager = await openKeys(config.manager, place);
  try {
    const store = await openStoreOf(config.store);
    try {
      return await propose({
        store,
        manager,
        clock: Date.now,
        newId,
        policy: () => config.policy,
        seal: sealing(config.markerKey),
      });
    } finally {
      await store.close();
    }
  } finally {
    await manager.close();
  }
}

function placeOf(manager: Config["manager"]): { url: string; trust: Trust } {
  if (manager.kind === "remote") return manager;
  return { url: `http://127.0.0.1:${manager.port}/api`, trust: { kind: "system" } };
}

/** An embedded manager gives our key a new secret at each start, so it is asked as its first user. */
async function openKeys(
  manager: Config["manager"],
  place: { url: string; trust: Trust },
): Promise<Pick<Manager, "keysAfter"> & { close(): Promise<void> }> {
  if (manager.kind === "remote") return managerClient({ ...manager, timeoutMs: PATIENCE });
  const signIn = { userName: SETTINGS.firstUser, password: manager.adminPassword };
  return openSession({ ...place, ...signIn, timeoutMs: PATIENCE });
}

function inLines({ proposals, copied, forged, unmarked, known }: Adoption): string {
  const lines = [
    `${counted(proposals.length, "key")} without a record here, with a marker of mine:`,
    ...proposals.map(
      ({ owner, request, ...key }) => `  ${inWords(key)}: owner ${owner}, by the request ${request}`,
    ),
    ...(copied.length === 0
      ? []
      : ["One marker on several keys: somebody copied it, so none of them is proposed:"]),
    ...copied.map(({ request, keys }) => `  the request ${request}: ${keys.map(inWords).join(", ")}`),
    ...(forged.length === 0 ? [] : ["Markers whose seal does not hold, which are not believed:"]),
    ...forged.map((key) => `  ${inWords(key)}`),
    `Not touched: ${counted(unmarked, "key")} without a marker, ${counted(known, "key")} on record already.`,
    proposals.length === 0
      ? "Nothing is to be decided. Is MARKER_KEY the one that those keys were made with?"
      : "An incident responder now has to confirm it, on the card in the incidents channel.",
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function inWords({ key, name }: Named): string {
  return `${name} (ID ${key})`;
}
