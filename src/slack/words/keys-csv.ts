import { csvLine } from "../../domain/csv.ts";
import type { ListedKey } from "../../usecases/inventory-port.ts";

const ORIGINS = {
  request: "asked for here",
  outside: "made outside",
  adopted: "asked for here, adopted by its marker",
};

const COLUMNS: readonly [string, (key: ListedKey) => string | number | undefined][] = [
  ["ID", ({ id }) => id],
  ["Name", ({ name }) => name],
  ["Owner", ({ owner }) => owner],
  ["Role", ({ roleName }) => roleName],
  ["Active", ({ active }) => (active ? "yes" : "no")],
  ["Held by", ({ holds }) => holds?.reasons.map(({ kind }) => kind).join(" ")],
  ["Expires", ({ expiresAt }) => instant(expiresAt)],
  ["Made", ({ createdAt }) => instant(createdAt)],
  ["Last used on", ({ lastUsedAt }) => instant(lastUsedAt)?.slice(0, 10)],
  ["Failed attempts", ({ failures }) => failures],
  ["Origin", ({ origin }) => ORIGINS[origin]],
  ["Description", ({ description }) => description],
];

/** The first line of the file (RFC 4180). */
export function csvHeader(): string {
  return csvLine(COLUMNS.map(([name]) => name));
}

/** One line for each key. */
export function csvLines(keys: readonly ListedKey[]): string {
  return keys.map((key) => csvLine(COLUMNS.map(([, of]) => of(key) ?? ""))).join("");
}

function instant(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
