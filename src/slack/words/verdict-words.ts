import type { Policy } from "../../domain/policy.ts";
import type { Terms, Verdict } from "../../domain/verdict.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { explainRefusal } from "./explain.ts";
import { rulesInWords, whoDecides } from "./request-words.ts";
import { code, field, type Words } from "./words.ts";

/** Who will be asked, or why nobody can be; `open`: nobody could approve it. */
export function verdictInWords(verdict: Verdict, groups: Policy["groups"], open?: Refusal): Words[] {
  switch (verdict.outcome) {
    case "unmatched":
      return [explainRefusal({ reason: "no-rule" })];
    case "refused": {
      const rule = verdict.rules[0] ?? "";
      return [explainRefusal({ reason: "policy-refuses", rule, because: verdict.because })];
    }
    case "automatic":
      return [
        ["Nobody: ", ...rulesInWords(verdict.rules), " grants this at once."],
        ...termsInWords(verdict.terms),
      ];
    case "needs": {
      const asked: Words = [
        ...whoDecides(verdict.demands, groups),
        ", by the rule ",
        ...rulesInWords(verdict.rules),
      ];
      return [asked, ...(open === undefined ? [] : [explainRefusal(open)]), ...termsInWords(verdict.terms)];
    }
  }
}

/** What the reason must have in it, and what approvers will be warned of. */
function termsInWords({ reasonAtLeast, tickets, dangers }: Terms): Words[] {
  return [
    ...(reasonAtLeast > 0 ? [[`The reason has at least ${reasonAtLeast} characters.`]] : []),
    ...tickets.map(({ rule, pattern }): Words => [
      `By the rule "${rule}" the reason names a ticket, written like `,
      code(pattern),
      ".",
    ]),
    ...dangers.map((each) => field("Approvers are warned", [each])),
  ];
}
