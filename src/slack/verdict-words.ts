import type { Policy } from "../domain/policy.ts";
import type { Verdict } from "../domain/verdict.ts";
import type { Refusal } from "../domain/refusal.ts";
import { explainRefusal } from "./explain.ts";
import { rulesInWords, whoDecides } from "./request-words.ts";
import type { Words } from "./words.ts";

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
      return [["Nobody: ", ...rulesInWords(verdict.rules), " grants this at once."]];
    case "needs": {
      const asked: Words = [
        ...whoDecides(verdict.demands, groups),
        ", by the rule ",
        ...rulesInWords(verdict.rules),
      ];
      return open === undefined ? [asked] : [asked, explainRefusal(open)];
    }
  }
}
