import type { AuditRow } from "../../domain/audit.ts";
import {
  auditCriteria,
  type AuditQuery,
  parseAuditQuery,
  printAuditQuery,
} from "../../domain/audit-query.ts";
import { startOfDay } from "../../domain/day.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { containsSecret } from "../../domain/secret.ts";
import { keyId, type KeyId, MINUTE, type PersonId, requestId } from "../../domain/values.ts";
import { asMember, isIn, refused } from "../people.ts";
import type { Context } from "../ports.ts";
import { subjectsOf } from "../keys/show-key.ts";
import type { AuditPlace } from "../store-port.ts";

/** Events on one page: each is a block of a message, which has room for 50 (slack-rules.md 2.5). */
const PAGE = 20;
/** Names that are offered for one that there is not. */
const NEAR = 5;

/** `line`: the query as it reads back; `older`: where the next page goes on, if there is one. */
export type AuditPage = {
  line: string;
  rows: readonly AuditRow[];
  older: AuditPlace | undefined;
  first: boolean;
};

/**
 * What the trail says, to auditors alone, the newest first. That somebody asked, and for what, is an
 * event itself, without which nothing is answered. Throws Slack's and the store's faults.
 */
export async function askAudit(
  context: Context,
  { by, line, before }: { by: PersonId; line: string; before?: AuditPlace },
): Promise<AuditPage | { refusal: Refusal }> {
  const { store, clock } = context;
  const no = async (refusal: Refusal): Promise<{ refusal: Refusal }> =>
    refused(context, by, `person:${by}`, refusal);
  const member = await asMember(context, by, MINUTE);
  if ("refusal" in member) return no(member.refusal);
  if (!(await isIn(context, context.policy().policy.auditors, by, MINUTE)))
    return no({ reason: "not-an-auditor" });
  if (containsSecret(line)) return no({ reason: "contains-secret", field: "line" });
  const query = parseAuditQuery(line);
  if ("mistake" in query) return { refusal: { reason: "bad-query", line, ...query.mistake } };
  const about = await subjects(context, query);
  if ("unknown" in about) {
    const near = await store.nearNames(about.unknown, { limit: NEAR });
    return no({ reason: "no-such-key", asked: about.unknown, near });
  }
  const zone = member.person.timeZone;
  const asking = { now: clock(), me: by, startOfDay: (day: string) => startOfDay(day, zone) };
  const found = await store.findAudit(
    { ...auditCriteria(query, asking), ...about },
    { limit: PAGE + 1, ...(before === undefined ? {} : { before }) },
  );
  const rows = found.slice(0, PAGE);
  const last = found.length > PAGE ? rows.at(-1) : undefined;
  const asked = printAuditQuery(query);
  const evidence = {
    query: asked,
    events: rows.length,
    ...(before === undefined ? {} : { before: before.seq }),
  };
  const event = { at: clock(), actor: by, subject: `person:${by}`, event: "audit.asked", evidence } as const;
  await store.commit({ changes: [], events: [event] });
  return { line: asked, rows, older: last && { at: last.at, seq: last.seq }, first: before === undefined };
}

/** Under which names the trail speaks of what a query names; of several things, where they meet. */
async function subjects(
  { store }: Context,
  { terms }: AuditQuery,
): Promise<{ subjects?: string[] } | { unknown: string }> {
  let all: string[] | undefined;
  for (const term of terms) {
    let names: string[];
    if (term.kind === "key") {
      const id = await keyCalled(store, term.key);
      if (id === undefined) return { unknown: term.key };
      const origin = (await store.key(id))?.value.origin;
      names = await subjectsOf(store, id, origin?.kind === "request" ? origin.request : undefined);
    } else if (term.kind === "request") {
      const claim = await store.claimOf(requestId.parse(term.id));
      names = [`request:${term.id}`, ...(claim === undefined ? [] : [`claim:${claim.value.id}`])];
    } else if (term.kind === "lockout") names = [`lockout:${term.id}`];
    else continue;
    all = all?.filter((each) => names.includes(each)) ?? names;
  }
  return all === undefined ? {} : { subjects: all };
}

/** By its ID, whether it is there still or not; or by its exact name in the inventory, letter case aside. */
async function keyCalled(store: Context["store"], text: string): Promise<KeyId | undefined> {
  if (/^\d{1,15}$/.test(text)) return keyId.safeParse(Number(text)).data;
  const { keys } = await store.findKeys([{ on: "name", like: text }], { limit: PAGE });
  return keys.find(({ name }) => name.toLowerCase() === text.toLowerCase())?.id;
}
