import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { apiKey, apiKeys, failure, session } from "../manager/wire.ts";
import { SETTINGS } from "./decisions.ts";
import { FULL_ACCESS } from "./rights.ts";

type Bootstrap = {
  /** Ends in /api. */
  url: string;
  adminPassword: string;
  keyName: string;
  /** Full access unless said otherwise; only for a key that is made here. */
  roleID?: number;
  /** A file that remembers the key's ID, so that it is found again under another name. */
  idFile?: string;
};

/**
 * Gets a first key without a console, by HTTP as any client would (contract 5): signs in as the first
 * user, makes the key or, if it is there already, gives it a new secret, which ends the old one;
 * signs out; returns the secret. Throws when the manager refuses.
 */
export async function bootstrapKey(wanted: Bootstrap): Promise<string> {
  const { url, adminPassword, keyName, roleID = FULL_ACCESS, idFile } = wanted;
  const headers = { "api-version": "v1", "content-type": "application/json" };
  const body = JSON.stringify({ userName: SETTINGS.firstUser, password: adminPassword });
  const signedIn = await answered(await fetch(`${url}/sessions`, { method: "POST", headers, body }));
  const { RID } = session.parse(await signedIn.json());
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  const signed = { ...headers, rID: RID, cookie };
  const post = async (path: string, content: object) =>
    (
      await answered(
        await fetch(`${url}${path}`, { method: "POST", headers: signed, body: JSON.stringify(content) }),
      )
    ).json();
  try {
    const first = async (criterion: object) =>
      apiKeys.parse(await post("/apikeys/search", { searchCriteria: [criterion] })).apiKeys[0];
    const remembered = idFile !== undefined && existsSync(idFile) ? Number(readFileSync(idFile, "utf8")) : 0;
    const found =
      (remembered > 0 ? await first({ idValue: remembered }) : undefined) ??
      (await first({ fieldName: "keyName", stringValue: keyName, stringWildcards: false }));
    const made = found
      ? await post(`/apikeys/${found.ID}/secretkey`, {})
      : await post("/apikeys", { keyName, roleID, description: "The key that this program works with" });
    const { ID, secretKey } = apiKey.extend({ secretKey: z.string() }).parse(made);
    if (idFile !== undefined && ID !== remembered) writeFileSync(idFile, `${ID}\n`, { mode: 0o600 });
    return secretKey;
  } finally {
    await fetch(`${url}/sessions/current`, { method: "DELETE", headers: signed });
  }
}

async function answered(response: Response): Promise<Response> {
  if (response.ok) return response;
  const told = failure.safeParse(await response.json().catch(() => undefined));
  throw new Error(`The manager refused (${response.status}): ${told.data?.message ?? "no reason given"}`);
}
