import { describe, expect, it } from "vitest";
import type { FaultCode } from "../../../../src/domain/fault.ts";
import type { Refusal, RefusalReason, State } from "../../../../src/domain/refusal.ts";
import { explainMissing, explainRefusal } from "../../../../src/slack/words/explain.ts";
import { explainFailure, explainUndoing } from "../../../../src/slack/words/explain-failure.ts";
import { explainBug, explainFault } from "../../../../src/slack/words/explain-fault.ts";
import { failure } from "../../../../src/domain/request.ts";
import { undoing } from "../../../../src/domain/claim.ts";
import { asPlain, type Words } from "../../../../src/slack/words/words.ts";
import { ada, aKey, NOW } from "../../../support/domain.ts";

const states: Record<State, true> = {
  pending: true,
  approved: true,
  denied: true,
  withdrawn: true,
  lapsed: true,
  fulfilled: true,
  applied: true,
  failed: true,
  open: true,
  minting: true,
  showing: true,
  undoing: true,
  delivered: true,
  voided: true,
  declared: true,
  contained: true,
  ending: true,
  restoring: true,
  restored: true,
  confirmed: true,
  declined: true,
  done: true,
  closed: true,
  seen: true,
};

/** Each reason with evidence; a new one stops the compiler here. */
const refusals: { [Reason in RefusalReason]: Extract<Refusal, { reason: Reason }>[] } = {
  "not-a-member": (["guest", "bot", "deactivated", "stranger"] as const).map((kind) => ({
    reason: "not-a-member",
    kind,
  })),
  "unknown-person": [{ reason: "unknown-person" }],
  "own-request": [{ reason: "own-request" }],
  "decided-already": [{ reason: "decided-already", at: NOW }],
  "denied-already": [{ reason: "denied-already", at: 1 }],
  "ticket-missing": [{ reason: "ticket-missing", rule: "changes", pattern: "CHG-\\d+" }],
  "not-an-approver": [
    { reason: "not-an-approver", groups: ["security", "platform"] },
    { reason: "not-an-approver", groups: [] },
  ],
  "own-key": [
    { reason: "own-key", what: "name" },
    { reason: "own-key", what: "role" },
  ],
  "compromised-already": [{ reason: "compromised-already", at: NOW }],
  "not-compromised": [{ reason: "not-compromised" }],
  "too-many-reports": [{ reason: "too-many-reports", most: 20 }],
  "own-alarm": [{ reason: "own-alarm" }],
  "not-an-auditor": [{ reason: "not-an-auditor" }],
  "not-a-responder": [{ reason: "not-a-responder" }],
  "wrong-state": (Object.keys(states) as State[]).map((state) => ({
    reason: "wrong-state",
    state,
    at: NOW,
    by: ada,
  })),
  "not-found": (["request", "claim"] as const).map((what) => ({ reason: "not-found", what })),
  "not-yours": (["request", "claim"] as const).map((what) => ({ reason: "not-yours", what })),
  "shown-already": [{ reason: "shown-already", at: NOW }],
  "stale-click": [{ reason: "stale-click", ageSeconds: 60 }],
  "nobody-could-approve": [1, 2].map((open) => ({
    reason: "nobody-could-approve",
    rule: "r",
    group: "g",
    open,
  })),
  "policy-refuses": [{ reason: "policy-refuses", rule: "r", because: "too long" }],
  "no-rule": [{ reason: "no-rule" }],
  "not-confirmed": [
    { reason: "not-confirmed", keys: 40, most: 25, type: "INC-1" },
    { reason: "not-confirmed", most: 25, type: "INC-1" },
  ],
  "contains-secret": (["name", "reason", "description", "line"] as const).map((field) => ({
    reason: "contains-secret",
    field,
  })),
  "name-form": [{ reason: "name-form" }],
  "name-taken": (["key", "request"] as const).map((by) => ({ reason: "name-taken", by })),
  "reason-too-short": [{ reason: "reason-too-short", atLeast: 10 }],
  "too-long": [{ reason: "too-long", field: "reason", most: 500 }],
  "unseen-character": (["name", "description"] as const).map((field) => ({
    reason: "unseen-character",
    field,
  })),
  "life-too-long": [1, 90].map((longestDays) => ({ reason: "life-too-long", longestDays })),
  "expiry-in-past": [{ reason: "expiry-in-past" }],
  "unknown-time-zone": [{ reason: "unknown-time-zone" }],
  "too-many-keys": [
    { reason: "too-many-keys", limit: 5 },
    { reason: "too-many-keys", limit: 5, of: ada },
  ],
  "role-gone": [{ reason: "role-gone" }],
  failed: (["key-gone", "policy-refuses", "rejected", "role-in-use", "forbidden"] as const).map(
    (because) => ({
      reason: "failed",
      because,
    }),
  ),
  "effect-changed": [{ reason: "effect-changed" }],
  "locked-out": [{ reason: "locked-out", incident: "INC-1" }],
  "not-held": [{ reason: "not-held", keys: [aKey()] }],
  "done-before": [{ reason: "done-before" }],
  "not-locked": [{ reason: "not-locked" }],
  "others-lock": (["owner", "responder"] as const).map((as) => ({
    reason: "others-lock",
    by: ada,
    at: NOW,
    as,
  })),
  held: [
    { reason: "held", by: ["lockout", "compromised"] },
    { reason: "held", by: ["lock"] },
  ],
  "extend-instead": [{ reason: "extend-instead" }],
  "not-later": [{ reason: "not-later" }],
  "name-not-typed": [{ reason: "name-not-typed" }],
  "key-deleted": [{ reason: "key-deleted" }, { reason: "key-deleted", at: NOW }],
  "no-such-request": [
    { reason: "no-such-request", asked: "ci-deplyo", near: ["ci-deploy"] },
    { reason: "no-such-request", asked: "x", near: [] },
  ],
  "no-such-key": [
    { reason: "no-such-key", asked: "ci-deplyo", near: ["ci-deploy", "ci-destroy"] },
    { reason: "no-such-key", asked: "x", near: [] },
  ].map((each) => ({ ...each, reason: "no-such-key" })),
  "no-such-role": [{ reason: "no-such-role", asked: "Auditr", near: ["Auditor"] }],
  "not-your-key": [
    "show",
    "edit",
    "extend",
    "role",
    "rotate",
    "lock",
    "unlock",
    "assign",
    "delete",
    "something new",
  ].map((does) => ({ reason: "not-your-key", does })),
  "page-stale": [{ reason: "page-stale", changed: ["name", "timeZone", "expiresAt", "locale"] }],
  "no-change": [{ reason: "no-change" }],
  "no-owner": [{ reason: "no-owner" }],
  "rotation-open": [{ reason: "rotation-open", at: NOW }],
  "role-in-use": [1, 3].map((keys) => ({ reason: "role-in-use", keys })),
  "role-immutable": [{ reason: "role-immutable" }],
  "only-approvers": [["security", "platform"], []].map((groups) => ({ reason: "only-approvers", groups })),
  "own-key-too-weak": [{ reason: "own-key-too-weak", role: "Portcullis" }],
  "role-name-form": [{ reason: "role-name-form" }],
  "role-name-taken": [{ reason: "role-name-taken" }],
  "unknown-rights": [{ reason: "unknown-rights", rights: ["a.b.canDo"] }],
  "draft-gone": [{ reason: "draft-gone" }],
  "role-stale": [{ reason: "role-stale", changed: ["name", "allComputers"] }],
  "owner-cannot": (["guest", "bot", "deactivated", "stranger"] as const).map((kind) => ({
    reason: "owner-cannot",
    kind,
  })),
  "bad-query": [
    { reason: "bad-query", line: "own:", at: 4, expected: "a name" },
    { reason: "bad-query", line: "own:me", at: 0, expected: "name:" },
  ],
};

