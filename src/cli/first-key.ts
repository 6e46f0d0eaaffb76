import { parseArgs } from "node:util";
import { lackingRights, mayChangeRoles, OWN_KEY } from "../domain/own-rights.ts";
import { Secret } from "../domain/secret.ts";
import type { Trust } from "../domain/trust.ts";
import type { Role } from "../domain/wants.ts";
import { managerClient } from "../manager/client.ts";
import { type ManagerSession, openSession } from "../manager/session.ts";
import { readManagerUrl, readTrust } from "../manager-settings.ts";
import { type Environment, Settings } from "../settings.ts";
import { findOwnKey, makeOwnKey, type OwnInPlace, retireKey, roleForOwnKey } from "./make-own-key.ts";
import { explainManager } from "./manager-faults.ts";
import { reserveSecretFile, type SecretFile } from "./secret-file.ts";
import type { Terminal } from "./terminal.ts";

/** Milliseconds for one call. */
const PATIENCE = 15_000;

type Options = { name: string; replace: boolean; changesRoles: boolean | undefined; out: string | undefined };
type Place = { url: string; trust: Trust };

/** Makes the key that Portcullis works with, without a console (contract 5); answers the exit code. */
export async function firstKey(
  words: string[],
  terminal: Terminal,
  environment: Environment,
): Promise<0 | 1> {
  const options = readOptions(words);
  const place = await askForPlace(terminal, environment);
  if (place === undefined) return 1;
  const who = await askForSignIn(terminal, environment);
  if (who === undefined) return 1;
  const file = options.out === undefined ? undefined : reserveSecretFile(options.out);
  let kept = false;
  try {
    const session = await openSession({ ...place, ...who, timeoutMs: PATIENCE });
    const stopOnInterrupt = (): void => void session.close().finally(() => process.exit(130));
    process.once("SIGINT", stopOnInterrupt);
    try {
      kept = await work(session, { options, place, terminal, file });
    } finally {
      process.removeListener("SIGINT", stopOnInterrupt);
      await signOut(session, terminal);
    }
    return 0;
  } catch (error) {
    const { wrong, mend } = await explainManager(error, place);
    terminal.say(`${wrong}\n${mend}\n`);
    return 1;
  } finally {
    if (!kept) file?.remove();
  }
}

function readOptions(words: string[]): Options {
  const { values } = parseArgs({
    args: words,
    options: {
      name: { type: "string", default: OWN_KEY },
      replace: { type: "boolean", default: false },
      "change-roles": { type: "boolean" },
      out: { type: "string" },
    },
    allowNegative: true,
  });
  return {
    name: values.name,
    replace: values.replace,
    changesRoles: values["change-roles"],
    out: values.out,
  };
}

type Work = { options: Options; place: Place; terminal: Terminal; file: SecretFile | undefined };

/** Answers whether a new secret was handed over that works. */
async function work(session: ManagerSession, { options, place, terminal, file }: Work): Promise<boolean> {
  const { name, replace, out } = options;
  const found = await findOwnKey(session, name);
  if (found !== undefined && !replace) {
    terminal.say(describe(found));
    return false;
  }
  const role = await roleForOwnKey(session, await askForRoles(options, terminal, found?.role));
  await using closing = new AsyncDisposableStack();
  const handOver = (secret: Secret): ReturnType<typeof managerClient> => {
    const line = `MANAGER_SECRET=${secret.reveal()}\n`;
    if (file === undefined) terminal.print(line);
    else file.write(line);
    const client = managerClient({ ...place, secret, timeoutMs: PATIENCE });
    prover = closing.adopt(client, (each) => each.close());
    return prover;
  };
  let prover: ReturnType<typeof managerClient> | undefined;
  const key = await makeOwnKey(session, { name, role, replacing: found?.key }, handOver).catch((error) => {
    if (prover !== undefined) terminal.say("The new key did not prove to work, so it was deleted again.\n");
    throw error;
  });
  terminal.say(
    [
      `Key ${key.id} is made, with the role ${role.name}, and works.`,
      rolesInWords(mayChangeRoles(role)),
      out === undefined
        ? "Its secret stands above and is kept nowhere else: put the line into .env."
        : `Its secret is in ${out}, and nowhere else: put the line into .env, and delete the file.`,
      "",
    ].join("\n"),
  );
  if (found !== undefined && prover !== undefined) {
    await retireKey(session, found.key, { name, prover });
    terminal.say(
      `Key ${found.key.id}, which it replaces, is deleted. Start Portcullis with the new secret.\n`,
    );
  }
  return true;
}

