import { parseArgs } from "node:util";
import { OFFLINE, type OfflineCommand } from "./offline.ts";
import { type ManagerSettings, optionOf, readSettings, SETTING_NAMES } from "./settings.ts";

export const USAGE = `npm run manager -- [options]                 runs a manager of API keys on this machine
npm run manager -- unlock-user [NAME]        while it does not run: lifts a user's lock-out
npm run manager -- unlock-key ID             makes a locked key active again
npm run manager -- set-password [NAME]       sets a user's password and lifts a lock-out

  --data DIR               where it keeps its data: data/manager
  --port N                 4119
  --host ADDRESS           who can reach it: 127.0.0.1, this machine alone
  --tls-self-signed        HTTPS by an authority of its own, which it makes once and keeps
  --tls-cert FILE --tls-key FILE      HTTPS by a certificate of yours

Settings, kept with the data once they are given; 0 switches a limit off. Each may also stand in the
environment: --calls-per-key as EMBEDDED_MANAGER_CALLS_PER_KEY.

  --attempts-before-lock-out N        wrong secrets or passwords in a row: 5
  --lock-out-minutes N                how long it lasts: 0, until somebody lifts it
  --calls-per-key N, --calls-per-tenant N, --calls-per-node N
                                      calls in any minute: 500, 1000, 5000
  --sessions-per-user N               10
  --sessions-exceeded WHAT            what one more does: refuse, or end-oldest
  --session-idle-minutes N            30
  --session-minutes N                 how long one lasts at most: 0, without limit

The password of the first user, MasterAdmin, and the one that set-password sets, may be given as
EMBEDDED_MANAGER_ADMIN_PASSWORD; otherwise one is made and printed once.
`;

export type Run = {
  data: string;
  port: number;
  host: string;
  tls: "none" | "own" | { cert: string; key: string };
  settings: Partial<ManagerSettings>;
  adminPassword: string | undefined;
};

export type Wanted =
  | { do: "help" }
  | ({ do: "run" } & Run)
  | { do: OfflineCommand; data: string; subject: string | undefined; adminPassword: string | undefined };

/** What a command line and an environment ask for. Throws a sentence about what is wrong. */
export function readCommandLine(args: string[], environment: Record<string, string | undefined>): Wanted {
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      data: { ...text, default: "data/manager" },
      port: { ...text, default: "4119" },
      host: { ...text, default: "127.0.0.1" },
      "tls-cert": text,
      "tls-key": text,
      "tls-self-signed": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      ...Object.fromEntries(SETTING_NAMES.map((name) => [optionOf(name), text])),
    },
  });
  if (values.help) return { do: "help" };
  const { data, host } = values;
  const adminPassword = environment["EMBEDDED_MANAGER_ADMIN_PASSWORD"] || undefined;
  const [command, subject, ...more] = positionals;
  if (command !== undefined) {
    const known = OFFLINE.find((each) => each === command);
    if (known === undefined || more.length > 0)
      throw new Error(`"${positionals.join(" ")}" is no command. See npm run manager -- --help`);
    return { do: known, data, subject, adminPassword };
  }
  const settings = readSettings(textsOf(values), environment);
  const tls = readTls(values["tls-cert"], values["tls-key"], values["tls-self-signed"]);
  return { do: "run", data, host, port: readPort(values.port), tls, settings, adminPassword };
}

function textsOf(values: Record<string, unknown>): Record<string, string | undefined> {
  const texts = Object.entries(values).filter(([, value]) => typeof value === "string");
  return Object.fromEntries(texts) as Record<string, string>;
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new Error(`--port takes a number from 0 to 65535, not "${text}".`);
}

function readTls(cert: string | undefined, key: string | undefined, own: boolean): Run["tls"] {
  if ((cert === undefined) !== (key === undefined))
    throw new Error("--tls-cert and --tls-key belong together: give both, or neither.");
  if (cert === undefined || key === undefined) return own ? "own" : "none";
  if (own) throw new Error("--tls-self-signed makes a certificate: give no --tls-cert beside it.");
  return { cert, key };
}
