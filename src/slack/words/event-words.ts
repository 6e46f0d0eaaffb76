import { z } from "zod";
import type { AuditRow, EventName } from "../../domain/audit.ts";
import { person, time, type Words } from "./words.ts";

/** What happened, after "who"; the trail itself has the evidence. */
const HAPPENED: Record<EventName, string> = {
  "request.made": "made a request",
  "request.checked": "found the name free",
  "request.approved": "approved the request",
  "request.seconded": "approved the request; more approvals were needed",
  "request.denied": "denied the request",
  "request.opposed": "denied the request; more denials are needed to end it",
  "request.reminded": "reminded the approvers",
  "request.escalated": "called another group, since nobody had decided",
  "request.stuck": "found that nobody is left who could approve",
  "request.unstuck": "found somebody again who could approve",
  "request.withdrawn": "withdrew the request",
  "request.lapsed": "let the request lapse",
  "request.fulfilled": "was shown the secret, so the request is done",
  "request.applied": "carried the request out",
  "request.failed": "could not carry the request out",
  "claim.opened": "offered the secret",
  "claim.minting": "asked to see the secret",
  "claim.showing": "was about to be shown the secret",
  "claim.delivered": "was shown the secret",
  "claim.given-up": "gave an attempt to show the secret up",
  "claim.reopened": "offered the secret again",
  "claim.asked-again": "asked again for a secret that had been shown",
  "claim.lapsed": "no longer offers the secret: nobody asked in time",
  "claim.voided": "no longer offers the secret: the key changed hands",
  "claim.failed": "could not make what was approved",
  "claim.stray-dropped": "looked a last time for what an attempt left",
  "key.activated": "made the key active",
  "key.locked": "locked the key",
  "key.unlocked": "lifted a lock",
  "key.edited": "edited the key",
  "key.deletion-asked": "deleted the key",
  "key.settled": "had it carried out by the manager",
  "key.told-again": "told the manager again what holds",
  "key.gone": "found the key gone from the manager",
  "key.name-taken": "kept the old name: the new one is taken",
  "key.refused": "kept what the key had: the manager refuses the change",
  "key.changed": "had the key changed by a request",
  "expiry.reminded": "reminded of the key's end",
  "expiry.let-go": "lets the key end",
  "rotation.reminded": "reminded of the secret's age",
  "rotation.let-go": "keeps the secret as it is",
  "owner.departed": "found the owner of keys deactivated in Slack",
  "owner.returned": "found the owner of keys active again in Slack",
  "outside.reported": "reported what happened in the manager",
  "outside.seen": "saw the report",
  "lockout.declared": "declared a lockout",
  "lockout.found": "found keys to lock",
  "lockout.skipped": "left keys alone",
  "lockout.locked": "locked keys",
  "lockout.failing": "could not lock or open keys yet",
  "lockout.locked-again": "found keys active again, and locks them again",
  "lockout.verified": "read keys back as inactive",
  "lockout.contained": "had every key in scope read back as inactive",
  "lockout.loose": "found keys unlocked in the manager, and left them so",
  "lockout.ending": "reached the lockout's end, and asks what is to be done",
  "lockout.restoring": "had keys come back",
  "lockout.leaving": "began to let keys go",
  "lockout.let-go": "let keys go",
  "lockout.kept": "kept keys down for another reason",
  "lockout.opened": "made keys active",
  "lockout.brought-back": "read keys back as active",
  "lockout.restored": "had everything come back that may",
  "lockout.noted": "noted",
  "own-key.changing": "began to change my own key",
  "own-key.changed": "changed my own key",
  refused: "was refused",
  "refused.again": "was refused more than once",
  "card.found": "found a card again",
  "keys.exported": "exported a list of keys",
  "policy.changed": "took over another policy",
  "adoption.proposed": "proposed owners for keys that a lost database knew",
  "adoption.confirmed": "confirmed the proposed owners",
  "adoption.declined": "left the proposed owners be",
  "adoption.done": "had adopted the keys",
  "key.compromised": "said that the secret got out",
  "key.cleared": "said that the secret had not got out",
  "leak.found": "found a secret in a message",
  "leak.reported": "reported a found secret",
  "leak.seen-again": "saw the same secret again",
  "leak.closed": "put a found secret aside",
  "lockout.reported": "took the report away",
  "lockout.owners-told": "told the owners",
  "audit.head-posted": "posted the head of the audit trail",
  "audit.asked": "asked the audit trail",
  "key.adopted": "adopted the key by its marker",
};

/** The same in a drill, where nothing is locked. */
const REHEARSED: Partial<Record<EventName, string>> = {
  "lockout.declared": "began a drill",
  "lockout.found": "found keys to rehearse with",
  "lockout.locked": "rehearsed locking keys",
  "lockout.failing": "could not rehearse with keys yet",
  "lockout.verified": "rehearsed reading keys back",
  "lockout.contained": "had rehearsed with every key in scope; nothing was locked",
};

/** One line of a history: when, who, what; `drill`: of a lockout that is known to be one. */
export function eventInWords({ at, actor, event, evidence }: AuditRow, drill = false): Words {
  const said = saidIn.parse(JSON.parse(evidence));
  const { because } = said;
  const rehearsed = drill || said.drill === true ? REHEARSED[event] : undefined;
  return [
    time(at),
    ": ",
    ...(actor === "portcullis" ? ["Portcullis"] : [person(actor)]),
    ` ${rehearsed ?? HAPPENED[event]}`,
    ...(SAID.has(event) && because !== undefined ? [`: ${because}`] : []),
  ];
}

/** Where people said why. */
const SAID = new Set<EventName>([
  "key.locked",
  "request.denied",
  "request.opposed",
  "lockout.declared",
  "lockout.noted",
]);
const saidIn = z.object({
  because: z.string().optional().catch(undefined),
  drill: z.boolean().optional().catch(undefined),
});
