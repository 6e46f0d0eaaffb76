/** A JSON object whose fields are not known yet. */
export type Json = Record<string, unknown>;

/** A value as the text of a form field or a message. */
export function asText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
