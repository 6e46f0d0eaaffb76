import type { ListedKey } from "../usecases/inventory-port.ts";

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
  return line(COLUMNS.map(([name]) => name));
}

/** One line for each key. */
export function csvLines(keys: readonly ListedKey[]): string {
  return keys.map((key) => line(COLUMNS.map(([, of]) => of(key) ?? ""))).join("");
}

function line(cells: readonly (string | number)[]): string {
  return `${cells.map(cell).join(",")}\r\n`;
}

/** A name that a spreadsheet would take for a formula is marked as text; numbers of ours are none. */
function cell(value: string | number): string {
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function instant(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
