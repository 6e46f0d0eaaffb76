import type { AuditEvent } from "../../domain/audit.ts";
import { newCard } from "../../domain/card.ts";
import { markCompromised } from "../../domain/compromised.ts";
import type { KeyRecord } from "../../domain/key.ts";
import { oweActive } from "../../domain/key-settling.ts";
import { giveUpProof, type Leak, proveLeak as proved } from "../../domain/leak.ts";
import type { Found } from "../../domain/secret.ts";
import type { PersonId } from "../../domain/values.ts";
import { changeKnown } from "../change.ts";
import { recordNow } from "../keys/change-key.ts";
import type { Context, ManagedKey } from "../ports.ts";
import { settle, type Settling } from "../keys/settle-key.ts";
import type { Change, Versioned } from "../store-port.ts";
import { whose } from "./try-secret.ts";

const BATCH = 100;

/** What is known of a leak once its secret was tried; `lock`: what came of taking its key down. */
export type Proved = { leak: Leak; keyName?: string; lock?: Settling };

/** Tries a secret that is on record as a leak, and tells the responders and its key's owner what came of it. */
export async function proveLeak(context: Context, { id, mark }: Leak, found: Found): Promise<Proved> {
  const { store } = context;
  const { key, proof, own, opened } = await whose(context, found, mark);
  const locks = context.policy().policy.leaks["lock-proved"] && !own;
  const named = key === undefined ? {} : { keyName: key.name };
  for (;;) {
    const before = await store.leak(id);
    if (before === undefined) throw new Error(`leak ${id} is not on record`);
    const known = { proof, own, ...(key === undefined ? {} : { key: key.id }) };
    const step = proved(before.value, known, context.clock());
    // Somebody else has told of it meanwhile.
    if ("refusal" in step) return { leak: before.value, ...named };
    const record = await recordOf(context, step.next);
    // With the leak's own row: what was proved is acted on, whatever becomes of this process.
    const down = locks && opened !== undefined ? marking(context, record, opened) : undefined;
    const result = await store.commit({
      changes: [
        { row: "leak", before, next: step.next },
        ...(await cardsOf(context, step.next, record?.value.owner)),
        ...(down === undefined ? [] : [down.change]),
      ],
      events: [step.event, ...(down === undefined ? [] : [down.event])],
    });
    if (result !== "committed") continue;
    const lock = locks && opened !== undefined ? await settle(context, opened.id, "active") : undefined;
    return { leak: step.next, ...named, ...(lock === undefined ? {} : { lock }) };
  }
}

/** Tells of the leaks whose secret somebody began to try, and never said what came of it: they were killed. */
export async function giveUpProofs(context: Context): Promise<void> {
  const { store, clock } = context;
  for (const { value } of await store.leaksGivenUp(clock(), BATCH)) {
    await changeKnown<undefined>(context, async () => {
      const before = await store.leak(value.id);
      if (before === undefined) return { refusal: { reason: "not-found", what: "leak" } };
      const step = giveUpProof(before.value, clock());
      if ("refusal" in step) return step;
      const record = await recordOf(context, step.next);
      const changes: Change[] = [
        { row: "leak", before, next: step.next },
        ...(await cardsOf(context, step.next, record?.value.owner)),
      ];
      return { commit: { changes, events: [step.event] }, result: undefined };
    });
  }
}

/** Our own key's owner is nobody whom we could tell. */
async function recordOf(context: Context, { key, own }: Leak): Promise<Versioned<KeyRecord> | undefined> {
  return key === undefined || own ? undefined : context.store.key(key);
}

/**
 * A key whose secret was seen to work goes down. One that is marked already works all the same: the
 * manager has to be told again; `undefined`: that is due, or the key is about to be deleted.
 */
function marking(
  context: Context,
  before: Versioned<KeyRecord> | undefined,
  opened: ManagedKey,
): { change: Extract<Change, { row: "key" }>; event: AuditEvent } | undefined {
  const at = context.clock();
  const record = recordNow(before?.value, opened);
  const marked = markCompromised(record, { by: "portcullis", at, activeNow: opened.active });
  const step = "refusal" in marked ? oweActive(record, { ...record, due: { active: false } }, at) : marked;
  if ("refusal" in step) return undefined;
  const known = before === undefined ? {} : { before };
  return { change: { row: "key", next: step.next, ...known }, event: step.event };
}

/** The cards that tell of a leak, as far as they are not there yet. */
async function cardsOf(context: Context, { id }: Leak, owner: PersonId | undefined): Promise<Change[]> {
  const at = context.clock();
  const { incidents } = context.policy().policy.channels;
  const there = new Set((await context.store.cardsOf(id)).map((each) => each.id));
  return [
    newCard(id, "leak", { channel: incidents }, at),
    ...(owner === undefined ? [] : [newCard(id, "owner-leak", { person: owner }, at)]),
  ].flatMap((next) => (there.has(next.id) ? [] : [{ row: "card", next }]));
}
