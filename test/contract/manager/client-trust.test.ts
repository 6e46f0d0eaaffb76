import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:tls";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Secret } from "../../../src/domain/secret.ts";
import type { Trust } from "../../../src/domain/trust.ts";
import { type OwnTls, ownTls } from "../../../src/embedded-manager/own-authority.ts";
import { managerClient } from "../../../src/manager/client.ts";
import { openSession } from "../../../src/manager/session.ts";
import { shownFingerprint } from "../../../src/manager/trust.ts";
import { startEmbeddedManager } from "../../../src/embedded-manager/server.ts";
import { ADMIN_PASSWORD } from "../../support/embedded-manager.ts";

let folder: string;
let own: OwnTls;
let url: string;
let secret: Secret;
const closing = new AsyncDisposableStack();
const hex = (fingerprint: string): string => fingerprint.replaceAll(":", "").toLowerCase();
const authorities = (file: string): Trust => ({ kind: "authorities", pem: readFileSync(file, "utf8") });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "portcullis-trust-"));
  closing.defer(async () => rm(folder, { recursive: true }));
  own = await ownTls(join(folder, "tls"), "127.0.0.1", Date.now());
  const options = { data: ":memory:", adminPassword: ADMIN_PASSWORD, tls: own.tls };
  ({ url } = closing.use(await startEmbeddedManager(options)));
  const trust = authorities(own.authorityFile);
  const admin = { userName: "MasterAdmin", password: new Secret(ADMIN_PASSWORD), timeoutMs: 5000 };
  const session = await openSession({ url, trust, ...admin });
  const key = {
    name: "bot",
    description: "",
    role: 1,
    locale: "en-US",
    timeZone: "Etc/UTC",
    active: true,
  } as const;
  ({ secret } = await session.createKey(key));
  await session.close();
});
afterAll(async () => closing.disposeAsync());

/** What an own key's description through this trust comes to: its name, or the fault's code. */
async function callWith(trust: Trust | undefined, to = url): Promise<string> {
  const client = managerClient({ url: to, secret, timeoutMs: 5000, ...(trust && { trust }) });
  try {
    return (await client.describeCurrent()).name;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  } finally {
    await client.close();
  }
}

describe("a manager whose certificate no authority of this machine vouches for", () => {
  test("is not trusted", async () => {
    expect(await callWith(undefined)).toBe("manager-untrusted");
  });

  test("is trusted by the file of its authority", async () => {
    expect(await callWith(authorities(own.authorityFile))).toBe("bot");
  });

  test("is not trusted by the file of another authority", async () => {
    const other = await ownTls(join(folder, "other"), "127.0.0.1", Date.now());
    expect(await callWith(authorities(other.authorityFile))).toBe("manager-untrusted");
  });

  test("is trusted by its certificate's fingerprint, call after call and on many connections", async () => {
    const client = managerClient({
      url,
      secret,
      timeoutMs: 5000,
      trust: { kind: "fingerprint", sha256: hex(own.serverFingerprint) },
    });
    const names = await Promise.all(Array.from({ length: 20 }, async () => client.describeCurrent()));
    expect(new Set(names.map(({ name }) => name))).toEqual(new Set(["bot"]));
    await client.close();
  });

  test("is not trusted by another fingerprint", async () => {
    expect(await callWith({ kind: "fingerprint", sha256: "0".repeat(64) })).toBe("manager-untrusted");
  });

  test("shows its fingerprint to whoever wants to compare it", async () => {
    expect(await shownFingerprint(url)).toBe(hex(own.serverFingerprint));
    expect(await shownFingerprint("http://127.0.0.1:1/api")).toBeUndefined();
    expect(await shownFingerprint("https://127.0.0.1:1/api")).toBeUndefined();
  });
});

describe("a server in the manager's place", () => {
  let impostor: Server;
  let received = "";
  let there: string;
  beforeAll(async () => {
    const { tls } = await ownTls(join(folder, "impostor"), "127.0.0.1", Date.now());
    impostor = createServer(tls, (socket) => {
      socket.on("data", (bytes) => (received += bytes.toString("latin1"))).on("error", () => {});
    });
    impostor.listen(0, "127.0.0.1");
    await once(impostor, "listening");
    there = `https://127.0.0.1:${(impostor.address() as AddressInfo).port}/api`;
  });
  afterAll(() => impostor.close());

  test.each<[string, () => Trust]>([
    ["the pinned fingerprint", () => ({ kind: "fingerprint", sha256: hex(own.serverFingerprint) })],
    ["the authority's file", () => authorities(own.authorityFile)],
    ["the system's authorities", () => ({ kind: "system" })],
  ])("gets not a byte of a call from whoever goes by %s", async (_, trust) => {
    expect(await callWith(trust(), there)).toBe("manager-untrusted");
    expect(received).toBe("");
  });
});
