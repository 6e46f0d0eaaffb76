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
/** The three public forms of a secret (contract 2.2): `ID:base64`, `GUID:base64`, `GUID:GUID:base64`. */
const SECRET_FORM = new RegExp(`(?:\\d{1,20}|${GUID}(?::${GUID})?):[A-Za-z0-9+/_-]{43}=`);

/** White space and zero-width marks inside a pasted secret must not hide it. */
const BREAKS = /[\s\u200B-\u200D\u2060\uFEFF]/gu;

/** Whether a text that a person typed carries something in the form of a secret (contract 2.2). */
export function containsSecret(text: string): boolean {
  return SECRET_FORM.test(text) || SECRET_FORM.test(text.replace(BREAKS, ""));
}

/** A secret that stood in a text, with the number in front of it, where there is one: the key's ID. */
export type Found = { secret: Secret; id: number | undefined };

/** Different secrets of one text that are looked at. */
const MOST_FOUND = 5;

/**
 * The secrets in a text, however it was pasted: in code blocks, JSON, addresses and command lines,
 * broken over lines or not. In front of the first form stands the key's ID, in front of the others
 * the tenant only (contract 2.2).
 */
export function findSecrets(text: string): Found[] {
  const plain = text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replace(/%(3A|3D|2F|2B)/gi, (hex) => decodeURIComponent(hex))
    .replaceAll("\\", "");
  const found = new Map<string, Found>();
  for (const each of [plain, plain.replace(BREAKS, "")]) {
    for (const [value] of each.matchAll(new RegExp(SECRET_FORM, "g"))) {
      const [front = ""] = value.split(":");
      const id = /^\d{1,10}$/.test(front) ? Number(front) : undefined;
      // Squeezed together, a number before it may have run into its own: the random part tells it apart.
      const random = value.slice(value.lastIndexOf(":"));
      if (!found.has(random) && found.size < MOST_FOUND) found.set(random, { secret: new Secret(value), id });
    }
  }
  return [...found.values()];
}
