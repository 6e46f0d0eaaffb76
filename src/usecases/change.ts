import type { AuditEvent } from "../domain/audit.ts";
import { Fault } from "../domain/fault.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Context } from "./ports.ts";
import type { Change, Commit, CommitResult, Versioned } from "./store-port.ts";

/** How often a decision is made anew when somebody else was faster. */
const TRIES = 20;

/** What a decision on freshly loaded rows leads to: a commit, or the reason why not. */
export type Decision<Result> = { commit: Commit; result: Result } | { refusal: Refusal } | { done: Result };

/** What came of it; the words are the store's answers to an insert (store-port.ts). */
export type Settled<Result> =
  | { result: Result }
  | { refusal: Refusal }
  | Exclude<CommitResult, "committed" | "stale">;

/**
 * The one write path: load, decide, commit under the versions that were read. A commit that finds
 * a version or the gate moved writes nothing; everything is loaded and decided again.
 * Throws `store-busy` when that goes on and on.
 */
export async function change<Result>(
  context: Context,
  decide: () => Promise<Decision<Result>>,
): Promise<Settled<Result>> {
  for (let i = 0; i < TRIES; i++) {
    const decision = await decide();
    if ("refusal" in decision) return decision;
    if ("done" in decision) return { result: decision.done };
    const outcome = await context.store.commit(decision.commit);
    if (outcome === "committed") {
      context.nudge();
      return { result: decision.result };
    }
    if (outcome !== "stale") return outcome;
  }
  throw new Fault("store-busy", "others kept changing the same rows");
}

/** As `change`, where nothing is inserted that could be there already. */
export async function changeKnown<Result>(
  context: Context,
  decide: () => Promise<Decision<Result>>,
): Promise<{ result: Result } | { refusal: Refusal }> {
  const settled = await change(context, decide);
  if (typeof settled === "string") throw new Error(`an update answered ${settled}`);
  return settled;
}

/** What a row will be once its guarded commit has succeeded. */
export function after<State>(before: Versioned<State> | undefined, value: State): Versioned<State> {
  return { version: (before?.version ?? 0) + 1, value };
}

/** One row and its event, as most commits are. */
export function one(change: Change, event: AuditEvent): Commit {
  return { changes: [change], events: [event] };
}
