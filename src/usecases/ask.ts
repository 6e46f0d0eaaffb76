import { newCard } from "../domain/card.ts";
import { openClaim } from "../domain/claim.ts";
import { Fault } from "../domain/fault.ts";
import { judge, type Policy, type RuleNeeds, type Verdict } from "../domain/policy.ts";
import type { Refusal } from "../domain/refusal.ts";
import { approveAutomatically, makeRequest, type Request } from "../domain/request.ts";
import { claimId, type Instant, type Life, type Locale, MINUTE, type PersonId } from "../domain/values.ts";
import { type RequestId, roleId } from "../domain/values.ts";
import { checkLife, checkTexts, checkTimeZone, type Role, type Wants } from "../domain/wants.ts";
import { after, change, type Decision } from "./change.ts";
import { effectHash } from "./effect.ts";
import { asMember, refused, unreachable } from "./people.ts";
import type { Context, OwnKey } from "./ports.ts";
import type { Change, Versioned } from "./store-port.ts";
import { refuseOwn } from "./whoami.ts";

/** A modal is answered within 3 s (R1): the manager has this many milliseconds of them. */
const MANAGER_PATIENCE = 1500;

/** What the asker typed and chose, before anything of it is believed. */
export type Draft = {
  keyName: string;
  roleId: number | undefined;
  life: Life;
  reason: string;
  description: string;
  locale: Locale;
  timeZone: string;
};

/** What would happen if this were asked for now. */
export type Preview = { role: Role; verdict: Verdict; open?: Refusal } | { refusal: Refusal };

/** Which rule applies and whether anybody could decide; writes nothing. Throws manager and Slack faults. */
export async function preview(
  context: Context,
  asker: PersonId,
  { roleId, life }: Pick<Draft, "roleId" | "life">,
): Promise<Preview> {
  const [role, own] = await Promise.all([roleWith(context, roleId), ownKey(context)]);
  if (role === undefined) return { refusal: { reason: "role-gone" } };
  const reserved = refuseOwn(own, { role });
  if (reserved !== undefined) return { refusal: reserved };
  const { policy } = context.policy();
  const verdict = judge(policy.rules, { kind: "new-key", role: role.name, life }, context.clock());
  if (verdict.outcome !== "needs") return { role, verdict };
  const open = await unreachable(context, verdict.demands, asker);
  return open === undefined ? { role, verdict } : { role, verdict, open };
}

/** The manager's roles whose name has this text in it, those that begin with it first; at most 100 (R40). */
export async function findRoles(context: Context, text: string): Promise<Role[]> {
  const wanted = text.trim().toLowerCase();
  const rank = (role: Role): number => role.name.toLowerCase().indexOf(wanted);
  return (await context.manager.roles({ timeout: MANAGER_PATIENCE }))
    .filter((role) => rank(role) >= 0)
    .toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    .slice(0, 100);
}

/** `again`: it had been made by an earlier delivery of the same form; `same`: with the same content. */
type Made = { made: Versioned<Request>; again: boolean; same: boolean };

/**
 * Somebody asks for a key. Nothing is stored unless everything holds. The request's id is the
 * modal's nonce, so that the same submission delivered twice is one request (`again`).
 */
export async function ask(
  context: Context,
  { id, asker, draft }: { id: RequestId; asker: PersonId; draft: Draft },
): Promise<Made | { refusal: Refusal }> {
  const earlier = await context.store.request(id);
  if (earlier !== undefined) return again(context, earlier, asker, draft);
  const { policy, hash } = context.policy();
  const now = context.clock();
  const subject = `request:${id}`;
  const no = (refusal: Refusal): Promise<{ refusal: Refusal }> => refused(context, asker, subject, refusal);

  const wrong =
    checkTexts(draft, policy.limits) ??
    checkLife(draft.life, policy.limits, now) ??
    checkTimeZone(draft.timeZone);
  if (wrong !== undefined) return no(wrong);
  const member = await asMember(context, asker, MINUTE);
  if ("refusal" in member) return no(member.refusal);
  const [role, name, own] = await Promise.all([
    roleWith(context, draft.roleId),
    checkName(context, draft.keyName),
    ownKey(context),
  ]);
  if (role === undefined) return no({ reason: "role-gone" });
  const reserved = refuseOwn(own, { role, keyName: draft.keyName });
  if (reserved !== undefined) return no(reserved);
  if (typeof name !== "string") return no(name);
  const judged = await demandsFor(context, { role: role.name, life: draft.life }, asker, now);
  if ("refusal" in judged) return no(judged.refusal);

  const wants: Wants = {
    kind: "new-key",
    keyName: draft.keyName,
    roleId: roleId.parse(role.id),
    roleName: role.name,
    life: draft.life,
    description: draft.description.trim(),
    locale: draft.locale,
    timeZone: draft.timeZone,
  };
  const making = {
    id,
    asker,
    wants,
    reason: draft.reason.trim(),
    askedAt: now,
    rules: judged.rules,
    demands: judged.demands,
    policyHash: hash,
    effectHash: effectHash(wants, asker, role),
    lapsesAt: noLaterThan(draft.life, now + policy.times["requests-lapse-after"]),
    nameUnchecked: name === "unchecked",
  };
  const settled = await change(context, async () => firstCommit(context, making, policy));
  if (settled === "name-taken") return no({ reason: "name-taken", by: "request" });
  if (settled === "too-many-keys") {
    return no({ reason: "too-many-keys", limit: policy.limits["keys-per-person"] });
  }
  if (settled !== "exists")
    return "refusal" in settled ? settled : { made: settled.result, again: false, same: true };
  const twin = await context.store.request(id);
  if (twin === undefined) throw new Error("a request that exists cannot be read");
  return again(context, twin, asker, draft);
}

