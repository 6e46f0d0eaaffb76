import { createHmac, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** A new secret in the vendor's form: the key's ID, and 256 random bits (contract 2.2). */
export function mintSecret(id: number): string {
  return `${id}:${randomBytes(32).toString("base64")}`;
}

/** What is stored of a secret. A fast hash suffices for 256 random bits; the key of it lies elsewhere. */
export function hashSecret(hashKey: Buffer, secret: string): Buffer {
  return createHmac("sha256", hashKey).update(secret).digest();
}

/** The ID that a secret claims to belong to; 0, which no key has, if it claims none. */
export function claimedID(secret: string): number {
  return Number(/^(\d{1,10}):/.exec(secret)?.[1] ?? 0);
}

/** Compares in constant time; different lengths are unequal. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

const derive = promisify<string, Uint8Array, number, object, Buffer>(scrypt);

/** A slow hash, for passwords that people choose: some 60 ms and 32 MB. */
export async function hashPassword(password: string, salt: Uint8Array): Promise<Buffer> {
  return derive(password.normalize("NFC"), salt, 32, { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 });
}
