import { connect, type PeerCertificate, TLSSocket } from "node:tls";
import { Agent, buildConnector } from "undici";
import type { Trust } from "../domain/trust.ts";

/** Bytes of one answer; a page of keys has some 500 kB, all keys of a big manager some 40 MB. */
const LARGEST_ANSWER = 64 * 1024 * 1024;
/** Milliseconds to open a connection. */
const CONNECT_WITHIN = 5000;
/** As many as a lockout makes calls at once. */
const CONNECTIONS = 32;

/** Connections to a manager, kept open between calls; its caller closes them. */
export function connectionsTo(trust: Trust): Agent {
  const options = { timeout: CONNECT_WITHIN, allowH2: false };
  const limits = { maxResponseSize: LARGEST_ANSWER, connections: CONNECTIONS, allowH2: false };
  switch (trust.kind) {
    case "system":
      return new Agent({ ...limits, connect: options });
    case "authorities":
      return new Agent({ ...limits, connect: { ...options, ca: trust.pem } });
    case "fingerprint":
      return new Agent({ ...limits, connect: pinned(trust.sha256, options) });
  }
}

/**
 * The pin replaces the check against authorities, which a self-signed certificate cannot pass:
 * nothing is sent before the certificate, whose key the handshake has proved, is the expected one.
 */
function pinned(sha256: string, options: buildConnector.BuildOptions): buildConnector.connector {
  // A resumed session shows no certificate, so none is resumed.
  const open = buildConnector({ ...options, rejectUnauthorized: false, maxCachedSessions: 0 });
  return (to, done) =>
    open(to, (...[error, socket]) => {
      if (error !== null) return done(error, null);
      if (socket instanceof TLSSocket && fingerprintIn(socket.getPeerCertificate()) === sha256)
        return done(null, socket);
      socket.destroy();
      done(Object.assign(new Error("another certificate"), { code: "CERT_FINGERPRINT_DIFFERS" }), null);
    });
}

/**
 * The SHA-256 of the certificate that stands at an address now, for a person to compare; nothing
 * is sent there. Undefined where there is no TLS.
 */
export async function shownFingerprint(url: string): Promise<string | undefined> {
  const { hostname, port, protocol } = new URL(url);
  if (protocol !== "https:") return undefined;
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port || 443), rejectUnauthorized: false, timeout: 5000 });
    const end = (found?: string): void => {
      socket.destroy();
      resolve(found);
    };
    socket
      .once("secureConnect", () => end(fingerprintIn(socket.getPeerCertificate())))
      .once("error", () => end())
      .once("timeout", () => end());
  });
}

function fingerprintIn({ fingerprint256 = "" }: Partial<PeerCertificate>): string | undefined {
  return fingerprint256 === "" ? undefined : fingerprint256.replaceAll(":", "").toLowerCase();
}
