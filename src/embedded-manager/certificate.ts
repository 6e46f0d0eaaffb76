// x509 finds its algorithms through tsyringe, which needs this to be there first.
import "reflect-metadata";
import { createPrivateKey, randomBytes } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";
import type { TlsIdentity } from "./http.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const { subtle } = globalThis.crypto;

type Validity = { from: number; until: number };

/** A certificate authority that signs servers' certificates and nothing else. Times in ms since the epoch. */
export async function makeAuthority(name: string, validity: Validity): Promise<TlsIdentity> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...common(validity),
    name: [{ CN: [name] }],
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return identity(certificate, keys);
}

/** A server's certificate for these names and addresses, signed by an authority. */
export async function makeServerIdentity(
  hosts: string[],
  validity: Validity,
  authority: TlsIdentity,
): Promise<TlsIdentity> {
  const keys = await newKeys();
  const issuer = new x509.X509Certificate(authority.cert);
  const certificate = await x509.X509CertificateGenerator.create({
    ...common(validity),
    subject: [{ CN: [hosts[0] ?? ""] }],
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: await privateKey(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return identity(certificate, keys);
}

function common({ from, until }: Validity) {
  const serial = randomBytes(16);
  // A serial number is positive and no shorter than it says.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return {
    serialNumber: serial.toString("hex"),
    notBefore: new Date(from),
    notAfter: new Date(until),
    signingAlgorithm: ALGORITHM,
  };
}

async function newKeys() {
  return subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function privateKey(pem: string) {
  const der = createPrivateKey(pem).export({ type: "pkcs8", format: "der" });
  return subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
}

async function identity(
  certificate: x509.X509Certificate,
  keys: Awaited<ReturnType<typeof newKeys>>,
): Promise<TlsIdentity> {
  const key = x509.PemConverter.encode(await subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { cert: `${certificate.toString("pem")}\n`, key: `${key}\n` };
}
