import type { AuditRow } from "../../domain/audit.ts";
import type { Claim } from "../../domain/claim.ts";
import type { KeyRecord } from "../../domain/key.ts";
import type { Refusal } from "../../domain/refusal.ts";
import type { Request } from "../../domain/request.ts";
import type { Instant, KeyId, PersonId, RequestId } from "../../domain/values.ts";
import type { Role } from "../../domain/wants.ts";
import { findKey, isSilence, type May } from "./find-key.ts";
import type { Context, ManagedKey } from "../ports.ts";

/** Events of a key's history that are shown at once. */
const HISTORY = 10;

/** Everything that is known of one key, as one reader may see it. */
export type KeySeen = {
  /** As the manager has it now, without our marker behind the description. */
  key: ManagedKey;
  record: KeyRecord | undefined;
  /** Absent where the manager does not tell. */
  role: Role | undefined;
  /** Patterns of the rights that the policy calls dangerous. */
  dangerous: readonly string[];
  may: May & { reader: PersonId };
  /** The request that it came from. */
  request: Request | undefined;
  /** A new secret that waits to be seen, or is being made. */
  claim: Claim | undefined;
  history: KeyHistory;
  now: Instant;
};

/** The newest first; `more` where there are older ones, from before `seq`. */
export type KeyHistory = { events: readonly AuditRow[]; more: boolean };

/** A key's page, for its owner, responders and auditors; read from the manager. Throws manager and Slack faults. */
export async function showKey(
  context: Context,
  { by, text }: { by: PersonId; text: string },
): Promise<KeySeen | { refusal: Refusal }> {
  const looked = await findKey(context, { by, text, doing: "show" });
  if ("refusal" in looked) return looked;
  const { key, record, may } = looked.found;
  const { store, clock } = context;
  const request = record?.origin.kind === "request" ? await store.request(record.origin.request) : undefined;
  const rotation = await store.claimOn(key.id);
  const first = request === undefined ? undefined : await store.claimOf(request.value.id);
  return {
    key,
    record,
    role: await roleOf(context, key.role),
    dangerous: context.policy().policy["dangerous-rights"],
    may: { ...may, reader: by },
    request: request?.value,
    claim: rotation?.value ?? first?.value,
    history: await historyOf(context, key.id, request?.value.id),
    now: clock(),
  };
}

/** More of a key's history; asked for anew with the same rights. */
export async function showHistory(
  context: Context,
  { by, key, before }: { by: PersonId; key: KeyId; before: number },
): Promise<(KeyHistory & { key: ManagedKey }) | { refusal: Refusal }> {
  const looked = await findKey(context, { by, text: String(key), doing: "show" });
  if ("refusal" in looked) return looked;
  const { record } = looked.found;
  const request = record?.origin.kind === "request" ? record.origin.request : undefined;
  return { key: looked.found.key, ...(await historyOf(context, key, request, before)) };
}

/** What happened to the key, to what was asked for about it, and to its secrets. */
async function historyOf(
  { store }: Context,
  key: KeyId,
  origin: RequestId | undefined,
  before?: number,
): Promise<KeyHistory> {
  const subjects = await subjectsOf(store, key, origin);
  const rows = await store.auditOf(subjects, {
    limit: HISTORY + 1,
    ...(before === undefined ? {} : { before }),
  });
  return { events: rows.slice(0, HISTORY), more: rows.length > HISTORY };
}

/** Under which names the trail speaks of a key, of what was asked for about it, and of its secrets. */
export async function subjectsOf(
  store: Context["store"],
  key: KeyId,
  origin: RequestId | undefined,
): Promise<string[]> {
  const requests = [
    ...new Set([...(await store.requestsAbout(key)), ...(origin === undefined ? [] : [origin])]),
  ];
  const claims = await Promise.all(requests.map((id) => store.claimOf(id)));
  return [
    `key:${key}`,
    ...requests.map((id) => `request:${id}`),
    ...claims.flatMap((claim) => (claim === undefined ? [] : [`claim:${claim.value.id}`])),
  ];
}

/** A page can be shown without its role: then it says that the manager does not answer. */
async function roleOf({ manager }: Context, id: number): Promise<Role | undefined> {
  try {
    return await manager.role(id);
  } catch (error) {
    if (isSilence(error)) return undefined;
    throw error;
  }
}
