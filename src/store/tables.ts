import type { Generated } from "kysely";
import { type Claim, claim } from "../domain/claim.ts";
import { claimDueAt, isUnderWay } from "../domain/claim-end.ts";
import { type Card, card } from "../domain/card.ts";
import type { AuditRow } from "../domain/audit.ts";
import { keyDueAt, type KeyRecord, keyRecord } from "../domain/key.ts";
import { isInForce, type Lockout, lockout, lockoutDueAt } from "../domain/lockout.ts";
import { type Report, report } from "../domain/report.ts";
import { isLiving, type Request, request } from "../domain/request.ts";
import { requestDueAt } from "../domain/request-end.ts";
import { keyOf, roleJudged, type Wants } from "../domain/wants.ts";
import type { Versioned } from "../usecases/store-port.ts";
import { bodyOf } from "./body.ts";
import type { LockoutItemRow } from "./lockout-items.ts";
import type { InventoryRow, InventoryStateRow } from "./inventory-rows.ts";

/*
 * A state is one JSON text, its body; beside it stand only the columns that queries look at.
 * Moments are milliseconds since the epoch. Booleans cannot be bound on SQLite, so they are 0 or 1.
 */

type Body = { version: number; body: string };
type RequestRow = Body & {
  id: string;
  asker: string;
  asked_at: number;
  state: Request["state"];
  due_at: number | null;
  /** The key that it is about, where there is one already. */
  about_key: number | null;
  /** What kind of thing is asked for, and with which role. */
  likeness: string;
  /** The lower-cased name while the request lives, unique; else null. */
  reserved_name: string | null;
};
type ClaimRow = Body & {
  id: string;
  request: string;
  due_at: number | null;
  /** The key for which an open claim awaits a new secret. */
  under_way_on: number | null;
  /** Who may use an open claim. */
  open_for: string | null;
};
type KeyRow = Body & { id: number; owner: string | null; deleted: 0 | 1; due_at: number | null };
type ReportRow = Body & { id: string };
type LockoutRow = Body & {
  id: string;
  state: Lockout["state"];
  in_force: 0 | 1;
  declared_at: number;
  due_at: number | null;
  /** Whose engine works on it; empty: nobody's. */
  leased_by: string;
  leased_until: number;
};
type CardRow = {
  id: string;
  kind: string;
  subject: string;
  recipient: string;
  place: string | null;
  shows: number;
  /** The version that it should show: moves on with each commit of what it is about. */
  wanted: number;
  incomplete: number;
  not_before: number;
  /** 0: nobody draws it at the moment. */
  leased_until: number;
  gone: number;
};
type HomeRow = {
  person: string;
  opened_at: number;
  /** The number of the trail's last event when it was drawn. */
  shows: number;
  look: string;
  drawn_at: number;
  not_before: number;
  /** 0: nobody draws it at the moment. */
  leased_until: number;
};
type PersonRow = { id: string; body: string; read_at: number };
type GroupRow = { id: string; members: string; read_at: number };
type DraftRow = { id: string; person: string; started_at: number; body: string };
type TurnRow = { work: string; due_at: number };
type TallyRow = { person: string; since: number; reasons: string };

export type Tables = {
  schema_version: { version: number };
  requests: RequestRow;
  claims: ClaimRow;
  keys: KeyRow;
  reports: ReportRow;
  report_keys: { report: string; key: number };
  reminders: { id: string; key: number; body: string };
  leaks: Body & { id: string; mark: string; key: number | null; due_at: number | null };
  adoptions: Body & { id: string; open: 0 | 1 };
  departures: Body & { id: string; person: string; at: number };
  owners: { person: string; look_at: number };
  /** `look_at`: when it is to be seen whether somebody has to be reminded; null: once it changes. */
  inventory: InventoryRow & { look_at: Generated<number | null> };
  inventory_state: InventoryStateRow;
  lockouts: LockoutRow;
  lockout_items: LockoutItemRow;
  cards: CardRow;
  homes: HomeRow;
  people: PersonRow;
  slack_groups: GroupRow;
  drafts: DraftRow;
  refusal_tallies: TallyRow;
  turns: TurnRow;
  audit: Record<keyof Omit<AuditRow, "seq" | "at">, string> & { seq: number; at: number };
  /** One row each: what commits meet at, and the end of the trail. */
  gate: { version: number };
  audit_head: { seq: number; hash: string };
};

