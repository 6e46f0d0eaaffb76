import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Trust } from "./domain/trust.ts";
import type { Settings } from "./settings.ts";

/* The settings of a manager that more than one program reads: where it is, and which one to trust. */

/** Secrets travel to these addresses: in clear only within this machine. */
export const secureUrl = z.string().refine((text) => {
  const url = URL.parse(text);
  const local = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url?.hostname ?? "");
  return url?.protocol === "https:" || (url?.protocol === "http:" && local);
});

/** Undefined where it is missing, which the caller has to say, or wrong. */
export function readManagerUrl(settings: Settings): string | undefined {
  const form = secureUrl
    .transform((each) => each.replace(/\/+$/, ""))
    .refine((each) => each.endsWith("/api"));
  const expected = "an https URL that ends in /api, such as https://manager.example.com:4119/api";
  return settings.read("MANAGER_URL", form, expected);
}

/** Undefined where the settings are wrong; the system's authorities where there are none. */
export function readTrust(settings: Settings): Trust | undefined {
  const file = settings.text("MANAGER_CA_FILE");
  const pinned = settings.text("MANAGER_FINGERPRINT");
  if (file !== undefined && pinned !== undefined) {
    settings.problems.push("MANAGER_CA_FILE and MANAGER_FINGERPRINT exclude each other: keep one.");
    return undefined;
  }
  if (pinned !== undefined) {
    const form = z
      .string()
      .transform((text) => text.replaceAll(":", "").toLowerCase())
      .refine((text) => /^[0-9a-f]{64}$/.test(text));
    const expected =
      "the SHA-256 of the manager's certificate, as 64 hexadecimal digits, with or without colons";
    const sha256 = settings.read("MANAGER_FINGERPRINT", form, expected);
    return sha256 === undefined ? undefined : { kind: "fingerprint", sha256 };
  }
  return file === undefined ? { kind: "system" } : readAuthorities(settings, file);
}

function readAuthorities({ problems }: Settings, file: string): Trust | undefined {
  let pem: string;
  try {
    pem = readFileSync(file, "utf8");
  } catch {
    problems.push(`MANAGER_CA_FILE names ${file}, which cannot be read.`);
    return undefined;
  }
  if (isCertificate(pem)) return { kind: "authorities", pem };
  problems.push(`MANAGER_CA_FILE names ${file}, which is no authority's certificate in PEM form.`);
  return undefined;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).ca;
  } catch {
    return false;
  }
}

/** Calls in any 60 seconds; fewer than ten would leave nothing to reserve. */
export function readRateBudget(settings: Settings): number | undefined {
  const form = z.coerce.number().int().min(10).max(1_000_000);
  return settings.read("MANAGER_RATE_BUDGET", form, "a number of calls a minute, 10 or more");
}
