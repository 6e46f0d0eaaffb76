import { Fault, type FaultCode } from "../domain/fault.ts";
import type { Trust } from "../domain/trust.ts";
import { shownFingerprint } from "../manager/trust.ts";

/** What went wrong, and how to mend it. */
export type Explained = { wrong: string; mend: string };

/** What is wrong with a manager, and how an operator mends it. Throws what is no fault of a manager's. */
export async function explainManager(
  error: unknown,
  { url, trust }: { url: string; trust: Trust },
): Promise<Explained> {
  if (!(error instanceof Fault)) throw error;
  if (error.code === "manager-untrusted") return { wrong: untrusted(trust), mend: await howToTrust(url) };
  return inWords(error, url);
}

function inWords({ code, message, right }: Fault, url: string): Explained {
  const silent = {
    wrong: `The manager at ${url} does not answer (${message}).`,
    mend: "Check MANAGER_URL, that the manager runs, and that this machine reaches it.",
  };
  const strange = {
    wrong: `What answers at ${url} does not answer as a manager does (${message}).`,
    mend: "Check MANAGER_URL: it ends in /api and names the manager, not its console or a proxy.",
  };
  const known: Partial<Record<FaultCode, Explained>> = {
    "manager-refused-credentials": {
      wrong: "The manager does not accept these credentials.",
      mend: "They may be mistyped, locked or expired, a tenant or MFA code may be missing, or the user may have too many open sessions.",
    },
    "manager-forbidden": {
      wrong: `The manager does not permit ${message}.`,
      mend: `The role lacks the right ${right ?? "to do this"}.`,
    },
    "manager-unreachable": silent,
    "manager-timeout": silent,
    "manager-bad-answer": strange,
    "manager-not-found": strange,
    "manager-rate-limited": {
      wrong: "The manager takes no more calls at the moment.",
      mend: "Try again in a minute.",
    },
    "manager-conflict": {
      wrong: "The manager has a key or user of this name already.",
      mend: "Choose another name with --name.",
    },
  };
  return known[code] ?? { wrong: `The manager did not do it (${message}).`, mend: "Its own log says why." };
}

function untrusted(trust: Trust): string {
  switch (trust.kind) {
    case "system":
      return "The manager's certificate is vouched for by nobody whom this machine trusts. Nothing was sent.";
    case "authorities":
      return "The manager's certificate is not vouched for by the authority in MANAGER_CA_FILE, or is for another name. Nothing was sent.";
    case "fingerprint":
      return "The manager shows another certificate than MANAGER_FINGERPRINT names. Nothing was sent.";
  }
}

async function howToTrust(url: string): Promise<string> {
  const shown = await shownFingerprint(url);
  return (
    "Set MANAGER_CA_FILE to the certificate of the authority that signed it, or MANAGER_FINGERPRINT to its SHA-256." +
    (shown === undefined
      ? ""
      : ` The one that is shown now has ${shown}: compare that on the manager's own machine before you believe it.`)
  );
}
