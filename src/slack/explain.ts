import type { Undoing } from "../domain/claim.ts";
import type { FaultCode } from "../domain/fault.ts";
import type { PersonKind, Refusal } from "../domain/refusal.ts";
import type { Failure } from "../domain/request.ts";
import { rightInWords } from "./role-words.ts";
import { list, person, time, type Words } from "./words.ts";

/** What an expected "no" means, and what to do next (design.md section 7). */
export function explainRefusal(refusal: Refusal): Words {
  switch (refusal.reason) {
    case "not-a-member":
      return [explainKind(refusal.kind)];
    case "unknown-person":
      return ["Slack does not know your account in this workspace, so nothing was done."];
    case "own-request":
      return ["This is your own request, so somebody else has to decide it."];
    case "decided-already":
      return ["You approved this already (", time(refusal.at), "). It still needs somebody else."];
    case "not-an-approver":
      return refusal.groups.length === 0
        ? ["Nobody may decide this under the rules in force. Ask whoever keeps the policy."]
        : ["You are not one of those who may decide this: the rules ask for ", ...named(refusal.groups), "."];
    case "not-a-responder":
      return ["Only incident responders may do this. Ask one of them."];
    case "wrong-state":
      return explainState(refusal);
    case "not-found":
      return [
        `I cannot find this ${refusal.what}. It may be from another installation; ask for a key again.`,
      ];
    case "not-yours":
      return refusal.what === "claim"
        ? ["This secret belongs to somebody else; only the person who asked for the key can see it."]
        : ["This is somebody else's request; only the person who made it can do that."];
    case "shown-already":
      return [
        "This secret was shown on ",
        time(refusal.at),
        " and cannot be shown again. If you have lost it, ask for a new key; if it was not you who saw it, tell the incident responders now.",
      ];
    case "stale-click":
      return ["That click reached me too late, so nothing was done. Please press the button again."];
    case "nobody-could-approve":
      return [
        `Nobody could approve this: the rule "${refusal.rule}" needs ${people(refusal.open)} more from ${refusal.group} than there are, you not counting. Ask whoever keeps the policy or the group.`,
      ];
    case "policy-refuses":
      return [`The policy does not allow this (rule "${refusal.rule}"): ${refusal.because}`];
    case "no-rule":
      return [
        "No rule of the policy covers this role and life, so it cannot be granted. Choose another, or ask whoever keeps the policy.",
      ];
    case "contains-secret":
      return [
        `The ${refusal.field} looks as if it has a secret in it. Nothing was sent on; take it out, and if it is real, have that key rotated.`,
      ];
    case "name-form":
      return [
        "A name starts with a letter and has only letters, digits, dots, hyphens and underscores (or the form that your policy sets).",
      ];
    case "name-taken":
      return refusal.by === "key"
        ? ["There is a key with this name already. Choose another name."]
        : ["Another request has reserved this name. Choose another name."];
    case "own-key":
      return refusal.what === "name"
        ? ["This is the name of the key that I work with myself. Choose another name."]
        : [
            "This role was made for the key that I work with myself, and is for no other. Choose another role.",
          ];
    case "reason-too-short":
      return [
        `Please say a little more: at least ${refusal.atLeast} characters, so that approvers can judge it.`,
      ];
    case "too-long":
      return [`The ${refusal.field} may have at most ${refusal.most} characters.`];
    case "life-too-long":
      return [`A key may live for ${days(refusal.longestDays)} at most. Choose a shorter time.`];
    case "expiry-in-past":
      return ["This date has passed. Choose a later one."];
    case "unknown-time-zone":
      return ["I do not know this time zone. Choose one from the list."];
    case "too-many-keys":
      return [
        `You have ${refusal.limit} keys or requests for keys, which is the most the policy allows. Withdraw a request, or have a key deleted, first.`,
      ];
    case "role-gone":
      return ["The manager has no such role any more. Choose another role."];
    case "failed":
      return [explainFailure(refusal.because)];
    case "effect-changed":
      return [
        "What this request would do has changed since it was made: the role was edited. Approving it no longer counts; it has to be asked for again.",
      ];
    case "locked-out":
      return [
        `A lockout is in force (${refusal.incident}), so no secret is shown now. Your turn is kept; try again when it is lifted.`,
      ];
  }
}

/** Why somebody's account does not count. */
function explainKind(kind: Exclude<PersonKind, "member">): string {
  switch (kind) {
    case "guest":
      return "Guests cannot ask for keys or decide about them. Ask a full member of the workspace.";
    case "bot":
      return "Bots cannot ask for keys or decide about them.";
    case "deactivated":
      return "This account is not active in the workspace, so nothing was done.";
    case "stranger":
      return "I serve the members of one workspace only, and your account belongs to another. Ask somebody here to do it.";
  }
}

