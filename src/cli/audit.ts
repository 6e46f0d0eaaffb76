import { closeSync, openSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { openStoreOf } from "../build.ts";
import { ConfigError, readConfig } from "../config.ts";
import type { Head, StoredRow } from "../domain/audit.ts";
import type { Flaw } from "../domain/audit-check.ts";
import { csvLine } from "../domain/csv.ts";
import { DAY, type Instant } from "../domain/values.ts";
import type { Environment } from "../settings.ts";
import { exportAudit, type Span } from "../usecases/audit/export-audit.ts";
import type { Store } from "../usecases/store-port.ts";
import { verifyAudit } from "../usecases/audit/verify-audit.ts";
import { counted } from "./policy-words.ts";
import { missing, type Terminal } from "./terminal.ts";

const OPTIONS = {
  head: { type: "string", multiple: true },
  from: { type: "string" },
  to: { type: "string" },
  format: { type: "string", default: "csv" },
  out: { type: "string" },
} as const;

type Options = ReturnType<typeof read>["values"];

/** Verifies the audit trail, or takes it away, beside the running program or without it. Answers the exit code. */
export async function audit(
  words: string[],
  terminal: Terminal,
  environment: Environment,
): Promise<0 | 1 | 2> {
  const { values, positionals } = read(words);
  const work = positionals.length === 1 ? WORKS[positionals[0] ?? ""] : undefined;
  if (work === undefined) return missing(terminal, ["what to do: audit verify, or audit export"]);
  const ready = work(values);
  if ("wrong" in ready) return missing(terminal, ready.wrong);
  try {
    const store = await openStoreOf(readConfig(environment).store);
    try {
      return await ready.run(store, terminal);
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    terminal.say(`${error.message}\n`);
    return 1;
  }
}

function read(words: string[]) {
  return parseArgs({ args: words, options: OPTIONS, allowPositionals: true });
}

type Ready = { wrong: string[] } | { run(store: Store, terminal: Terminal): Promise<0 | 1> };

const WORKS: Readonly<Record<string, (given: Options) => Ready>> = { verify, export: exporting };

function verify(given: Options): Ready {
  const heads = (given.head ?? []).map(readHead);
  const known = heads.filter((each) => each !== undefined);
  if (known.length < heads.length)
    return { wrong: ["--head: as the message in the audit channel says it, SEQ:HASH"] };
  return {
    async run(store, terminal) {
      const { flaws, last } = await verifyAudit(store, known);
      for (const flaw of flaws) terminal.print(`${flawInWords(flaw)}\n`);
      if (flaws.length > 0) {
        terminal.say(`The trail does not hold: ${counted(flaws.length, "flaw")}.\n`);
        return 1;
      }
      // The first thing that Portcullis does is to write one.
      if (last.seq === 0) {
        terminal.say(
          "There is no event in this database: it is another one, or all of them were taken out.\n",
        );
        return 1;
      }
      terminal.print(`The trail holds: ${counted(last.seq, "event")}, head ${last.seq}:${last.hash}\n`);
      if (known.length === 0)
        terminal.say(
          "Whoever owns the database could have written all of it anew: give a head from the audit channel (--head).\n",
        );
      return 0;
    },
  };
}

function readHead(text: string): Head | undefined {
  const [, seq = "", hash = ""] = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(text.trim()) ?? [];
  return seq === "" ? undefined : { seq: Number(seq), hash: hash.toLowerCase() };
}

function flawInWords(flaw: Flaw): string {
  switch (flaw.kind) {
    case "changed":
      return `${eventAt(flaw)} was changed: its hash is not that of what it says.`;
    case "moved":
      return `${eventAt(flaw)} was moved: its hash is that of event ${flaw.from}.`;
    case "unlinked":
      return `${eventAt(flaw)} does not go on from the one before: one of the two was written anew.`;
    case "added":
      return `${eventAt(flaw)} was added: no event gets such a number.`;
    case "missing":
      return flaw.from === flaw.to
        ? `Event ${flaw.from} is missing.`
        : `Events ${flaw.from} to ${flaw.to} are missing.`;
    case "end":
      return `After event ${flaw.seq} the trail ends, but ${flaw.says === undefined ? "the note of its end is gone" : `the note of its end says ${flaw.says.seq}:${flaw.says.hash}`}.`;
    case "head":
      return `Event ${flaw.seq} is not the one whose head was posted: ${flaw.found === undefined ? "it is not there" : `its hash is ${flaw.found}`}. The trail up to it was written anew since.`;
  }
}

function eventAt({ seq, at }: { seq: unknown; at?: Instant }): string {
  return `Event ${String(seq)} (${at === undefined ? "no known time" : new Date(at).toISOString()})`;
}

function exporting({ from, to, format, out }: Options): Ready {
  const begin = from === undefined ? 0 : momentOf(from, 0);
  const before = to === undefined ? Number.MAX_SAFE_INTEGER : momentOf(to, DAY);
  const inLine = FORMATS[format];
  if (begin === undefined || before === undefined || inLine === undefined)
    return {
      wrong: [
        ...(begin === undefined ? ["--from: a day such as 2026-11-20, or a moment"] : []),
        ...(before === undefined ? ["--to: a day such as 2026-11-20, or a moment"] : []),
        ...(inLine === undefined ? ["--format: csv or jsonl"] : []),
      ],
    };
  return { run: async (store, terminal) => write(store, terminal, { from: begin, before }, inLine, out) };
}

/** A day in UTC, `length` milliseconds on, or a moment; `undefined`: it is neither. */
function momentOf(text: string, length: number): Instant | undefined {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const at =
    isDay || /^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  // The calendar of Date.parse goes on from the 31st of June to July.
  if (Number.isNaN(at) || (isDay && !new Date(at).toISOString().startsWith(text))) return undefined;
  return isDay ? at + length : at;
}

type InLine = { header: string; line: (row: StoredRow) => string };

const COLUMNS = ["seq", "at", "actor", "subject", "event", "evidence", "previous", "hash"] as const;

const FORMATS: Readonly<Record<string, InLine>> = {
  csv: {
    header: csvLine(COLUMNS),
    line: (row) =>
      csvLine(
        COLUMNS.map((each) => {
          const value = each === "at" ? instantOf(row) : row[each];
          return typeof value === "number" ? value : String(value);
        }),
      ),
  },
  jsonl: {
    header: "",
    line: (row) => `${JSON.stringify({ ...row, at: instantOf(row), evidence: evidenceOf(row) })}\n`,
  },
};

function instantOf({ at }: StoredRow): unknown {
  return typeof at === "number" ? new Date(at).toISOString() : at;
}

/** As the program wrote it, parsed; what somebody else wrote, as it is. */
function evidenceOf({ evidence }: StoredRow): unknown {
  try {
    return JSON.parse(String(evidence));
  } catch {
    return evidence;
  }
}

async function write(
  store: Store,
  terminal: Terminal,
  span: Span,
  { header, line }: InLine,
  out: string | undefined,
): Promise<0 | 1> {
  const file = out === undefined ? undefined : newFile(out);
  const print = (text: string): unknown =>
    file === undefined ? terminal.print(text) : writeSync(file, text);
  try {
    print(header);
    let events = 0;
    for await (const rows of exportAudit(store, span)) {
      print(rows.map(line).join(""));
      events += rows.length;
    }
    terminal.say(`${counted(events, "event")}${out === undefined ? "" : ` in ${out}`}.\n`);
    return 0;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** For its owner alone; throws in words where there is one already. */
function newFile(path: string): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (cause) {
    throw new Error(`${path} exists already or cannot be made; nothing was written.`, { cause });
  }
}
