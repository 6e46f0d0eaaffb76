import type { PersonKind, Refusal } from "../../domain/refusal.ts";
import { explainFailure } from "./explain-failure.ts";
import { explainKeyRefusal } from "./explain-key.ts";
import { explainRoleRefusal } from "./explain-role.ts";
import { explainState } from "./explain-state.ts";
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
    case "denied-already":
      return ["You denied this already (", time(refusal.at), "). Somebody else has to decide."];
    case "not-an-approver":
      return refusal.groups.length === 0
        ? ["Nobody may decide this under the rules in force. Ask whoever keeps the policy."]
        : ["You are not one of those who may decide this: the rules ask for ", ...named(refusal.groups), "."];
    case "not-a-responder":
      return ["Only incident responders may do this. Ask one of them."];
    case "not-an-auditor":
      return ["Only auditors may do this. Ask one of them."];
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
      return ["That reached me too late, so nothing was done. Please try again."];
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
        ? ["This is the key that I work with myself, or its name. Choose another."]
        : [
            "This role was made for the key that I work with myself, and is for no other. Choose another role.",
          ];
    case "reason-too-short":
      return [
        `Please say a little more: at least ${refusal.atLeast} characters, so that approvers can judge it.`,
      ];
    case "ticket-missing":
      return [
        `The reason has to name a ticket: the rule "${refusal.rule}" wants something that matches ${refusal.pattern} in it.`,
      ];
    case "too-long":
      return [`The ${refusal.field} may have at most ${refusal.most} characters.`];
    case "unseen-character":
      return [
        `The ${refusal.field} has a character in it that nobody can see, as text copied from a terminal may have. Delete it, or type that part anew.`,
      ];
    case "life-too-long":
      return [`A key may live for ${days(refusal.longestDays)} at most. Choose a shorter time.`];
    case "expiry-in-past":
      return ["This date has passed. Choose a later one."];
    case "unknown-time-zone":
      return ["I do not know this time zone. Choose one from the list."];
    case "too-many-keys":
      if (refusal.of !== undefined) {
        return [
          "The policy allows one person to have ",
          `${refusal.limit} keys or requests for keys at most, and `,
          person(refusal.of),
          " has as many.",
        ];
      }
      return [
        `You have ${refusal.limit} keys or requests for keys, which is the most the policy allows. Withdraw a request, or have a key deleted, first.`,
      ];
    case "role-gone":
      return ["The manager has no such role any more. Choose another role."];
    case "failed":
      return [explainFailure(refusal.because)];
    case "effect-changed":
      return [
        "What this request would do has changed since it was made: the role or the key was edited. Approving it no longer counts; it has to be asked for again.",
      ];
    case "locked-out":
      return [
        `A lockout is in force (${refusal.incident}), so this has to wait. Nothing is lost; try again when it is lifted.`,
      ];
    case "not-confirmed":
      return [
        refusal.keys === undefined
          ? "I am still reading the manager's keys, and nobody knows yet how many this would lock"
          : `This would lock ${refusal.keys} keys, and more than ${refusal.most} have to be confirmed`,
        `: type the incident's reference once more (${refusal.type}).`,
      ];
    case "not-held":
    case "done-before":
    case "not-locked":
    case "others-lock":
    case "compromised-already":
    case "not-compromised":
    case "own-alarm":
    case "too-many-reports":
    case "held":
    case "extend-instead":
    case "not-later":
    case "name-not-typed":
    case "key-deleted":
    case "no-such-key":
    case "no-such-request":
    case "no-such-role":
    case "not-your-key":
    case "page-stale":
    case "no-change":
    case "no-owner":
    case "rotation-open":
    case "role-in-use":
    case "role-immutable":
    case "owner-cannot":
    case "bad-query":
      return explainKeyRefusal(refusal);
    case "only-approvers":
    case "own-key-too-weak":
    case "role-name-form":
    case "role-name-taken":
    case "unknown-rights":
    case "draft-gone":
    case "role-stale":
      return explainRoleRefusal(refusal);
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

/** A button or form that this version does not know, such as one in a message of an older version. */
export function explainMissing(): Words {
  return [
    "This belongs to an older version of me and does nothing any more. Type /apikey to see what I can do.",
  ];
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