/** A request enters the store with its card; where no decision is needed, approved and with its claim. */
function firstCommit(
  context: Context,
  making: Parameters<typeof makeRequest>[0],
  policy: Policy,
): Decision<Versioned<Request>> {
  const made = makeRequest(making);
  const { id, asker, askedAt } = making;
  const card = newCard(id, "approval", { channel: policy.channels.approvals }, askedAt);
  const keys = { of: asker, atMost: policy.limits["keys-per-person"] };
  const changes: Change[] = [{ row: "card", next: card }];
  if (making.demands.length > 0) {
    changes.push({ row: "request", next: made.next });
    return { commit: { changes, events: [made.event], keys }, result: after(undefined, made.next) };
  }
  const approved = approveAutomatically(made.next, askedAt, claimId.parse(context.newId()));
  const opened = openingOf(approved.next, askedAt, policy);
  changes.push(
    { row: "request", next: approved.next },
    { row: "claim", next: opened.next },
    { row: "card", next: newCard(id, "claim", { person: asker }, askedAt) },
  );
  const events = [made.event, approved.event, opened.event];
  return { commit: { changes, events, keys }, result: after(undefined, approved.next) };
}

/** The claim that an approval opens; its window never reaches past the key's own date. */
export function openingOf(
  approved: Extract<Request, { state: "approved" }>,
  now: Instant,
  policy: Policy,
): ReturnType<typeof openClaim> {
  const lapsesAt = noLaterThan(approved.wants.life, now + policy.times["claims-lapse-after"]);
  return openClaim({
    id: approved.claim,
    request: approved.id,
    owner: approved.asker,
    openedAt: now,
    lapsesAt,
  });
}

function noLaterThan(life: Life, moment: Instant): Instant {
  return life.kind === "until" ? Math.min(life.at, moment) : moment;
}

async function again(
  context: Context,
  made: Versioned<Request>,
  asker: PersonId,
  draft: Draft,
): Promise<Made | { refusal: Refusal }> {
  const { asker: first, wants, reason } = made.value;
  if (first === asker) {
    const same =
      wants.keyName === draft.keyName && wants.roleId === draft.roleId && reason === draft.reason.trim();
    return { made, again: true, same: same && JSON.stringify(wants.life) === JSON.stringify(draft.life) };
  }
  return refused(context, asker, `request:${made.value.id}`, { reason: "not-yours", what: "request" });
}

async function roleWith(context: Context, id: number | undefined): Promise<Role | undefined> {
  if (id === undefined) return undefined;
  return (await context.manager.roles({ timeout: MANAGER_PATIENCE })).find((role) => role.id === id);
}

async function ownKey({ manager }: Context): Promise<OwnKey> {
  return manager.describeCurrent({ timeout: MANAGER_PATIENCE });
}

/** A manager that is slow to answer does not hold the request up: the sweep asks again, and the card says so. */
async function checkName(context: Context, name: string): Promise<"free" | "unchecked" | Refusal> {
  if (await context.store.nameReserved(name)) return { reason: "name-taken", by: "request" };
  try {
    const key = await context.manager.keyNamed(name, { timeout: MANAGER_PATIENCE });
    return key === undefined ? "free" : { reason: "name-taken", by: "key" };
  } catch (error) {
    if (error instanceof Fault) return "unchecked";
    throw error;
  }
}

async function demandsFor(
  context: Context,
  asked: { role: string; life: Life },
  asker: PersonId,
  now: Instant,
): Promise<{ rules: string[]; demands: RuleNeeds[] } | { refusal: Refusal }> {
  const verdict = judge(context.policy().policy.rules, { kind: "new-key", ...asked }, now);
  switch (verdict.outcome) {
    case "unmatched":
      return { refusal: { reason: "no-rule" } };
    case "refused":
      return {
        refusal: { reason: "policy-refuses", rule: verdict.rules[0] ?? "", because: verdict.because },
      };
    case "automatic":
      return { rules: verdict.rules, demands: [] };
    case "needs": {
      const open = await unreachable(context, verdict.demands, asker);
      return open === undefined ? { rules: verdict.rules, demands: verdict.demands } : { refusal: open };
    }
  }
}
