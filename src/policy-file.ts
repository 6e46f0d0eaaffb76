import { createHash } from "node:crypto";
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import { z } from "zod";
import { nearestNames } from "./domain/near-names.ts";
import { type Policy, policy as schema } from "./domain/policy.ts";

/** The rules as read, with the SHA-256 of the text that they were read from. */
export type ReadPolicy = { policy: Policy; hash: string };

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** What policy.yml as delivered has where a workspace's own ids belong. */
const PLACEHOLDER = /^([CGSUW])0{7,}\d{0,3}$/;
const OR = new Intl.ListFormat("en-GB", { type: "disjunction" });
const AND = new Intl.ListFormat("en-GB");
const PLACE_OF = { C: "channel", G: "channel", S: "user group", U: "person", W: "person" };

/**
 * Reads a policy; otherwise every problem as "line 3, column 7: what is wrong", in the text's order.
 * With `placeholders`, the ids of a sample may stand where a workspace's own belong: for trying it out.
 */
export function readPolicy(text: string, { placeholders = false } = {}): ReadPolicy | { problems: string[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const found: { offset: number; message: string }[] = [];
  if (document.errors.length > 0) {
    for (const { pos, message } of document.errors) found.push({ offset: pos[0], message });
    return { problems: located(found, lines) };
  }
  visit(document, {
    Scalar(_, { value, range }) {
      const kind = typeof value === "string" ? PLACEHOLDER.exec(value)?.[1] : undefined;
      if (kind === undefined || placeholders) return;
      const message = `${String(value)} is a placeholder; put the id of a ${PLACE_OF[kind as keyof typeof PLACE_OF]} of your workspace here`;
      found.push({ offset: range?.[0] ?? 0, message });
    },
  });
  const read = schema.safeParse(document.toJS());
  for (const issue of read.error?.issues ?? []) found.push(...explain(issue, [], document));
  if (!read.success || found.length > 0) return { problems: located(found, lines) };
  return { policy: read.data, hash: createHash("sha256").update(text).digest("hex") };
}

function located(found: { offset: number; message: string }[], lines: LineCounter): string[] {
  const inOrder = found.toSorted((a, b) => a.offset - b.offset);
  return inOrder.map(({ offset, message }) => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}: ${message}`;
  });
}

function explain(issue: Issue, above: Path, document: Document): { offset: number; message: string }[] {
  const path = [...above, ...issue.path];
  const at = { offset: offsetOf(path, document) };
  switch (issue.code) {
    case "invalid_union":
      return explainUnion(issue.errors, path, document);
    case "invalid_key":
      return issue.issues.map(({ message }) => ({ ...at, message: `${String(path.at(-1))}: ${message}` }));
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        offset: offsetOf([...path, key], document, "key"),
        message: `"${key}" is not known here${suggestion(key, settingsAt(schema, path))}`,
      }));
    case "invalid_type":
      return document.hasIn(path)
        ? [{ ...at, message: `expected ${article(issue.expected)}, found ${written(path, document)}` }]
        : [{ ...at, message: `"${String(path.at(-1))}" is missing` }];
    case "too_small":
      return [{ ...at, message: outOfRange("at least", issue.minimum, issue.origin, path, document) }];
    case "too_big":
      return [{ ...at, message: outOfRange("at most", issue.maximum, issue.origin, path, document) }];
    case "invalid_format":
      return [{ ...at, message: `${lower(issue.message)}; found ${written(path, document)}` }];
    case "invalid_value": {
      const values = issue.values.map(String);
      const found = written(path, document);
      const near = suggestion(String(document.getIn(path)), values);
      return [{ ...at, message: `expected ${OR.format(values)}; found ${found}${near}` }];
    }
    case "custom":
    case "invalid_element":
    case "not_multiple_of":
      return [{ ...at, message: lower(issue.message) }];
  }
}

/** Of the alternatives, the one that the text comes closest to; where several are as close, what tells them apart. */
function explainUnion(branches: Issue[][], path: Path, document: Document) {
  const fewest = Math.min(...branches.map((each) => weight(each)));
  const closest = branches.filter((each) => weight(each) === fewest);
  const firsts = closest.flatMap((each) => (each.length === 1 ? each.slice(0, 1) : []));
  const at = { offset: offsetOf(path, document) };
  if (closest.length > 1 && firsts.length === closest.length) {
    const missing = firsts.filter((each) => each.path.length > 0 && !document.hasIn([...path, ...each.path]));
    if (missing.length === firsts.length)
      return [
        { ...at, message: `one of ${OR.format(missing.map((each) => each.path.join(".")))} is missing` },
      ];
    const keys = firsts.flatMap((each) => (each.code === "unrecognized_keys" ? each.keys : []));
    if (keys.length >= firsts.length)
      return [{ ...at, message: `${AND.format(new Set(keys))} do not go together` }];
  }
  return (closest[0] ?? []).flatMap((each) => explain(each, path, document));
}

/** A key that an alternative does not know, or lacks, says more against it than a value that does not fit. */
function weight(issues: Issue[]): number {
  return issues.reduce((sum, each) => sum + (each.code === "unrecognized_keys" ? each.keys.length : 1), 0);
}

function suggestion(key: string, known: readonly string[]): string {
  const [near] = nearestNames(key, known, 1);
  return near === undefined ? "" : `; did you mean "${near}"?`;
}

/** The settings that may stand at this place of the file. */
function settingsAt(type: z.core.$ZodType, path: Path): string[] {
  if (type instanceof z.ZodOptional || type instanceof z.ZodDefault) return settingsAt(type.unwrap(), path);
  if (type instanceof z.ZodUnion) return type.options.flatMap((each) => settingsAt(each, path));
  const [name, ...rest] = path;
  if (type instanceof z.ZodObject) {
    if (name === undefined) return Object.keys(type.shape);
    const part: z.core.$ZodType | undefined = type.shape[String(name)];
    return part === undefined ? [] : settingsAt(part, rest);
  }
  if (type instanceof z.ZodArray) return settingsAt(type.element, rest);
  return type instanceof z.ZodRecord ? settingsAt(type.valueType, rest) : [];
}

/** Where a value, or else its nearest parent, stands in the text. */
function offsetOf(path: Path, document: Document, part: "key" | "value" = "value"): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = document.getIn(path.slice(0, length - 1), true) ?? document.contents;
    const name = path[length - 1];
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => (isScalar(key) ? key.value : key) === name)
      : undefined;
    const node = document.getIn(path.slice(0, length), true);
    const key = pair?.key;
    // A map or list starts a line below its name; the name is where people look.
    const chosen = isNode(key) && (part === "key" || !isScalar(node)) ? key : node;
    if (isNode(chosen) && chosen.range) return chosen.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

/** Of a text and a list it is the length that is out of range. */
function outOfRange(side: string, bound: number | bigint, origin: string, path: Path, document: Document) {
  const value: unknown = document.getIn(path);
  if (isSeq(value)) return `expected ${side} ${bound} in the list; found ${value.items.length}`;
  if (origin !== "string") return `expected ${side} ${bound}; found ${written(path, document)}`;
  return `expected ${side} ${bound} character${Number(bound) === 1 ? "" : "s"}; found ${String(value).length}`;
}

function written(path: Path, document: Document): string {
  const value: unknown = document.getIn(path);
  if (isMap(value)) return "a map";
  return isNode(value) ? "a list" : JSON.stringify(value ?? null).replace(/^null$/, "nothing");
}

function article(expected: string): string {
  const words: Record<string, string> = {
    string: "a text",
    int: "a whole number",
    number: "a whole number",
    array: "a list",
    object: "a map",
    record: "a map",
    boolean: "true or false",
  };
  return words[expected] ?? expected;
}

function lower(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