export function requestRow(next: Request): Omit<RequestRow, "version"> {
  return {
    id: next.id,
    asker: next.asker,
    asked_at: next.askedAt,
    state: next.state,
    due_at: requestDueAt(next) ?? null,
    about_key: keyOf(next.wants) ?? null,
    likeness: likenessOf(next.wants),
    reserved_name: isLiving(next) && next.wants.kind === "new-key" ? folded(next.wants.keyName) : null,
    body: bodyOf(request, next),
  };
}

/** What requests have in common that are alike: the kind, and the role that is judged. */
export function likenessOf(asked: Wants): string {
  return `${asked.kind}/${folded(roleJudged(asked))}`;
}

/** The form in which names are compared: letter case aside. */
export function folded(name: string): string {
  return name.toLowerCase();
}

export function claimRow(next: Claim): Omit<ClaimRow, "version"> {
  const due_at = claimDueAt(next) ?? null;
  const under_way_on = isUnderWay(next) && next.purpose.kind === "rotation" ? next.purpose.key : null;
  const open_for = next.state === "open" ? next.owner : null;
  return { id: next.id, request: next.request, due_at, under_way_on, open_for, body: bodyOf(claim, next) };
}

export function keyRow(next: KeyRecord): Omit<KeyRow, "version"> {
  const deleted = next.deletedAt === undefined ? 0 : 1;
  const due_at = keyDueAt(next) ?? null;
  return { id: next.id, owner: next.owner ?? null, deleted, due_at, body: bodyOf(keyRecord, next) };
}

export function reportRow(next: Report): Omit<ReportRow, "version"> {
  return { id: next.id, body: bodyOf(report, next) };
}

export function lockoutRow(next: Lockout): Omit<LockoutRow, "version" | "leased_by" | "leased_until"> {
  return {
    id: next.id,
    state: next.state,
    in_force: isInForce(next) ? 1 : 0,
    declared_at: next.at,
    due_at: lockoutDueAt(next) ?? null,
    body: bodyOf(lockout, next),
  };
}

/** To whom a card goes, as its row says it. */
export function recipient(to: Card["to"]): string {
  return JSON.stringify(to);
}

export function cardRow(next: Card): Omit<CardRow, "wanted"> {
  const { id, kind, subject, to, place, shows, notBefore } = card.parse(next);
  return {
    id,
    kind,
    subject,
    recipient: recipient(to),
    place: place === undefined ? null : JSON.stringify(place),
    shows,
    not_before: notBefore,
    leased_until: 0,
    gone: 0,
    incomplete: 0,
  };
}

export function readRequest({ version, body }: Body): Versioned<Request> {
  return { version, value: request.parse(JSON.parse(body)) };
}

export function readClaim({ version, body }: Body): Versioned<Claim> {
  return { version, value: claim.parse(JSON.parse(body)) };
}

export function readKey({ version, body }: Body): Versioned<KeyRecord> {
  return { version, value: keyRecord.parse(JSON.parse(body)) };
}

export function readReport({ version, body }: Body): Versioned<Report> {
  return { version, value: report.parse(JSON.parse(body)) };
}

export function readLockout({ version, body }: Body): Versioned<Lockout> {
  return { version, value: lockout.parse(JSON.parse(body)) };
}

export function readCard(row: CardRow): Card {
  return card.parse({
    id: row.id,
    kind: row.kind,
    subject: row.subject,
    to: JSON.parse(row.recipient),
    ...(row.place === null ? {} : { place: JSON.parse(row.place) }),
    shows: row.shows,
    notBefore: row.not_before,
  });
}
