import { type Card, newCard } from "../../src/domain/card.ts";
import { activated, failClaim, lapseClaim } from "../../src/domain/claim-end.ts";
import { fail, fulfil, lapse, lapseUnclaimed } from "../../src/domain/request-end.ts";
import * as claims from "../../src/domain/claim.ts";
import type { AuditEvent } from "../../src/domain/audit.ts";
import { type KeyRecord, keyRecord } from "../../src/domain/key.ts";
import { declare, type Lockout } from "../../src/domain/lockout.ts";
import * as requests from "../../src/domain/request.ts";
import { approve, deny, withdraw } from "../../src/domain/request-decision.ts";
import {
  attemptId,
  claimId,
  type ClaimId,
  keyId,
  lockoutId,
  type PersonId,
  personId,
  requestId,
  type RequestId,
  roleId,
} from "../../src/domain/values.ts";
import type { InventoryKey } from "../../src/usecases/inventory-port.ts";
import { EVERYTHING } from "../../src/domain/lockout-scope.ts";

/* States to store, made by the domain's own transitions; and keys as a manager lists them. */

export const T0 = Date.UTC(2026, 10, 20, 12);
export const LAPSES = T0 + 86_400_000;
export const ANN = personId.parse("UANN");
export const BEN = personId.parse("UBEN");

/** All keys, as one page. */
export const ALL = { after: 0, through: Number.MAX_SAFE_INTEGER, readAt: T0 };

/** A key as a manager lists it. */
export const aKey = (id: number, change: Partial<InventoryKey> = {}): InventoryKey => ({
  id: keyId.parse(id),
  name: `key-${id}`,
  description: "",
  role: 2,
  roleName: "Auditor",
  active: true,
  expiresAt: undefined,
  locale: "en-US",
  timeZone: "UTC",
  createdAt: T0,
  lastUsedAt: undefined,
  failures: 0,
  ...change,
});

const twelve = (n: number): string => String(n).padStart(12, "0");
export const rid = (n: number): RequestId => requestId.parse(twelve(n));
export const cid = (n: number): ClaimId => claimId.parse(twelve(n));
const attempt = attemptId.parse(twelve(7));
const key = keyId.parse(5);

type Asked = { n: number; name?: string; asker?: PersonId; askedAt?: number; nameUnchecked?: boolean };
export type Pending = ReturnType<typeof requests.makeRequest>["next"];

export function made({ n, name = `key-${n}`, asker = ANN, askedAt = T0, nameUnchecked = false }: Asked): {
  next: Pending;
  event: AuditEvent;
} {
  return requests.makeRequest({
    id: rid(n),
    asker,
    wants: {
      kind: "new-key",
      keyName: name,
      roleId: roleId.parse(1),
      roleName: "Auditor",
      life: { kind: "days", days: 90 },
      description: "nightly – naïve 報告",
      locale: "ja-JP",
      timeZone: "Asia/Tokyo",
    },
    reason: 'quotes " and \u0000 and 💥',
    askedAt,
    rules: ["short"],
    demands: [{ rule: "short", needs: [{ group: "leads", approvals: 1 }] }],
    policyHash: "p".repeat(64),
    effectHash: "e".repeat(64),
    lapsesAt: LAPSES,
    nameUnchecked,
    judged: { dangerous: false, askerGroups: [] },
    dangers: [],
    denialsToEnd: 1,
  });
}

/** The outcome of a transition that must be allowed. */
export function taken<Next>(step: requests.Step<Next>): { next: Next; event: AuditEvent } {
  if ("refusal" in step) throw new Error(`refused: ${step.refusal.reason}`);
  return step;
}

export function approved(
  pending: requests.Request,
  claim: ClaimId,
): { next: requests.Request; event: AuditEvent } {
  const demands = [{ rule: "short", needs: [{ group: "leads", approvals: 1 }] }];
  const members = new Map([["leads", new Set([BEN])]]);
  const { effectHash } = pending;
  const judged = { dangerous: false, askerGroups: [] };
  return taken(
    approve(pending, { by: BEN, at: T0 + 1, demands, members, effectHash, claim, judged, denialsToEnd: 1 }),
  );
}

/** A request in each state that there is. */
export function everyRequest(): requests.Request[] {
  const open = made({ n: 1, nameUnchecked: true }).next;
  const granted = approved(open, cid(1)).next;
  const members = new Map([["leads", new Set([BEN])]]);
  const denial = {
    by: BEN,
    at: T0 + 2,
    demands: open.demands,
    members,
    because: "too wide",
    denialsToEnd: 1,
  };
  return [
    open,
    granted,
    taken(deny(open, denial)).next,
    taken(withdraw(open, ANN, T0 + 2)).next,
    taken(lapse(open, LAPSES)).next,
    taken(lapseUnclaimed(granted, LAPSES)).next,
    taken(fulfil(granted, key, T0 + 3)).next,
    taken(fail(granted, "role-gone", T0 + 3)).next,
  ];
}

export function opened(n: number): { next: claims.Claim; event: AuditEvent } {
  const purpose = { kind: "new-key" } as const;
  return claims.openClaim({
    id: cid(n),
    purpose,
    request: rid(n),
    owner: ANN,
    openedAt: T0 + 1,
    lapsesAt: LAPSES,
  });
}

export function minting(open: claims.Claim): { next: claims.Claim; event: AuditEvent } {
  const at = T0 + 1000;
  return taken(claims.startMinting(open, { by: ANN, clickedAt: at, at, attempt, heldBy: undefined }));
}

/** A claim in each state that there is. */
export function everyClaim(): claims.Claim[] {
  const at = T0 + 2000;
  const open = opened(1).next;
  const started = minting(open).next;
  const showing = taken(claims.startShowing(started, { attempt, at, key, heldBy: undefined })).next;
  const unknown = taken(claims.giveUp(started, { attempt, at, because: "timed-out" })).next;
  const known = taken(claims.giveUp(showing, { attempt, at, because: "slack-uncertain" })).next;
  const delivered = taken(claims.deliver(showing, { attempt, at })).next;
  return [
    open,
    started,
    showing,
    unknown,
    known,
    taken(claims.reopen(unknown, { attempt, at })).next,
    delivered,
    taken(activated(delivered, at + 1)).next,
    taken(lapseClaim(open, LAPSES)).next,
    taken(failClaim(open, "name-taken", at)).next,
  ];
}

export function keyOf(owner: PersonId, id: number, expiresAt?: number): KeyRecord {
  const origin = { kind: "request", request: rid(id) };
  const always = { id, name: `key-${id}`, owner, origin, role: 1, madeAt: T0 };
  return keyRecord.parse(expiresAt === undefined ? always : { ...always, expiresAt });
}

export function lockedOut(n: number): { next: Lockout; event: AuditEvent } {
  return declare({
    id: lockoutId.parse(twelve(n)),
    scope: EVERYTHING,
    incident: `INC-${n}`,
    because: "a leaked key",
    declaredBy: BEN,
    at: T0,
  });
}

export function cardFor(n: number, kind: Card["kind"] = "approval"): Card {
  return newCard(rid(n), kind, { channel: "CAPPROVE" }, T0);
}
