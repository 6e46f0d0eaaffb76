import type { Example, Policy } from "../domain/policy.ts";
import { checkReason } from "../domain/verdict.ts";
import { AND, counted } from "./policy-words.ts";
import { policyIn } from "./read-policy.ts";
import type { Terminal } from "./terminal.ts";
import { tryPolicy } from "./try-policy.ts";

/** Runs the examples that stand beside a policy's rules; answers the exit code. */
export async function testPolicy([file = "policy.yml"]: string[], terminal: Terminal): Promise<0 | 1> {
  const policy = await policyIn(file, terminal, { placeholders: true });
  if (policy === undefined) return 1;
  const { examples } = policy;
  const results = examples.map((each) => ({ say: each.say, wrong: wrongWith(policy, each) }));
  for (const { say, wrong } of results) {
    terminal.print(
      `${wrong.length === 0 ? "ok   " : "WRONG"} ${say}\n${wrong.map((each) => `        ${each}\n`).join("")}`,
    );
  }
  const failed = results.filter(({ wrong }) => wrong.length > 0).length;
  if (examples.length === 0) terminal.say(`${file} has no examples; they stand under "examples".\n`);
  else if (failed > 0) terminal.say(`${failed} of ${counted(examples.length, "example")} went wrong.\n`);
  else terminal.print(`${file}: ${counted(examples.length, "example")}, all as expected.\n`);
  return failed > 0 || examples.length === 0 ? 1 : 0;
}

function wrongWith(policy: Policy, { ask, expect }: Example): string[] {
  const verdict = tryPolicy(policy, { ...ask, askerGroups: ask["asker-in"] });
  const outcome = outcomeOf(policy, verdict, ask.reason);
  const rules = "rules" in verdict ? verdict.rules : [];
  const approvals = "demands" in verdict ? mostSeats(verdict.demands) : {};
  return [
    ...differs("the outcome", expect.outcome, outcome),
    ...(expect.rules === undefined
      ? []
      : differs("the rules", rulesInWords(expect.rules), rulesInWords(rules))),
    ...(expect.approvals === undefined
      ? []
      : differs("the approvals", seatsInWords(expect.approvals), seatsInWords(approvals))),
  ];
}

/** As the asker meets it: the limits refuse too, and so does what a reason lacks. */
function outcomeOf({ limits }: Policy, verdict: ReturnType<typeof tryPolicy>, reason?: string) {
  if (verdict.outcome === "too-long") return "refused";
  if (reason === undefined || !("terms" in verdict)) return verdict.outcome;
  const reasonAtLeast = Math.max(limits["reason-at-least"], verdict.terms.reasonAtLeast);
  return checkReason(reason, { ...verdict.terms, reasonAtLeast }) === undefined ? verdict.outcome : "refused";
}

/** By group, the most seats that one rule has for it: people count in each rule anew. */
function mostSeats(demands: Extract<ReturnType<typeof tryPolicy>, { outcome: "needs" }>["demands"]) {
  const most: Record<string, number> = {};
  for (const { needs } of demands) {
    for (const { group } of needs) {
      const here = needs.filter((each) => each.group === group);
      const seats = here.reduce((sum, { approvals }) => sum + approvals, 0);
      most[group] = Math.max(most[group] ?? 0, seats);
    }
  }
  return most;
}

function differs(what: string, expected: string, found: string): string[] {
  return expected === found ? [] : [`${what}: expected ${expected}, found ${found}`];
}

function rulesInWords(names: readonly string[]): string {
  return listed(names.map((each) => `"${each}"`));
}

function seatsInWords(counts: Record<string, number>): string {
  return listed(Object.entries(counts).map(([group, count]) => `${count} from ${group}`));
}

/** In one order, so that the same is said in the same words. */
function listed(words: readonly string[]): string {
  return words.length === 0 ? "none" : AND.format(words.toSorted());
}
