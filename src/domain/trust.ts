/**
 * Which certificate a manager may show: one that the system's authorities vouch for, one that the
 * authorities in a text of PEM vouch for, or exactly one, by its SHA-256 in 64 small hexadecimal
 * digits. There is no way to check nothing.
 */
export type Trust =
  | { kind: "system" }
  | { kind: "authorities"; pem: string }
  | { kind: "fingerprint"; sha256: string };
