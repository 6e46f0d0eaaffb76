import { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { isIP } from "node:net";
import { makeAuthority, makeServerIdentity } from "./certificate.ts";
import type { TlsIdentity } from "./http.ts";

const DAY = 86_400_000;
const YEARS_OF_AUTHORITY = 10;
/** Longer ones are not believed by every client. */
const DAYS_OF_SERVER = 800;
/** The manager looks only when it starts. */
const RENEW_BEFORE = 90 * DAY;
/** Clients' clocks may be behind. */
const SINCE = DAY;

export type OwnTls = {
  tls: TlsIdentity;
  /** The file that clients are told to trust. */
  authorityFile: string;
  /** SHA-256, as colon-separated hex: of the authority, and of the server's certificate. */
  authorityFingerprint: string;
  serverFingerprint: string;
  /** ms since the epoch. */
  validUntil: number;
};

/**
 * TLS without anybody's help: an authority made once and kept in the folder, and a certificate by it,
 * made anew when it is about to end or does not name a host. Private keys have mode 600.
 */
export async function ownTls(folder: string, host: string, now: number): Promise<OwnTls> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const authorityFile = join(folder, "ca.pem");
  const authority =
    kept(authorityFile, join(folder, "ca.key")) ??
    (await keep(authorityFile, join(folder, "ca.key"), async () => {
      const name = `Embedded manager CA on ${hostname()}`.slice(0, 64);
      return makeAuthority(name, { from: now - SINCE, until: now + YEARS_OF_AUTHORITY * 365 * DAY });
    }));
  const signer = new X509Certificate(authority.cert);
  const hosts = [...new Set(["localhost", "127.0.0.1", "::1", ...namesOf(host)])];
  const [certFile, keyFile] = [join(folder, "server.pem"), join(folder, "server.key")];
  const present = kept(certFile, keyFile);
  const server =
    present && serves(new X509Certificate(present.cert), hosts, signer, now)
      ? present
      : await keep(certFile, keyFile, async () => {
          const until = Math.min(now + DAYS_OF_SERVER * DAY, signer.validToDate.getTime());
          return makeServerIdentity(hosts, { from: now - SINCE, until }, authority);
        });
  const { fingerprint256, validToDate } = new X509Certificate(server.cert);
  return {
    // With the authority behind it, so that a client may pin either.
    tls: { cert: server.cert + authority.cert, key: server.key },
    authorityFile,
    authorityFingerprint: signer.fingerprint256,
    serverFingerprint: fingerprint256,
    validUntil: validToDate.getTime(),
  };
}

/** What others may call this machine by; a wildcard address is nobody's name. */
function namesOf(host: string): string[] {
  const own = hostname();
  const names = host === "0.0.0.0" || host === "::" ? [own] : [host, own];
  return names.filter((name) => isIP(name) > 0 || /^[A-Za-z0-9.-]+$/.test(name));
}

function serves(
  certificate: X509Certificate,
  hosts: string[],
  authority: X509Certificate,
  now: number,
): boolean {
  return (
    certificate.checkIssued(authority) &&
    certificate.verify(authority.publicKey) &&
    certificate.validToDate.getTime() - now > RENEW_BEFORE &&
    hosts.every((host) => (isIP(host) > 0 ? certificate.checkIP(host) : certificate.checkHost(host)))
  );
}

function kept(certFile: string, keyFile: string): TlsIdentity | undefined {
  if (!existsSync(certFile) || !existsSync(keyFile)) return undefined;
  return { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
}

/** The key first: a certificate without its key would be of no use. */
async function keep(
  certFile: string,
  keyFile: string,
  make: () => Promise<TlsIdentity>,
): Promise<TlsIdentity> {
  const made = await make();
  for (const [file, content, mode] of [
    [keyFile, made.key, 0o600],
    [certFile, made.cert, 0o644],
  ] as const) {
    writeFileSync(`${file}.new`, content, { mode, flush: true });
    renameSync(`${file}.new`, file);
  }
  return made;
}
