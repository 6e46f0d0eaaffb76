/*
 * The few forms of ASN.1 that a certificate is written in (X.690, DER). Writing only: certificates are
 * read by node:crypto.
 */

function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, "0"), "hex");
  return Buffer.concat([Buffer.from([tag, 0x80 + size.length]), size, content]);
}

export const sequence = (...contents: Uint8Array[]): Buffer => der(0x30, ...contents);
export const set = (...contents: Uint8Array[]): Buffer => der(0x31, ...contents);
export const boolean = (value: boolean): Buffer => der(0x01, Buffer.from([value ? 0xff : 0]));
export const octets = (content: Uint8Array): Buffer => der(0x04, content);
export const text = (content: string): Buffer => der(0x0c, Buffer.from(content));

/** A number that is not negative, given by its bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const padded = (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]);
  return der(0x02, padded);
}

/** Bits, the last `unused` of which do not count. */
export function bits(content: Uint8Array, unused = 0): Buffer {
  return der(0x03, Buffer.from([unused]), content);
}

/** `[n]` around something, or in its place where that is a mere text or number of bytes. */
export function tagged(n: number, form: "around" | "instead", content: Uint8Array): Buffer {
  return der((form === "around" ? 0xa0 : 0x80) + n, content);
}

/** An object identifier, such as "2.5.29.17". */
export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift(0x80 | (left & 0x7f));
    return groups;
  });
  return der(0x06, Buffer.from(bytes));
}

/** A moment in milliseconds since the epoch, in whole seconds: of two digits for the year up to 2049. */
export function time(moment: number): Buffer {
  const digits = `${new Date(moment).toISOString().slice(0, 19).replaceAll(/\D/g, "")}Z`;
  return digits < "2050" ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}
