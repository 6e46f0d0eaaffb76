import { z } from "zod";
import type { ManagerDatabase } from "./database.ts";

const number = (standard: number) => z.coerce.number().int().min(0).max(1_000_000).default(standard);

/**
 * What the product has as settings (contract 5, 9, 10.1), with its own standard values where they are
 * known. 0 switches a limit off.
 */
const managerSettings = z.object({
  /** Wrong secrets or passwords in a row before a key or user is locked out. */
  attemptsBeforeLockOut: number(5),
  /** How long such a lock-out lasts; 0 means until somebody lifts it. */
  lockOutMinutes: number(0),
  /** Calls in any 60 seconds: of one key or user, of the tenant, of this process. */
  callsPerKey: number(500),
  callsPerTenant: number(1000),
  callsPerNode: number(5000),
  sessionsPerUser: number(10),
  /** What one sign-in too many does: it is refused, or it ends the user's oldest session. */
  sessionsExceeded: z.enum(["refuse", "end-oldest"]).default("refuse"),
  sessionIdleMinutes: number(30),
  /** How long a session lasts at most, used or not. */
  sessionMinutes: number(0),
});
export type ManagerSettings = z.infer<typeof managerSettings>;
type SettingName = keyof ManagerSettings;

export const SETTING_NAMES = Object.keys(managerSettings.shape) as SettingName[];

/** A setting as an option of the command line: `callsPerKey` is `calls-per-key`. */
export function optionOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The settings in force: those given now, which are kept from here on, over those kept before. */
export function keptSettings(
  { sql, transaction }: ManagerDatabase,
  given: Partial<ManagerSettings>,
): ManagerSettings {
  const rows = sql.prepare("SELECT name, value FROM settings").all();
  const kept = Object.fromEntries(rows.map(({ name, value }) => [String(name), String(value)]));
  const settings = managerSettings.parse({ ...kept, ...given });
  const keep = sql.prepare("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)");
  transaction(() => {
    for (const [name, value] of Object.entries(given)) keep.run(name, String(value));
  });
  return settings;
}

/**
 * Reads settings from texts by name: options of a command line, or an environment's
 * EMBEDDED_MANAGER_CALLS_PER_KEY and the like. Throws a sentence that names the one that is wrong.
 */
export function readSettings(
  options: Record<string, string | undefined>,
  environment: Record<string, string | undefined>,
): Partial<ManagerSettings> {
  const given = SETTING_NAMES.flatMap((name) => {
    const option = optionOf(name);
    const variable = `EMBEDDED_MANAGER_${option.replaceAll("-", "_").toUpperCase()}`;
    const text = options[option] ?? (environment[variable] || undefined);
    if (text === undefined) return [];
    const read = managerSettings.shape[name].safeParse(text);
    if (!read.success || text === "")
      throw new Error(`--${option} (or ${variable}) takes ${accepted(name)}, not "${text}".`);
    return [[name, read.data]];
  });
  return Object.fromEntries(given) as Partial<ManagerSettings>;
}

function accepted(name: SettingName): string {
  return name === "sessionsExceeded" ? "refuse or end-oldest" : "a whole number from 0 to 1000000";
}