function explainState({ state, by, at }: Extract<Refusal, { reason: "wrong-state" }>): Words {
  const who: Words = by === undefined ? [] : [" by ", person(by)];
  switch (state) {
    case "pending":
      return ["This is still waiting for a decision."];
    case "approved":
    case "denied":
    case "withdrawn":
      return [`This was ${state} already`, ...who, " (", time(at), "); there is nothing left to decide."];
    case "fulfilled":
      return ["This is done already: the key was made (", time(at), ")."];
    case "lapsed":
      return ["The time for this was over (", time(at), "). If it is still wanted, ask again."];
    case "failed":
      return ["This could not be carried out (", time(at), "). Ask again."];
    case "voided":
      return ["This was called off (", time(at), "). Ask again."];
    case "minting":
    case "showing":
    case "undoing":
      return ["Your secret is being prepared already. Please wait a moment, then try again."];
    default:
      // The domain names states of requests and claims as text; a new one is still answered.
      return [`This is "${state}" now, so that cannot be done any more.`];
  }
}

/** What went wrong in the world, and what to do; the reference stands in the log beside the cause. */
export function explainFault(code: FaultCode, reference: string, right?: string): Words {
  return [`${faultWords(code, right)} Reference ${reference}.`];
}

function faultWords(code: FaultCode, right: string | undefined): string {
  switch (code) {
    case "manager-unreachable":
      return "The manager cannot be reached, so nothing was done. Try again in a few minutes.";
    case "manager-timeout":
      return "The manager did not answer in time. Try again in a moment.";
    case "manager-untrusted":
      return "The manager's certificate is not one that I trust, so I sent nothing. Whoever runs this program can see why with: npm run portcullis -- doctor.";
    case "manager-refused-credentials":
      return "The manager refuses my own key. Tell whoever runs this program.";
    case "manager-forbidden":
      return `The manager does not let me do this: my own key lacks the right${right === undefined ? "" : ` to ${rightInWords(right)}`}. Tell whoever runs this program.`;
    case "manager-not-found":
      return "The manager no longer has what this is about. Look again, and ask anew if it is still wanted.";
    case "manager-conflict":
      return "The manager has something of this name already. Choose another name.";
    case "manager-rejected":
      return "The manager refuses this as it stands: perhaps a time zone or a name that it does not know.";
    case "manager-rate-limited":
      return "The manager asks me to slow down. Try again in a minute.";
    case "manager-bad-answer":
      return "The manager answered in a way that I do not understand, so I stopped. Tell whoever runs this program.";
    case "manager-failed":
      return "The manager ran into a fault of its own. Try again in a moment.";
    case "slack-refused":
      return "Slack refused what I tried to do. Tell whoever runs this program.";
    case "slack-message-gone":
      return "The message that this is about is no longer there. Type /apikey requests to see where things stand.";
    case "slack-unreachable":
      return "Slack did not tell me what I needed to know, so nobody was let through. Try again in a moment.";
    case "slack-uncertain":
      return "Slack did not say whether my message arrived. Look whether it is there, and try again if not.";
    case "store-busy":
      return "Many things changed at once, and I could not get a word in. Try again.";
  }
}

/** A bug: nobody's fault who reads it. */
export function explainBug(reference: string): Words {
  return [
    `Something broke on my side, and nothing more was done. Try again; if it stays, tell whoever runs this program the reference ${reference}.`,
  ];
}

/** A button or form that this version does not know, such as one in a message of an older version. */
export function explainMissing(): Words {
  return [
    "This belongs to an older version of me and does nothing any more. Type /apikey to see what I can do.",
  ];
}

/** Why an attempt to show a secret was undone. */
export function explainUndoing(because: Undoing): string {
  switch (because) {
    case "manager":
      return "The manager did not make the key.";
    case "slack-refused":
      return "Slack did not take the message with the secret.";
    case "slack-uncertain":
      return "Slack did not say whether the message with the secret arrived, so I made that secret worthless.";
    case "timed-out":
      return "It took too long, so I made that secret worthless.";
    case "locked-out":
      return "A lockout was declared meanwhile, so nothing was shown.";
  }
}

/** Why something approved could not be carried out, and what to do. */
export function explainFailure(because: Failure): string {
  switch (because) {
    case "role-gone":
      return "The role is gone from the manager. Ask again with another role.";
    case "name-taken":
      return "The name belongs to another key by now. Ask again with another name.";
    case "effect-changed":
      return "The role was edited after the approval, so the approval no longer holds. Ask again.";
    case "policy-refuses":
      return "The policy has changed and no longer allows this. Choose another role or life, and ask again.";
    case "key-gone":
      return "The key is gone from the manager: somebody deleted it there before it was active. Ask again.";
    case "rejected":
      return "The manager refused to make the key as it was asked for: perhaps it does not know the time zone. Ask again with another one.";
  }
}

export function days(count: number): string {
  return count === 1 ? "1 day" : `${count} days`;
}

function people(count: number): string {
  return count === 1 ? "1 person" : `${count} people`;
}

function named(groups: readonly string[]): Words {
  return list(
    groups.map((group) => [group]),
    "or",
  );
}
