import { createHash } from "node:crypto";
import type { Kysely, Selectable, Transaction } from "kysely";
import { type AuditEvent, auditRow, hashedText } from "../domain/audit.ts";
import { kept } from "../domain/kept.ts";
import type { Store } from "../usecases/store-port.ts";
import type { Tables } from "./tables.ts";

/**
 * The end of the trail, locked until the transaction ends: rows get numbers without a gap, in the
 * order of their commits. Taken last in a commit, since everybody waits here.
 */
export async function lockHead(transaction: Transaction<Tables>): Promise<Selectable<Tables["audit_head"]>> {
  return await transaction
    .selectFrom("audit_head")
    .select(["seq", "hash"])
    .forUpdate()
    .executeTakeFirstOrThrow();
}

/** Adds events to the hash chain. */
export async function append(transaction: Transaction<Tables>, events: readonly AuditEvent[]): Promise<void> {
  if (events.length === 0) return;
  await wantTimelinesRedrawn(transaction, events);
  let head = await lockHead(transaction);
  const rows = events.map(({ at, actor, subject, event, evidence }) => {
    const text = JSON.stringify(evidence);
    // What a database would write otherwise, or not at all, could never be recomputed: a forged id may be anything.
    const about = kept(subject);
    const row = { seq: head.seq + 1, at, actor, subject: about, event, evidence: text, previous: head.hash };
    const hash = createHash("sha256").update(hashedText(row)).digest("hex");
    head = { seq: row.seq, hash };
    return { ...row, hash };
  });
  await transaction.insertInto("audit").values(rows).execute();
  await transaction.updateTable("audit_head").set(head).execute();
}

/** A lockout's timeline is drawn from the trail, whatever wrote there: its row may stay as it is. */
async function wantTimelinesRedrawn(
  transaction: Transaction<Tables>,
  events: readonly AuditEvent[],
): Promise<void> {
  const about = new Set(events.map(({ subject }) => subject));
  const lockouts = [...about].flatMap((each) =>
    each.startsWith(LOCKOUT) ? [each.slice(LOCKOUT.length)] : [],
  );
  if (lockouts.length === 0) return;
  await transaction
    .updateTable("cards")
    .set((row) => ({ wanted: row("wanted", "+", 1) }))
    .where("subject", "in", lockouts)
    .where("kind", "=", "lockout-timeline")
    .execute();
}

const LOCKOUT = "lockout:";

export function auditTrail(
  kysely: Kysely<Tables>,
): Pick<Store, "auditAfter" | "auditOf" | "auditStored" | "auditEnd" | "findAudit"> {
  return {
    async auditAfter(after, limit) {
      const rows = await kysely
        .selectFrom("audit")
        .selectAll()
        .where("seq", ">", after)
        .orderBy("seq")
        .limit(limit)
        .execute();
      return rows.map((row) => auditRow.parse(row));
    },
    async auditStored(after, limit) {
      const rows = kysely.selectFrom("audit").selectAll().orderBy("seq").limit(limit);
      return await (after === undefined ? rows : rows.where("seq", ">", after)).execute();
    },
    async auditEnd() {
      return await kysely.selectFrom("audit_head").select(["seq", "hash"]).executeTakeFirst();
    },
    async findAudit({ actor, events, subjects, since, until }, { before, limit }) {
      // PostgreSQL has no list without anything in it.
      if (events?.length === 0 || subjects?.length === 0) return [];
      let rows = kysely.selectFrom("audit").selectAll();
      if (actor !== undefined) rows = rows.where("actor", "=", actor);
      if (events !== undefined) rows = rows.where("event", "in", events);
      if (subjects !== undefined) rows = rows.where("subject", "in", subjects);
      if (since !== undefined) rows = rows.where("at", ">=", since);
      if (until !== undefined) rows = rows.where("at", "<", until);
      if (before !== undefined)
        rows = rows.where((row) => row.eb(row.refTuple("at", "seq"), "<", row.tuple(before.at, before.seq)));
      const found = await rows.orderBy("at", "desc").orderBy("seq", "desc").limit(limit).execute();
      return found.map((row) => auditRow.parse(row));
    },
    async auditOf(subjects, { before, limit }) {
      const about = kysely.selectFrom("audit").selectAll().where("subject", "in", subjects);
      const rows = await (before === undefined ? about : about.where("seq", "<", before))
        .orderBy("seq", "desc")
        .limit(limit)
        .execute();
      return rows.map((row) => auditRow.parse(row));
    },
  };
}

/** What one person did, what happened of one kind, and what happened lately, without reading the whole trail. */
export async function findAuditRows({ schema }: Kysely<Tables>): Promise<void> {
  await schema.createIndex("audit_at").on("audit").columns(["at", "seq"]).execute();
  await schema.createIndex("audit_by").on("audit").columns(["actor", "at", "seq"]).execute();
  await schema.createIndex("audit_named").on("audit").columns(["event", "at", "seq"]).execute();
}
