import type { AuditRow, EventName } from "../../../src/domain/audit.ts";
import type { KeyRecord } from "../../../src/domain/key.ts";
import type { Request } from "../../../src/domain/request.ts";
import { claimId, keyId, personId, requestId } from "../../../src/domain/values.ts";
import type { Store } from "../../../src/usecases/store-port.ts";
import { personNamed, testPolicy } from "../context.ts";

/*
 * Who may do what, said once more and in another way than the program says it: from names, the
 * trail and what is stored, without the program's own verdicts. Whoever is listed in a group and no
 * member of the workspace (a guest, somebody who has left, a stranger) counts nowhere.
 */

const ids = (...names: string[]): string[] => names.map(personNamed);
const MEMBERS = new Set(ids("ada", "ben", "chiara", "dmitri", "emi", "farid", "grace"));
const SECURITY = new Set(ids("chiara", "dmitri", "emi"));
const RESPONDERS = new Set(ids("farid", "emi", "chiara"));
const AUDITORS = new Set(ids("grace"));
const OUTSIDERS = ["gus", "dora", "sam"];

/** The rules of the run, with people in every group who do not count. */
export const policyOfTheRun = () =>
  testPolicy({
    groups: {
      security: { people: [...SECURITY, ...ids(...OUTSIDERS)] },
      responders: { people: [...RESPONDERS, ...ids(...OUTSIDERS)] },
      auditors: { people: [...AUDITORS, ...ids(...OUTSIDERS)] },
    },
    leaks: { "try-secret": true, "lock-proved": true, "watch-channels": true },
    rules: [
      { name: "one", needs: [{ group: "security", approvals: 1 }] },
      {
        name: "two for power",
        when: { roles: ["Full Access"] },
        needs: [{ group: "security", approvals: 2 }],
      },
    ],
  });

/** What one payload may have caused: who sent it, unless nothing at all may come of it. */
export type Cause = { by: string | undefined; mayAct: boolean } | "the program itself";

type Seen = { row: AuditRow; person: string; store: Store };
/** Says what is wrong, if anything is. */
type Rule = (seen: Seen) => Promise<string | undefined> | string | undefined;

const fails = (holds: boolean, words: string): string | undefined => (holds ? undefined : words);
const anybody: Rule = () => undefined;
const member: Rule = ({ person }) => fails(MEMBERS.has(person), "is no member");
const program: Rule = ({ person }) => fails(person === "portcullis", "is not the program");
const responder: Rule = ({ person }) => fails(RESPONDERS.has(person), "is no responder");
const auditor: Rule = ({ person }) => fails(AUDITORS.has(person), "is no auditor");
/** What follows of itself from what a person did before: named after them, whoever moves it on. */
const consequence: Rule = ({ person }) =>
  fails(person === "portcullis" || MEMBERS.has(person), "counts nowhere");

const idIn = (row: AuditRow): string => row.subject.slice(row.subject.indexOf(":") + 1);
const requestOf = async ({ row, store }: Seen): Promise<Request> => {
  const found = await store.request(requestId.parse(idIn(row)));
  if (found === undefined) throw new Error(`no ${row.subject}`);
  return found.value;
};
const keyOf = async ({ row, store }: Seen): Promise<KeyRecord> => {
  const found = await store.key(keyId.parse(Number(idIn(row))));
  if (found === undefined) throw new Error(`no ${row.subject}`);
  return found.value;
};

const asked: Rule = async (seen) => {
  const { asker, wants } = await requestOf(seen);
  if (asker !== seen.person) return "asks in the name of another";
  if (wants.kind === "restore") return responder(seen);
  if (!("key" in wants)) return member(seen);
  const owner = (await seen.store.key(wants.key))?.value.owner;
  if (wants.kind === "rotation" || wants.kind === "new-owner")
    return fails(owner === asker || RESPONDERS.has(asker), "has no say about this key");
  return fails(owner === asker, "does not own this key");
};

