type Form = { name: string; bytes: Buffer };

/** How many characters of a secret's random part are enough to know it again: chance would need 62^8 tries. */
const ENOUGH = 8;

/**
 * Looks for secrets in bytes, in the forms that they could take on the way out: as they are, cut
 * short, escaped for JSON, HTML or a URL, and their random bytes or text in base64, hex or decimals.
 */
export class Scanner {
  /** Every form by its first four bytes, so that one pass over the bytes finds all of all secrets. */
  readonly #forms = new Map<number, (Form & { secret: string })[]>();
  /** Which two bytes a form begins with: what passes by most bytes quickly. */
  readonly #beginnings = new Uint8Array(1 << 16);

  constructor(secrets: readonly string[]) {
    for (const secret of secrets)
      for (const form of formsOf(secret)) {
        const start = form.bytes.readUInt32BE();
        this.#forms.set(start, [...(this.#forms.get(start) ?? []), { ...form, secret }]);
        this.#beginnings[start >>> 16] = 1;
      }
  }

  /** Each secret that occurs, once, and the name of a form that it was found in. */
  find(where: Uint8Array | string): Map<string, string> {
    const bytes = Buffer.from(where);
    const found = new Map<string, string>();
    for (let at = 1; at < bytes.length - 2; at++) {
      const two = ((bytes[at - 1] ?? 0) << 8) | (bytes[at] ?? 0);
      if (this.#beginnings[two] === 0) continue;
      for (const { name, bytes: form, secret } of this.#forms.get(bytes.readUInt32BE(at - 1)) ?? [])
        if (form.equals(bytes.subarray(at - 1, at - 1 + form.length)) && !found.has(secret))
          found.set(secret, name);
    }
    return found;
  }
}

function formsOf(secret: string): Form[] {
  const random = secret.slice(secret.lastIndexOf(":") + 1);
  const letters = random.replace(/=+$/, "");
  const key = Buffer.from(random, "base64");
  const text = Buffer.from(secret);
  const form = (name: string, form: string | Buffer): Form => ({ name, bytes: Buffer.from(form) });
  const forms = [
    form("its random part", letters),
    // Escapes leave letters and digits alone, so the longest run of them survives every one.
    ...plainRuns(random).map((run) => form("escaped or in part", run)),
    form("its first characters", letters.slice(0, ENOUGH)),
    form("its last characters", letters.slice(-ENOUGH)),
    form("its random bytes", key),
    ...inEveryBase("its random bytes", key),
    ...inEveryBase("its text", text),
    form("its text in UTF-16", Buffer.from(letters, "utf16le")),
    form("its text backwards", [...letters].reverse().join("")),
  ];
  return [form("as it is", secret), ...forms.filter(({ bytes }) => bytes.length >= ENOUGH)];
}

function plainRuns(random: string): string[] {
  const runs = random.split(/[^A-Za-z0-9]/).sort((a, b) => b.length - a.length);
  return runs.filter((run, index) => run.length >= ENOUGH && index < 3);
}

function inEveryBase(what: string, bytes: Buffer): Form[] {
  const hex = bytes.toString("hex");
  const pairs = hex.match(/../g) ?? [];
  // In base64 a text looks different by where it begins; the ends, which depend on its neighbours, are cut off.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .slice(shift === 0 ? 0 : 4)
      .slice(0, -4),
  );
  const forms: [string, string][] = [
    ...base64.map((each): [string, string] => ["in base64", each]),
    ...base64.map((each): [string, string] => [
      "in base64url",
      each.replaceAll("+", "-").replaceAll("/", "_"),
    ]),
    ["in hex", hex],
    ["in hex", hex.toUpperCase()],
    ["as Node prints a buffer", pairs.slice(0, 24).join(" ")],
    ["as a list of numbers", [...bytes].join(",")],
  ];
  return forms.map(([how, form]) => ({ name: `${what} ${how}`, bytes: Buffer.from(form) }));
}
