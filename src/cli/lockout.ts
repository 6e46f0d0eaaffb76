import { parseArgs } from "node:util";
import { newId, openStoreOf, sealing } from "../build.ts";
import { type Config, ConfigError, readConfig } from "../config.ts";
import { parseDuration } from "../domain/duration.ts";
import { Fault } from "../domain/fault.ts";
import { lockoutId, personId } from "../domain/values.ts";
import { managerClient } from "../manager/client.ts";
import type { Environment } from "../settings.ts";
import { declareLockout } from "../usecases/lockout/lockout.ts";
import { noting } from "../usecases/inventory/noting.ts";
import { type Context } from "../usecases/ports.ts";
import { scopeOf, type Survey, surveyLockout } from "../usecases/lockout/survey-lockout.ts";
import { follow, standInWords } from "./follow-lockout.ts";
import { cachedDirectory, noMessages, withoutManager } from "./offline.ts";
import { counted } from "./policy-words.ts";
import { confirm, restore } from "./restore-lockout.ts";
import { missing, refused, type Terminal } from "./terminal.ts";

/** Milliseconds for one call. */
const PATIENCE = 10_000;

const OPTIONS = {
  query: { type: "string" },
  all: { type: "boolean", default: false },
  incident: { type: "string", default: "" },
  because: { type: "string", default: "" },
  by: { type: "string", default: "" },
  for: { type: "string" },
  drill: { type: "boolean", default: false },
  confirm: { type: "string" },
  signature: { type: "string", default: "" },
} as const;

type Options = ReturnType<typeof read>["values"];

/**
 * Lockouts from the command line, for when Slack is down: the same policy, rows, trail and engine. In
 * Slack again, the cards appear. Answers the exit code.
 */
export async function lockout(
  words: string[],
  terminal: Terminal,
  environment: Environment,
): Promise<0 | 1 | 2> {
  const { values, positionals } = read(words);
  const [what = "declare", id = ""] = positionals;
  let config: Config;
  try {
    config = readConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    terminal.say(`${error.message}\n`);
    return 1;
  }
  return withContext(config, terminal, async (context) => {
    switch (what) {
      case "declare":
        return declare(context, terminal, values, config);
      case "status":
        return status(context, terminal, id);
      case "restore":
        return restore(context, terminal, { ...values, id });
      case "confirm":
        return confirm(context, terminal, { ...values, id }, config);
      default:
        terminal.say(
          `There is no "lockout ${what}"; it is declared with options alone, or: status, restore, confirm.\n`,
        );
        return 2;
    }
  });
}

function read(words: string[]) {
  return parseArgs({ args: words, options: OPTIONS, allowPositionals: true });
}

async function withContext(
  config: Config,
  terminal: Terminal,
  work: (context: Context) => Promise<0 | 1 | 2>,
): Promise<0 | 1 | 2> {
  const store = await openStoreOf(config.store);
  const log = {
    debug: () => {},
    info: () => {},
    warn: (_: unknown, text: string) => terminal.say(`${text}\n`),
    error: (_: unknown, text: string) => terminal.say(`${text}\n`),
  };
  const client =
    config.manager.kind === "remote" ? managerClient({ ...config.manager, timeoutMs: PATIENCE }) : undefined;
  try {
    const { directory, store: readOnly } = cachedDirectory(store);
    return await work({
      store: readOnly,
      manager: client === undefined ? withoutManager() : noting(client, { store, clock: Date.now, log }),
      directory,
      messages: noMessages(),
      clock: Date.now,
      newId,
      policy: () => config.policy,
      seal: sealing(config.markerKey),
      nudge: () => {},
      correlate: async (_, run) => run(),
      log,
    });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    terminal.say(`It cannot be done now: ${error.message}.\n`);
    return 1;
  } finally {
    await client?.close();
    await store.close();
  }
}

async function declare(
  context: Context,
  terminal: Terminal,
  given: Options,
  config: Config,
): Promise<0 | 1 | 2> {
  const by = personId.safeParse(given.by);
  const line = given.all ? "" : (given.query?.trim() ?? "");
  const length = given.for === undefined ? undefined : parseDuration(given.for);
  const wrong = [
    ...(by.success ? [] : ["--by: the Slack id of the responder who declares it, U…"]),
    ...(line === "" && !given.all ? ["--query: which keys, or --all"] : []),
    ...(given.incident === "" ? ["--incident: its reference"] : []),
    ...(given.because === "" ? ["--because: why"] : []),
    ...(given.for !== undefined && length === undefined
      ? ["--for: a length such as 2h; without it, until it is restored"]
      : []),
  ];
  if (wrong.length > 0 || !by.success) return missing(terminal, wrong);
  const scope = await scopeOf(context, { by: by.data, line });
  if ("refusal" in scope) return refused(terminal, scope.refusal);
  const survey = await surveyLockout(context, scope.scope);
  terminal.say(surveyInLines(survey));
  const typed = await confirmation(terminal, given, survey);
  const declared = await declareLockout(context, {
    by: by.data,
    scope: scope.scope,
    incident: given.incident,
    because: given.because,
    drill: given.drill,
    typed,
    ...(length === undefined ? {} : { until: context.clock() + length }),
  });
  if ("refusal" in declared) return refused(terminal, declared.refusal);
  const { id } = declared.lockout;
  terminal.print(`${id}\n`);
  terminal.say("Declared: from now on no key in scope becomes active.\n");
  return follow(context, terminal, id, config);
}

async function confirmation(terminal: Terminal, given: Options, { mustType }: Survey): Promise<string> {
  if (given.confirm !== undefined) return given.confirm;
  return mustType && !given.drill && terminal.interactive
    ? terminal.ask(`These are many keys. Type the incident's reference (${given.incident}) to lock them: `)
    : "";
}

async function status({ store }: Context, terminal: Terminal, id: string): Promise<0 | 1> {
  const wanted = lockoutId.safeParse(id);
  const one = wanted.success ? await store.lockout(wanted.data) : undefined;
  const all = one === undefined ? await store.lockouts(20) : [one];
  if (all.length === 0) terminal.say("There has been no lockout.\n");
  for (const { value } of all) {
    terminal.print(`${value.id}  ${value.drill ? "drill " : ""}${value.incident}: ${standInWords(value)}\n`);
    for (const { state, reason, count } of await store.itemReasons(value.id))
      terminal.print(`    ${count} ${state}: ${reason}\n`);
  }
  return 0;
}

function surveyInLines({ keys, active, dangerous, spared, asOf }: Survey): string {
  if (asOf === undefined) return "The keys have not been read yet, so how many these are is not known.\n";
  const lines = [
    `${counted(keys, "key")}, ${active} of them active, as of ${new Date(asOf).toISOString()}.`,
    ...(dangerous.length === 0
      ? []
      : [`The most dangerous first: ${dangerous.map(({ name }) => name).join(", ")}.`]),
    ...(spared.length === 0 ? [] : [`Left alone: ${spared.map(({ key }) => key.name).join(", ")}.`]),
  ];
  return lines.map((each) => `${each}\n`).join("");
}