const decides = async (seen: Seen): Promise<string | undefined> => {
  const { asker, wants, approvals } = await requestOf(seen);
  const group = wants.kind === "restore" ? RESPONDERS : SECURITY;
  const parties = [
    asker,
    wants.kind === "restore" ? wants.declaredBy : wants.kind === "new-owner" ? wants.to : asker,
  ];
  const voters = approvals.map(({ by }) => by as string);
  if (new Set(voters).size < voters.length) return "counts twice";
  if (parties.includes(personId.parse(seen.person))) return "decides on their own request";
  const all = [seen.person, ...voters];
  return fails(
    all.every((each) => group.has(each) && !parties.some((one) => one === each)),
    "has no say in this",
  );
};

const decided: Rule = async (seen) => {
  const { wants, approvals } = await requestOf(seen);
  const role = wants.kind === "role-change" ? wants.toRoleName : "roleName" in wants ? wants.roleName : "";
  if (wants.kind === "rotation") return program(seen);
  const needed = role === "Full Access" ? 2 : 1;
  return (
    (await decides(seen)) ?? fails(approvals.length >= needed, `was one of ${approvals.length} of ${needed}`)
  );
};

const own: Rule = async (seen) =>
  fails((await requestOf(seen)).asker === seen.person, "takes back what is not theirs");

const claims: Rule = async ({ row, person, store }) => {
  const claim = await store.claim(claimId.parse(idIn(row)));
  return fails(claim?.value.owner === person, "claims what is not theirs");
};

const holder: Rule = async (seen) => {
  const { owner } = await keyOf(seen);
  return fails(owner === seen.person || RESPONDERS.has(seen.person), "has no say about this key");
};

type Lock = { by: string; as: "owner" | "responder"; at: number };

/** Reads the trail as it grows, and says what in it nobody was allowed to do. */
export class Rules {
  readonly #store: Store;
  readonly #locks = new Map<string, Lock[]>();
  readonly #alarms = new Map<string, string>();
  #seq = 0;
  /** How often each thing happened. */
  readonly happened = new Map<EventName, number>();

  #senders: (string | undefined)[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  /** Judges what has been added since; answers how many changes there were, and what was wrong with them. */
  async check(cause: Cause): Promise<{ changes: number; wrongs: string[] }> {
    let changes = 0;
    const wrongs: string[] = [];
    if (cause !== "the program itself") this.#senders = [cause.by, ...this.#senders].slice(0, 20);
    for (;;) {
      const rows = await this.#store.auditAfter(this.#seq, 500);
      if (rows.length === 0) return { changes, wrongs };
      for (const row of rows) {
        this.#seq = row.seq;
        this.happened.set(row.event, (this.happened.get(row.event) ?? 0) + 1);
        if (!REMARKS.has(row.event)) changes++;
        // What nobody waits for may be refused a little later.
        const late = row.event === "refused" && this.#senders.includes(row.actor);
        const wrong = (late ? undefined : caused(row, cause)) ?? (await this.#judge(row));
        if (wrong !== undefined)
          wrongs.push(`${row.seq} ${row.event} ${row.subject} ${row.evidence}: ${row.actor} ${wrong}`);
      }
    }
  }

  async #judge(row: AuditRow): Promise<string | undefined> {
    const seen = { row, person: row.actor, store: this.#store };
    if (LOCKING.has(row.event)) return this.#locking(seen);
    const rule = RULES[row.event];
    return rule === undefined ? "does what no rule is known for" : rule(seen);
  }

  async #locking(seen: Seen): Promise<string | undefined> {
    const { row, person } = seen;
    const record = await keyOf(seen);
    const locks = this.#locks.get(row.subject) ?? [];
    if (row.event === "key.compromised") {
      this.#alarms.set(row.subject, person);
      return person === "portcullis" ? undefined : holder(seen);
    }
    if (row.event === "key.cleared") {
      const own = this.#alarms.get(row.subject) === person;
      return responder(seen) ?? fails(!own, "takes back their own word");
    }
    const left = locksOf(record);
    this.#locks.set(row.subject, left);
    if (row.event === "key.locked") return holder(seen);
    // A lock that was for a time ends by itself.
    if (person === "portcullis") return undefined;
    const lifted = locks.filter((lock) => !left.some(({ by, at }) => by === lock.by && at === lock.at));
    const may = ({ by, as }: Lock): boolean =>
      as === "owner" ? record.owner === person : RESPONDERS.has(person) && by !== person;
    return (await holder(seen)) ?? fails(lifted.every(may), "lifts a lock that is not theirs to lift");
  }
}

