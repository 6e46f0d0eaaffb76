import { z } from "zod";
import type { AuditEvent } from "./audit.ts";
import type { Claim } from "./claim.ts";
import type { KeyRecord } from "./key.ts";
import type { Request, Step } from "./request.ts";
import { instant, type Instant, keyId, personId, type PersonId, type RequestId } from "./values.ts";
import { keyOf } from "./wants.ts";

/** What of a key counts as changed; how often it is used does not. */
const MEMBERS = ["name", "description", "role", "active", "expiresAt", "locale", "timeZone"] as const;
type Member = (typeof MEMBERS)[number];

const value = z.union([z.string(), z.number(), z.boolean()]).optional();

/** What happened to one key in the manager without us. */
const happening = z.object({
  key: keyId,
  /** As it is called now, or was at the end. */
  name: z.string(),
  what: z.enum(["made", "changed", "deleted"]),
  changes: z.array(z.object({ member: z.enum(MEMBERS), from: value, to: value })),
});
export type Happening = z.infer<typeof happening>;

/** What one page of a sync showed that nobody did here, until a responder has seen it. */
export const report = z.object({
  id: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{12}$/),
  at: instant,
  happenings: z.array(happening).min(1),
  seen: z.object({ by: personId, at: instant }).optional(),
});
export type Report = z.infer<typeof report>;

/** A key as the inventory had it, or as it was just read. */
export type Looked = { id: z.infer<typeof keyId>; name: string } & Record<
  Member,
  string | number | boolean | undefined
>;

/** What is under way of our own when a page is compared: read in the same moment as the rows. */
export type UnderWay = {
  record: KeyRecord | undefined;
  /** Approved and not yet carried out. */
  requests: readonly Request[];
  /** Claims with something still to be done. */
  claims: readonly Claim[];
  /** The request that a new key's marker names, if its seal is ours. */
  madeBy: RequestId | undefined;
};

/** What happened to a key that is none of our own doing; `undefined`: nothing. */
export function happeningOf(
  before: Looked | undefined,
  after: Looked | undefined,
  ours: UnderWay,
): Happening | undefined {
  if (after === undefined) return before && deletionOf(before, ours);
  const { id: key, name } = after;
  if (before === undefined) {
    return isMakingOurs(ours) ? undefined : { key, name, what: "made", changes: [] };
  }
  const changes = MEMBERS.filter((member) => before[member] !== after[member])
    .filter((member) => !isChangeOurs(member, after, ours))
    .map((member) => ({ member, from: before[member], to: after[member] }));
  return changes.length === 0 ? undefined : { key, name, what: "changed", changes };
}

function deletionOf({ id: key, name }: Looked, { record, claims }: UnderWay): Happening | undefined {
  const asked = record?.deletedAt !== undefined || record?.due?.deleted === true;
  const undone = claims.some((each) => "key" in each && each.key === key);
  return asked || undone ? undefined : { key, name, what: "deleted", changes: [] };
}

function isMakingOurs({ record, requests, madeBy }: UnderWay): boolean {
  return record !== undefined || requests.some((each) => each.id === madeBy);
}

function isChangeOurs(member: Member, after: Looked, { record, requests, claims }: UnderWay): boolean {
  const { id: key } = after;
  if (member === "active") {
    const beingActivated = claims.some((each) => each.state === "delivered" && each.key === key);
    if (beingActivated || (record?.holds !== undefined && after.active === false)) return true;
  }
  const due = member === "role" ? undefined : record?.due?.[member];
  if (due !== undefined && due === after[member]) return true;
  return requests.some((each) => keyOf(each.wants) === key && CHANGED_BY[each.wants.kind] === member);
}

/** The one member of a key that an approved request changes. */
const CHANGED_BY: Record<Request["wants"]["kind"], Member | undefined> = {
  "new-key": undefined,
  rotation: undefined,
  "role-change": "role",
  "longer-life": "expiresAt",
  "new-owner": "description",
  "new-role": undefined,
  "role-edit": undefined,
  "role-delete": undefined,
  restore: undefined,
};

/** A report comes into being. */
export function makeReport(next: Omit<Report, "seen">): { next: Report; event: AuditEvent } {
  const keys = next.happenings.map(({ key, what, changes }) => ({
    key,
    what,
    members: changes.map((each) => each.member),
  }));
  const subject = `report:${next.id}`;
  return {
    next,
    event: { at: next.at, actor: "portcullis", subject, event: "outside.reported", evidence: { keys } },
  };
}

/** A responder has looked at it. */
export function seeReport(found: Report, by: PersonId, at: Instant): Step<Report> {
  if (found.seen !== undefined) {
    return { refusal: { reason: "wrong-state", state: "seen", by: found.seen.by, at: found.seen.at } };
  }
  const next: Report = { ...found, seen: { by, at } };
  const subject = `report:${found.id}`;
  return { next, event: { at, actor: by, subject, event: "outside.seen", evidence: {} } };
}
