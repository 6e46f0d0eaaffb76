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

  /** By which it is known again without being kept; `seal`: an HMAC under a key of ours. */
  mark(seal: (text: string) => string): string {
    return seal(`portcullis leaked secret 1 ${this.#value}`);
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
const BREAK = "[\\s\\u200B-\\u200D\\u2060\\uFEFF]*";
/**
 * The three public forms of a secret (contract 2.2): `ID:base64`, `GUID:base64`, `GUID:GUID:base64`.
 * White space and zero-width marks inside a pasted one must not hide it.
 */
const SECRET_FORM = new RegExp(
  `(?<![0-9A-Za-z])(?:\\d{1,20}|${GUID}(?::${GUID})?)${BREAK}:${BREAK}(?:[A-Za-z0-9+/_-]${BREAK}){43}=`,
  "g",
);
const SQUEEZED_FORM = new RegExp(`(?:\\d{1,20}|${GUID}(?::${GUID})?):[A-Za-z0-9+/_-]{43}=`);
/** Each form has one, also as addresses write it; nearly nothing that is typed has. */
const COLON = /:|%3a/i;
const BREAKS = new RegExp(BREAK.replace("*", ""), "gu");

/** A text as it was meant: without what Slack, JSON, addresses and command lines write in other ways. */
function plainly(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replace(/%(3A|3D|2F|2B)/gi, (hex) => decodeURIComponent(hex))
    .replaceAll("\\", "");
}

/** Whether a text that a person typed carries something in the form of a secret (contract 2.2). */
export function containsSecret(text: string): boolean {
  if (!COLON.test(text)) return false;
  const plain = plainly(text);
  return SQUEEZED_FORM.test(plain) || SQUEEZED_FORM.test(plain.replace(BREAKS, ""));
}

/** A secret that stood in a text, with the number in front of it, where there is one: the key's ID. */
export type Found = { secret: Secret; id: number | undefined };

/** Different secrets of one text that are looked at. */
const MOST_FOUND = 20;

/**
 * The secrets in a text, however it was pasted: in code blocks, JSON, addresses and command lines,
 * broken over lines or not. In front of the first form stands the key's ID, in front of the others
 * the tenant only (contract 2.2).
 */
export function findSecrets(text: string): Found[] {
  const found = new Map<string, Found>();
  for (const [broken] of plainly(text).matchAll(SECRET_FORM)) {
    const value = broken.replace(BREAKS, "");
    const [front = ""] = value.split(":");
    const id = /^\d{1,10}$/.test(front) ? Number(front) : undefined;
    if (found.size < MOST_FOUND) found.set(value, { secret: new Secret(value), id });
  }
  return [...found.values()];
}