function locksOf({ holds }: KeyRecord): Lock[] {
  return (holds?.reasons ?? [])
    .filter((each) => each.kind === "lock")
    .map(({ by, as, at }) => ({ by, as, at }));
}

/** Whether this came of what was sent, by the one who sent it. */
function caused({ actor, event, evidence }: AuditRow, cause: Cause): string | undefined {
  if (actor === "portcullis" || RULES[event] === consequence) {
    // A lockout goes on by itself, whatever else arrives.
    const may =
      cause === "the program itself" || cause.mayAct || REMARKS.has(event) || event.startsWith("lockout.");
    return fails(may, "acted on what was not to be heeded");
  }
  // After a lockout, owners are offered new secrets in their own names.
  if (event === "request.made" && cause === "the program itself" && evidence.includes('"rotation"'))
    return undefined;
  // Of messages that nobody has written.
  if (event === "refused" && actor === "USLACKBOT") return undefined;
  // Refusals of before, put together.
  if (event === "refused.again") return undefined;
  if (cause === "the program itself") return fails(REMARKS.has(event), "acted while nothing was sent");
  if (actor !== cause.by) return `is not who sent it, which was ${cause.by}`;
  return fails(cause.mayAct || REMARKS.has(event), "acted on what was not to be heeded");
}

const REMARKS: ReadonlySet<EventName> = new Set<EventName>(["refused", "refused.again", "card.found"]);

const LOCKING: ReadonlySet<EventName> = new Set<EventName>([
  "key.locked",
  "key.unlocked",
  "key.compromised",
  "key.cleared",
]);

const RULES: Partial<Record<EventName, Rule>> = {
  refused: anybody,
  "refused.again": anybody,
  "card.found": anybody,
  "request.made": asked,
  "request.approved": decided,
  "request.seconded": decides,
  "request.denied": decides,
  "request.opposed": decides,
  "request.withdrawn": own,
  "request.checked": program,
  "request.reminded": program,
  "request.escalated": program,
  "request.stuck": program,
  "request.unstuck": program,
  "request.lapsed": program,
  "request.fulfilled": consequence,
  "request.applied": program,
  "request.failed": program,
  "claim.opened": program,
  "claim.minting": claims,
  "claim.showing": claims,
  "claim.delivered": claims,
  "claim.asked-again": claims,
  "claim.given-up": program,
  "claim.reopened": program,
  "claim.lapsed": program,
  "claim.voided": consequence,
  "claim.failed": program,
  "claim.stray-dropped": program,
  "key.activated": program,
  "key.edited": holder,
  "key.deletion-asked": holder,
  "key.settled": consequence,
  "key.told-again": program,
  "key.gone": program,
  "key.name-taken": program,
  "key.refused": program,
  "key.changed": program,
  "key.adopted": consequence,
  "expiry.reminded": program,
  "rotation.reminded": program,
  "expiry.let-go": holder,
  "rotation.let-go": holder,
  "owner.departed": program,
  "owner.returned": program,
  "outside.reported": program,
  "outside.seen": responder,
  "lockout.declared": responder,
  "lockout.noted": responder,
  "lockout.reported": ({ person }) =>
    fails(RESPONDERS.has(person) || AUDITORS.has(person), "may not read that"),
  "lockout.restoring": consequence,
  "own-key.changing": responder,
  "own-key.changed": responder,
  "keys.exported": auditor,
  "audit.asked": auditor,
  "audit.head-posted": program,
  "policy.changed": program,
  "adoption.proposed": program,
  "adoption.confirmed": responder,
  "adoption.declined": responder,
  "adoption.done": program,
  "leak.found": anybody,
  "leak.reported": program,
  "leak.seen-again": anybody,
  "leak.closed": responder,
  ...Object.fromEntries(
    (
      [
        "found",
        "skipped",
        "locked",
        "failing",
        "locked-again",
        "verified",
        "contained",
        "loose",
        "ending",
        "leaving",
        "let-go",
        "kept",
        "opened",
        "brought-back",
        "restored",
        "owners-told",
      ] as const
    ).map((each) => [`lockout.${each}`, program]),
  ),
};
