import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ownTls } from "../../../src/embedded-manager/own-authority.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 1);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "authority-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("certifies this machine by every name it goes by, and no certificate but servers'", async () => {
  const { tls, authorityFile } = await ownTls(folder, "192.0.2.7", NOW);
  const [server, authority] = [
    new X509Certificate(tls.cert),
    new X509Certificate(readFileSync(authorityFile)),
  ];
  for (const address of ["127.0.0.1", "::1", "192.0.2.7"]) expect(server.checkIP(address)).toBeDefined();
  for (const name of ["localhost", hostname()]) expect(server.checkHost(name)).toBeDefined();
  expect(server.checkHost("example.com")).toBeUndefined();
  expect([server.ca, authority.ca]).toEqual([false, true]);
  expect(server.checkIssued(authority) && server.verify(authority.publicKey)).toBe(true);
});

it("is made once; its certificate is made anew shortly before it ends, or for a further name", async () => {
  const first = await ownTls(folder, "127.0.0.1", NOW);
  const later = await ownTls(folder, "127.0.0.1", NOW + 700 * DAY);
  expect(later).toEqual(first);
  const renewed = await ownTls(folder, "127.0.0.1", NOW + 720 * DAY);
  expect(renewed.authorityFingerprint).toBe(first.authorityFingerprint);
  expect(renewed.serverFingerprint).not.toBe(first.serverFingerprint);
  expect(renewed.validUntil).toBe(NOW + 1520 * DAY);
  const named = await ownTls(folder, "keys.example.com", NOW + 720 * DAY);
  expect(named.serverFingerprint).not.toBe(renewed.serverFingerprint);
  expect(new X509Certificate(named.tls.cert).checkHost("keys.example.com")).toBeDefined();
});
