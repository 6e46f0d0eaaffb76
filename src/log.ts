import { AsyncLocalStorage } from "node:async_hooks";
import pino, { type DestinationStream, type Logger } from "pino";
import { prettyFactory } from "pino-pretty";
import { clean } from "./domain/clean.ts";
import { containsSecret } from "./domain/secret.ts";

const cause = new AsyncLocalStorage<Readonly<Record<string, string>>>();

/** Everything logged within `fn`, and whatever it starts, carries this id, and the ids of what it is about. */
export function withCorrelation<T>(id: string, fn: () => T, about: Readonly<Record<string, string>> = {}): T {
  return cause.run({ correlation: id, ...about }, fn);
}

/** What a line may not show, whoever puts it there: what authenticates, and what people or other systems sent. */
const AUTHENTICATES =
  /secret|password|passphrase|token|authorization|cookie|api_?key$|marker_?key|response_?url|^[rs]id$/i;
const BODY = /^(?:body|data|blocks|view|payload|headers|original|request|response)$/i;
const KEPT = "[not logged]";
/** Slack's tokens, and its response URLs, which anybody may post to who knows them (R6). */
const SLACK_CREDENTIAL =
  /\b(?:xox[a-z]|xapp|xwfp)[.-][\w.-]{4,}|\/hooks\/(?:commands|actions|app)\/|hooks\.slack(?:-gov)?\.com\/\w+\//;
const DEEPEST = 6;

/**
 * A logger of JSON lines; to standard output unless said otherwise, and there laid out if a person looks.
 * Lines never carry a secret, or a body.
 */
export function createLog(options: { level: string; destination?: DestinationStream }): Logger {
  const { level, destination = process.stdout.isTTY ? laidOut(process.stdout) : pino.destination(1) } =
    options;
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // A copy each time: pino writes the line's own fields into it.
      mixin: () => ({ ...cause.getStore() }),
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) =>
          Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, shown(name, value, 0)])),
      },
      // Replaces pino's own, which prints every property of an error: web-api keeps whole answers there.
      serializers: { err: (value: unknown) => value },
      hooks: { streamWrite: withoutSecrets },
    },
    destination,
  );
}

/**
 * Takes JSON lines, and writes them for a person at a terminal: the time in their zone, one field a line.
 * What others wrote cannot command the terminal.
 */
export function laidOut(terminal: { write(text: string): unknown }): DestinationStream {
  const layOut = prettyFactory({ translateTime: "SYS:HH:MM:ss", errorLikeObjectKeys: ["error"] });
  return { write: (line) => void terminal.write(layOut(cleaned(line))) };
}

function cleaned(line: string): string {
  return JSON.stringify(
    JSON.parse(line, (_, value: unknown) => (typeof value === "string" ? clean(value) : value)),
  );
}

function shown(name: string, value: unknown, depth: number): unknown {
  if (AUTHENTICATES.test(name) && value !== undefined && typeof value !== "boolean") return KEPT;
  if (value instanceof Error) return errorShown(value, depth);
  if (typeof value !== "object" || value === null || hasToJson(value)) return value;
  // An id under such a name ("request") is fine; what is no plain text is the thing itself.
  if (BODY.test(name)) return KEPT;
  if (depth >= DEEPEST) return "[deeper]";
  if (Array.isArray(value)) return value.map((each) => shown("", each, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shown(key, each, depth + 1)]));
}

/** Name, code, words and where it was thrown; never the other properties, where bodies are kept. */
function errorShown(error: Error, depth: number): Record<string, unknown> {
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const cause =
    error.cause === undefined || depth >= DEEPEST ? {} : { cause: shown("", error.cause, depth + 1) };
  const inner = error instanceof AggregateError ? { errors: shown("", error.errors, depth + 1) } : {};
  return { name: error.name, message: error.message, ...code, stack: error.stack, ...cause, ...inner };
}

function hasToJson(value: object): boolean {
  return "toJSON" in value && typeof value.toJSON === "function";
}

/** The last resort: a text in the form of a secret is withheld whole, in whatever field it came. */
function withoutSecrets(line: string): string {
  const safe: unknown = JSON.parse(line, (_, value: unknown) => withheld(value));
  const text = JSON.stringify(safe);
  // What is left stands in a field's name, or came apart over several fields.
  return isCredential(text)
    ? '{"level":"error","msg":"a line was withheld: it held a secret"}\n'
    : `${text}\n`;
}

function withheld(value: unknown): unknown {
  const texts = typeof value === "object" && value !== null ? Object.keys(value) : [value];
  return texts.some((each) => typeof each === "string" && isCredential(each))
    ? "[withheld: it held a secret]"
    : value;
}

function isCredential(text: string): boolean {
  return SLACK_CREDENTIAL.test(text) || containsSecret(text);
}
