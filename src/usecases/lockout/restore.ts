import { actOf } from "../../domain/acts.ts";
import { criteria } from "../../domain/criteria.ts";
import { startOfDay } from "../../domain/day.ts";
import { isInForce, type Lockout, type LockoutId } from "../../domain/lockout.ts";
import { HELD } from "../../domain/lockout-item.ts";
import { parseQuery, printQuery } from "../../domain/query.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { containsSecret } from "../../domain/secret.ts";
import type { Instant, KeyId, PersonId, RequestId } from "../../domain/values.ts";
import { type Restore } from "../../domain/wants.ts";
import { checkReasonText } from "../../domain/typed.ts";
import { asRefusal } from "../claims/claim-state.ts";
import { effectNow } from "../requests/effect.ts";
import { asResponder, DECIDING, lateClick, refused } from "../people.ts";
import { type Made, madeBefore, placeRequest } from "../requests/place-request.ts";
import type { Context, Person } from "../ports.ts";

/** What of a lockout is to come back. */
export type Which =
  | { kind: "all" }
  | { kind: "keys"; keys: readonly KeyId[] }
  | { kind: "query"; line: string };

export type AskingBack = {
  /** The nonce of the form or line. */
  id: RequestId;
  lockout: LockoutId;
  which: Which;
  by: PersonId;
  clickedAt: Instant;
  reason: string;
};

/**
 * A responder asks that keys of a lockout come back; approved by somebody else, who did not declare
 * it, for exactly the keys that it holds at this moment. Throws Slack faults.
 */
export async function askRestore(
  context: Context,
  { id, lockout: about, which, by, clickedAt, reason }: AskingBack,
): Promise<Made | { refusal: Refusal }> {
  const no = async (refusal: Refusal) => refused(context, by, `lockout:${about}`, refusal);
  const act = actOf(id, { which, reason }, context.seal);
  const earlier = await madeBefore(context, { id, act, by, subject: `lockout:${about}` });
  if (earlier !== undefined) return earlier;
  const wrong =
    lateClick(context, clickedAt) ??
    checkReasonText(reason, context.policy().policy.limits["reason-at-least"]);
  if (wrong !== undefined) return no(wrong);
  const responder = await asResponder(context, by, DECIDING);
  if ("refusal" in responder) return no(responder.refusal);
  const lockout = (await context.store.lockout(about))?.value;
  if (lockout === undefined) return no({ reason: "not-found", what: "lockout" });
  const { state, at } = lockout;
  if (!isInForce(lockout)) return no({ reason: "wrong-state", state, at });
  const asked = await wanted(context, { lockout, which, person: responder.person });
  if ("refusal" in asked) return no(asked.refusal);
  const effect = await effectNow(context, asked, by);
  if ("gone" in effect) return no(asRefusal(effect.gone));
  return placeRequest(context, { id, act, reason, effect: { ...effect, asker: by } });
}

async function wanted(
  context: Context,
  { lockout, which, person }: { lockout: Lockout; which: Which; person: Person },
): Promise<Restore | { refusal: Refusal }> {
  const { id, incident, declaredBy } = lockout;
  const items = await context.store.lockoutItems(id, {
    after: 0,
    states: HELD,
    limit: Number.MAX_SAFE_INTEGER,
  });
  const held = items.map(({ key }) => key);
  const part = await partOf(context, which, person);
  if ("refusal" in part) return part;
  const others = which.kind === "keys" ? notIn(held, which.keys) : [];
  if (others.length > 0) return { refusal: { reason: "not-held", keys: others } };
  const keys = part.keys === undefined ? held : held.filter((key) => part.keys?.has(key));
  const whole = which.kind === "all";
  if (keys.length === 0) return { refusal: { reason: "no-change" } };
  return { kind: "restore", lockout: id, incident, declaredBy, whole, query: part.query, keys };
}

/** Which of these a lockout does not hold, each once. */
function notIn(held: readonly KeyId[], asked: readonly KeyId[]): KeyId[] {
  const known = new Set(held);
  return [...new Set(asked)].filter((key) => !known.has(key));
}

async function partOf(
  { store, clock }: Context,
  which: Which,
  { id: me, timeZone }: Person,
): Promise<{ query: string; keys?: ReadonlySet<number> } | { refusal: Refusal }> {
  switch (which.kind) {
    case "all":
      return { query: "" };
    case "keys":
      return { query: "", keys: new Set(which.keys) };
    case "query": {
      const { line } = which;
      if (containsSecret(line)) return { refusal: { reason: "contains-secret", field: "line" } };
      const query = parseQuery(line);
      if ("mistake" in query) return { refusal: { reason: "bad-query", line, ...query.mistake } };
      const asking = { now: clock(), me, startOfDay: (day: string) => startOfDay(day, timeZone) };
      const { keys } = await store.findKeys(criteria(query, asking), { limit: MOST_FOUND });
      return { query: printQuery(query), keys: new Set(keys.map(({ id }) => id)) };
    }
  }
}

/** More keys than a manager of ours was ever seen with. */
const MOST_FOUND = 1_000_000;
