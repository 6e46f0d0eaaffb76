import { createHmac, randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { authenticate } from "../../../src/embedded-manager/authentication.ts";
import { openDatabase } from "../../../src/embedded-manager/database.ts";
import { keyRecords } from "../../../src/embedded-manager/key-records.ts";
import { roleRecords } from "../../../src/embedded-manager/role-records.ts";
import { hashSecret } from "../../../src/embedded-manager/secrets.ts";

/** What a call did, told without a clock: its look-ups and its hashes, in order. */
function workOf(secretFor: (made: { id: number; secret: string }) => string, change: object = {}) {
  const database = openDatabase(":memory:");
  try {
    const roles = roleRecords(database);
    const keys = keyRecords(database);
    const { key, secret } = keys.create({
      keyName: "measured",
      description: "",
      locale: "en-US",
      roleID: 1,
      timeZone: "Etc/UTC",
      active: true,
      created: 0,
      unsuccessfulSignInAttempts: 0,
      serviceAccount: false,
      ...change,
    });
    const work: string[] = [];
    const register = {
      keys: {
        ...keys,
        findWithHash: (id: number) => {
          work.push("look-up");
          return keys.findWithHash(id);
        },
        update: () => void work.push("write"),
      },
      roles,
      users: { find: () => undefined },
      sessions: { resume: () => undefined },
      hash: (text: string) => {
        work.push(`hash of ${text.length} characters`);
        return hashSecret(database.hashKey, text);
      },
      now: () => 1000,
    };
    const headers = { "api-secret-key": secretFor({ id: key.ID, secret }) };
    const outcome = authenticate(register, headers);
    return { cause: "cause" in outcome ? outcome.cause : "accepted", work };
  } finally {
    database.close();
  }
}

const random = () => randomBytes(32).toString("base64");
const WORK = ["look-up", "hash of 46 characters"];

it("does the same work for an unknown key, a wrong secret, a locked and an expired key", () => {
  expect([
    workOf(() => `9:${random()}`),
    workOf(({ id }) => `${id}:${random()}`),
    workOf(({ secret }) => secret, { active: false }),
    workOf(({ secret }) => secret, { expiryDate: 1000 }),
  ]).toEqual([
    { cause: "unknown", work: WORK },
    { cause: "wrong", work: WORK },
    { cause: "locked", work: WORK },
    { cause: "expired", work: WORK },
  ]);
});

it("writes only where the caller is accepted", () => {
  expect(workOf(({ secret }) => secret)).toEqual({ cause: "accepted", work: [...WORK, "write"] });
});

it("stores a keyed hash, of no use without the key that lies beside the database", () => {
  const [one, other] = [randomBytes(32), randomBytes(32)];
  expect(hashSecret(one, "1:abc")).toEqual(createHmac("sha256", one).update("1:abc").digest());
  expect(hashSecret(one, "1:abc")).not.toEqual(hashSecret(other, "1:abc"));
});