function describe({ key, role, granted }: OwnInPlace): string {
  const lacking = role === undefined ? [] : lackingRights(role);
  return [
    `There is a key ${key.name} (ID ${key.id}) already; nothing was made.`,
    `Its role is ${role === undefined ? `number ${key.role}, which is gone` : `${role.name} (ID ${role.id})`}.`,
    ...(granted.length === 0
      ? []
      : [`The role lacked some rights, which it has now: ${granted.join(", ")}.`]),
    ...(lacking.length === 0 ? [] : [`The role lacks rights that are needed: ${lacking.join(", ")}.`]),
    rolesInWords(role !== undefined && mayChangeRoles(role)),
    key.active ? "It is active." : "It is locked.",
    key.expiresAt === undefined
      ? "It does not expire."
      : `It expires on ${new Date(key.expiresAt).toISOString()}.`,
    "Its secret cannot be shown again. With --replace it is replaced by a new key.",
    "",
  ].join("\n");
}

function rolesInWords(changes: boolean): string {
  return changes
    ? "With it, Portcullis can also change roles: it has full access."
    : "With it, Portcullis refuses changes to roles: that would need full access.";
}

async function askForPlace(terminal: Terminal, environment: Environment): Promise<Place | undefined> {
  const given =
    environment["MANAGER_URL"]?.trim() ||
    (terminal.interactive ? await terminal.ask("The manager's address, ending in /api: ") : "");
  const problems: string[] = [];
  const settings = new Settings({ ...environment, MANAGER_URL: given }, problems);
  if (given === "") problems.push("MANAGER_URL is missing: the manager's address, ending in /api.");
  const url = readManagerUrl(settings);
  const trust = readTrust(settings);
  if (url !== undefined && trust !== undefined) return { url, trust };
  terminal.say(`${problems.join("\n")}\n`);
  return undefined;
}

type SignIn = { userName: string; password: Secret; tenantName?: string; mfaCode?: string };

async function askForSignIn(terminal: Terminal, environment: Environment): Promise<SignIn | undefined> {
  const { interactive } = terminal;
  const read = async (name: string, question: string): Promise<string> =>
    environment[name]?.trim() ?? (interactive ? terminal.ask(question) : "");
  const userName = await read("MANAGER_USER", "User name, such as MasterAdmin: ");
  const given = environment["MANAGER_PASSWORD"];
  const password =
    given === undefined && interactive
      ? await terminal.askHidden("Password (it is not shown): ")
      : new Secret(given ?? "");
  if (userName === "" || password.reveal() === "") {
    terminal.say("MANAGER_USER and MANAGER_PASSWORD are needed: of a user who may make roles and keys.\n");
    return undefined;
  }
  const tenantName = await read("MANAGER_TENANT", "Tenant (empty where there are none): ");
  const mfaCode = await read("MANAGER_MFA_CODE", "MFA code (empty where there is none): ");
  return {
    userName,
    password,
    ...(tenantName !== "" && { tenantName }),
    ...(mfaCode !== "" && { mfaCode }),
  };
}

/** A replacement may do what its predecessor might, unless somebody says otherwise. */
async function askForRoles(
  { changesRoles }: Options,
  terminal: Terminal,
  before: Role | undefined,
): Promise<boolean> {
  if (changesRoles !== undefined) return changesRoles;
  if (before !== undefined || !terminal.interactive) return before !== undefined && mayChangeRoles(before);
  terminal.say(
    "Shall Portcullis also carry out changes to roles? A manager lets nobody hand out rights that they lack,\nso its key would need full access. Without it, changes to roles are refused, and nothing else is missing.\n",
  );
  return /^y(es)?$/i.test(await terminal.ask("Change roles too? [y/N] "));
}

async function signOut(session: ManagerSession, terminal: Terminal): Promise<void> {
  try {
    await session.close();
  } catch {
    terminal.say("The manager did not confirm the sign-out; its session ends by itself when it is idle.\n");
  }
}
