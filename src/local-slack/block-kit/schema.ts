import { asText, isJson, type Json } from "../json.ts";

/** One thing that Block Kit does not allow, as `response_metadata.messages` and `blocks.validate` tell it. */
export type Problem = {
  pointer: string;
  message: string;
  constraint: { type: string; expected?: unknown; got?: unknown };
};

export type Report = (problem: Problem) => void;
export type Check = (value: unknown, pointer: string, report: Report) => void;
type Limit = { readonly min?: number; readonly max?: number };

const fail = (
  report: Report,
  pointer: string,
  message: string,
  type: string,
  expected?: unknown,
  got?: unknown,
) =>
  report({
    pointer,
    message,
    constraint: { type, ...(expected !== undefined && { expected }), ...(got !== undefined && { got }) },
  });

export function string(limit: Limit = {}): Check {
  return (value, pointer, report) => {
    if (typeof value !== "string") return fail(report, pointer, "must provide a string", "type", "string");
    const length = [...value].length;
    const { min = 0, max = Infinity } = limit;
    if (length < min)
      fail(report, pointer, `must be more than ${min - 1} characters`, "min_length", min, length);
    if (length > max)
      fail(report, pointer, `must be less than ${max + 1} characters`, "max_length", max, length);
  };
}

export function pattern(form: RegExp, what: string): Check {
  return (value, pointer, report) => {
    if (typeof value !== "string" || !form.test(value))
      fail(report, pointer, `must be ${what}`, "format", what);
  };
}

export function url(limit: Limit): Check {
  const checkLength = string(limit);
  return (value, pointer, report) => {
    checkLength(value, pointer, report);
    if (typeof value === "string" && !URL.canParse(value))
      fail(report, pointer, "must be a valid URL", "format", "url");
  };
}

export function integer({ min = -Infinity, max = Infinity }: Limit = {}): Check {
  return (value, pointer, report) => {
    if (!Number.isInteger(value)) return fail(report, pointer, "must provide an integer", "type", "integer");
    const number = Number(value);
    if (number < min) fail(report, pointer, `must be greater than or equal to ${min}`, "min", min, number);
    if (number > max) fail(report, pointer, `must be less than or equal to ${max}`, "max", max, number);
  };
}

export const number: Check = (value, pointer, report) => {
  if (typeof value !== "number") fail(report, pointer, "must provide a number", "type", "number");
};

export const boolean: Check = (value, pointer, report) => {
  if (typeof value !== "boolean") fail(report, pointer, "must provide a boolean", "type", "boolean");
};

/** Anything at all: where Slack's own rules are not published. */
export const anything: Check = () => {};

export function oneOf(...values: string[]): Check {
  return (value, pointer, report) => {
    if (!values.includes(String(value)))
      fail(report, pointer, "must be a valid enum value", "enum", values, value);
  };
}

export function list(item: Check, { min = 0, max = Infinity }: Limit = {}): Check {
  return (value, pointer, report) => {
    if (!Array.isArray(value)) return fail(report, pointer, "must provide an array", "type", "array");
    if (value.length < min)
      fail(report, pointer, `must have at least ${min} items`, "min_items", min, value.length);
    if (value.length > max)
      fail(report, pointer, `no more than ${max} items allowed`, "max_items", max, value.length);
    for (const [index, one] of value.entries()) item(one, `${pointer}/${index}`, report);
  };
}

/** An object with these fields and no others; `also` looks at it as a whole once its fields are known. */
export function object(
  required: Record<string, Check>,
  optional: Record<string, Check> = {},
  also?: (value: Json, pointer: string, report: Report) => void,
): Check {
  return (value, pointer, report) => {
    if (!isJson(value)) return fail(report, pointer, "must provide an object", "type", "object");
    for (const [key, check] of Object.entries(required)) {
      if (value[key] === undefined || value[key] === null)
        fail(report, pointer, `missing required field: ${key}`, "required", key);
      else check(value[key], `${pointer}/${key}`, report);
    }
    for (const [key, given] of Object.entries(value)) {
      if (key in required || given === undefined || given === null) continue;
      const check = optional[key];
      if (check === undefined)
        fail(report, pointer, `invalid additional property: ${key}`, "unknown_field", key);
      else check(given, `${pointer}/${key}`, report);
    }
    also?.(value, pointer, report);
  };
}

/** An object that its `type` chooses the rules of; only the `allowed` types, where given. */
export function byType(checks: Record<string, Check>, allowed?: readonly string[]): Check {
  return (value, pointer, report) => {
    if (!isJson(value)) return fail(report, pointer, "must provide an object", "type", "object");
    const type = value["type"];
    if (type === undefined) return fail(report, pointer, "missing required field: type", "required", "type");
    const check = typeof type === "string" && Object.hasOwn(checks, type) ? checks[type] : undefined;
    if (check === undefined || (allowed !== undefined && !allowed.includes(asText(type))))
      return fail(
        report,
        `${pointer}/type`,
        `unsupported type: ${asText(type)}`,
        "unsupported_type",
        allowed,
        type,
      );
    check(value, pointer, report);
  };
}

export const type: Check = string();

/** Reports at the whole object. */
export function require(
  holds: (value: Json) => boolean,
  message: string,
): (value: Json, pointer: string, report: Report) => void {
  return (value, pointer, report) => {
    if (!holds(value)) fail(report, pointer, message, "rule");
  };
}