const faults: Record<FaultCode, true> = {
  "manager-unreachable": true,
  "manager-timeout": true,
  "manager-untrusted": true,
  "manager-refused-credentials": true,
  "manager-forbidden": true,
  "manager-not-found": true,
  "manager-conflict": true,
  "manager-rejected": true,
  "manager-rate-limited": true,
  "manager-bad-answer": true,
  "manager-failed": true,
  "slack-refused": true,
  "slack-nobody": true,
  "slack-message-gone": true,
  "slack-unreachable": true,
  "slack-uncertain": true,
  "group-unreadable": true,
  "store-busy": true,
};

/** One or more whole sentences, for a person. */
const sentence = /^[A-Z].*[.]$/s;
const read = (words: Words): string => asPlain(words);

describe("each refusal", () => {
  it.each(Object.values(refusals).flat())("is explained in whole sentences: $reason", (refusal) => {
    const text = read(explainRefusal(refusal));
    if (refusal.reason === "policy-refuses") expect(text).toContain(refusal.because);
    else expect(text).toMatch(sentence);
    expect(text).not.toMatch(/undefined|NaN|\[object/);
  });

  it.each(refusals["wrong-state"])(
    "says where a thing stands in words, and not by its code: $state",
    (each) => {
      expect(read(explainRefusal(each))).not.toMatch(new RegExp(`"${each.state}"`));
    },
  );

  it("has words of its own", () => {
    const texts = Object.values(refusals)
      .flatMap((each) => each[0] ?? [])
      .map((each) => read(explainRefusal(each)));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it("carries its evidence", () => {
    expect(read(explainRefusal({ reason: "not-an-approver", groups: ["security", "platform"] }))).toContain(
      "security or platform",
    );
    expect(read(explainRefusal({ reason: "locked-out", incident: "INC-1" }))).toContain("INC-1");
    expect(read(explainRefusal({ reason: "life-too-long", longestDays: 90 }))).toContain("90 days");
    expect(read(explainRefusal({ reason: "shown-already", at: NOW }))).toContain("2026-11-21 12:00 UTC");
  });
});

describe("each fault", () => {
  it("says for how long one person has had enough", () => {
    const limit = { most: 70, seconds: 12 };
    const wait = (seconds: number) =>
      read(explainFault({ code: "manager-rate-limited", limit: { ...limit, seconds } }, "7F3A"));
    expect(wait(12)).toMatch(/70 look-ups .* within a minute.* Try again in 12 seconds\. Reference 7F3A\.$/);
    expect(wait(1)).toContain("Try again in a second.");
  });

  it.each(Object.keys(faults) as FaultCode[])(
    "says what happened, what to do, and its reference: %s",
    (code) => {
      const text = read(explainFault({ code }, "7F3A"));
      expect(text).toMatch(sentence);
      expect(text).toContain("7F3A");
    },
  );
});

describe("what else goes wrong", () => {
  it.each(undoing.options)("is explained: undone because of %s", (because) => {
    expect(explainUndoing(because)).toMatch(sentence);
  });

  it.each(failure.options)("is explained: failed because of %s", (because) => {
    expect(explainFailure(because)).toMatch(sentence);
  });

  it("names the reference of a bug, and the way on from an old button", () => {
    expect(read(explainBug("7F3A"))).toContain("7F3A");
    expect(read(explainMissing())).toContain("/apikey");
  });
});
