const PRINTED = "[secret]";

/**
 * The string that authenticates, kept from every way of printing a value: string conversion,
 * JSON, `util.inspect`. Only the files that the architecture test lists may call `reveal`.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The one way to the value: to authenticate with it, or to show it once. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return PRINTED;
  }

  toJSON(): string {
    return PRINTED;
  }

  [Symbol.toPrimitive](): string {
    return PRINTED;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return PRINTED;
  }
}

const GUID = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}";
/** The three public forms of a secret (contract 2.2): `ID:base64`, `GUID:base64`, `GUID:GUID:base64`. */
const SECRET_FORM = new RegExp(`(?:\\d+|${GUID}(?::${GUID})?):[A-Za-z0-9+/_-]{43}=`);

/** Whether a text that a person typed carries something in the form of a secret (contract 2.2). */
export function containsSecret(text: string): boolean {
  // White space and zero-width marks inside a pasted secret must not hide it.
  return SECRET_FORM.test(text) || SECRET_FORM.test(text.replace(/[\s\u200B-\u200D\u2060\uFEFF]/gu, ""));
}
