import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";
import { isIP } from "node:net";
import { bits, boolean, identifier, integer, octets, sequence, set, tagged, text, time } from "./der.ts";
import type { TlsIdentity } from "./http.ts";

const ECDSA_WITH_SHA256 = sequence(identifier("1.2.840.10045.4.3.2"));

type Validity = { from: number; until: number };
type Issuer = { name: string; key: string };

/** A certificate authority that signs servers' certificates and nothing else. Times in ms since the epoch. */
export function makeAuthority(name: string, validity: Validity): TlsIdentity {
  const { publicKey, key } = newKey();
  const extensions = [
    extension("2.5.29.19", sequence(boolean(true), integer(Buffer.from([0]))), "critical"),
    // Signs certificates.
    extension("2.5.29.15", bits(Buffer.from([0b0000_0100]), 2), "critical"),
    extension("2.5.29.14", octets(keyIdentifier(publicKey))),
  ];
  return { cert: certificate({ name, publicKey, validity, extensions }, { name, key }), key };
}

/** A server's certificate for these names and addresses, signed by an authority. */
export function makeServerIdentity(hosts: string[], validity: Validity, issuer: Issuer): TlsIdentity {
  const { publicKey, key } = newKey();
  const authority = createPublicKey(createPrivateKey(issuer.key)).export({ type: "spki", format: "der" });
  const extensions = [
    extension("2.5.29.19", sequence(), "critical"),
    // Signs handshakes.
    extension("2.5.29.15", bits(Buffer.from([0b1000_0000]), 7), "critical"),
    extension("2.5.29.37", sequence(identifier("1.3.6.1.5.5.7.3.1"))),
    extension("2.5.29.17", sequence(...hosts.map(alternativeName))),
    extension("2.5.29.14", octets(keyIdentifier(publicKey))),
    extension("2.5.29.35", sequence(tagged(0, "instead", keyIdentifier(authority)))),
  ];
  const subject = { name: hosts[0] ?? "", publicKey, validity, extensions };
  return { cert: certificate(subject, issuer), key };
}

type Subject = { name: string; publicKey: Buffer; validity: Validity; extensions: Buffer[] };

/** RFC 5280, section 4.1. */
function certificate({ name, publicKey, validity, extensions }: Subject, issuer: Issuer): string {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const toBeSigned = sequence(
    tagged(0, "around", integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_WITH_SHA256,
    distinguishedName(issuer.name),
    sequence(time(validity.from), time(validity.until)),
    distinguishedName(name),
    publicKey,
    tagged(3, "around", sequence(...extensions)),
  );
  const signature = sign("sha256", toBeSigned, issuer.key);
  const whole = sequence(toBeSigned, ECDSA_WITH_SHA256, bits(signature)).toString("base64");
  const lines = whole.match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function newKey(): { publicKey: Buffer; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    publicKey: publicKey.export({ type: "spki", format: "der" }),
    key: privateKey.export({ type: "pkcs8", format: "pem" }),
  };
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(identifier("2.5.4.3"), text(commonName))));
}

function extension(id: string, value: Buffer, critical?: "critical"): Buffer {
  return sequence(identifier(id), ...(critical ? [boolean(true)] : []), octets(value));
}

function keyIdentifier(publicKey: Buffer): Buffer {
  return createHash("sha256").update(publicKey).digest().subarray(0, 20);
}

/** A DNS name, or the bytes of an IP address. */
function alternativeName(host: string): Buffer {
  const family = isIP(host);
  if (family === 0) return tagged(2, "instead", Buffer.from(host));
  return tagged(7, "instead", family === 4 ? Buffer.from(host.split(".").map(Number)) : bytesOfIPv6(host));
}

/** The URL parser spells an address out in groups, with at most one "::". */
function bytesOfIPv6(address: string): Buffer {
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const [head = [], tail = []] = groups.map((part) => part.split(":").filter(Boolean));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return Buffer.from([...head, ...zeros, ...tail].map((group) => group.padStart(4, "0")).join(""), "hex");
}
