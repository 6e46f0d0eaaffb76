import { titleOf } from "../../../src/domain/wants.ts";
import fc from "fast-check";
import { expect } from "vitest";
import type { Request } from "../../../src/domain/request.ts";
import { withdraw } from "../../../src/domain/request-decision.ts";
import { nameChecked } from "../../../src/domain/request-end.ts";
import type { Commit, CommitResult, Store, Versioned } from "../../../src/usecases/store-port.ts";
import { ANN, made, rid, T0 } from "../../support/store.ts";

/** Two clients that read now and commit later, over two names and three ids. */
type Step =
  | { do: "ask"; n: number; name: string; gate: "none" | "read" }
  | { do: "load"; client: 0 | 1; n: number }
  | { do: "read-gate"; client: 0 | 1 }
  | { do: "check" | "withdraw"; client: 0 | 1; n: number; gate: "none" | "read" | "bump" };

const client = fc.constantFrom<(0 | 1)[]>(0, 1);
const n = fc.integer({ min: 1, max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("ask" as const),
    n,
    name: fc.constantFrom("alpha", "ALPHA", "beta"),
    gate: fc.constantFrom<("none" | "read")[]>("none", "read"),
  }),
  fc.record({ do: fc.constant("load" as const), client, n }),
  fc.record({ do: fc.constant("read-gate" as const), client }),
  fc.record({
    do: fc.constantFrom<("check" | "withdraw")[]>("check", "withdraw"),
    client,
    n,
    gate: fc.constantFrom<("none" | "read" | "bump")[]>("none", "read", "bump"),
  }),
);

class Model {
  readonly rows = new Map<string, Versioned<Request>>();
  gate = 0;
  events = 0;

  commit({ changes, events, gate }: Commit): CommitResult {
    if (typeof gate === "object" && gate.read !== this.gate) return "stale";
    for (const change of changes) {
      if (change.row !== "request") throw new Error("the model knows requests only");
      const answer = this.clash(change.before, change.next);
      if (answer !== undefined) return answer;
      this.rows.set(change.next.id, { version: (change.before?.version ?? 0) + 1, value: change.next });
    }
    if (gate === "bump") this.gate++;
    this.events += events.length;
    return "committed";
  }

  private clash(before: Versioned<Request> | undefined, next: Request): CommitResult | undefined {
    const there = this.rows.get(next.id);
    if (before !== undefined) return there?.version === before.version ? undefined : "stale";
    if (there !== undefined) return "exists";
    return [...this.rows.values()].some(
      ({ value }) =>
        value.state === "pending" && titleOf(value.wants).toLowerCase() === titleOf(next.wants).toLowerCase(),
    )
      ? "name-taken"
      : undefined;
  }
}

/** Random readings and commits by two clients: each answer, and what stands at the end, as the model says. */
export async function agreesWithModel(stores: [Store, Store]): Promise<void> {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      // Each run has ids and names of its own, since all of them share one database.
      await play(stores, steps, ++runs);
    }),
    { numRuns: 40 },
  );
}

async function play(stores: [Store, Store], steps: readonly Step[], run: number): Promise<void> {
  const model = new Model();
  const begin = (await stores[0].auditAfter(0, 100_000)).length;
  model.gate = (await stores[0].gate()).version;
  const loaded = [new Map<number, Versioned<Request>>(), new Map<number, Versioned<Request>>()];
  const gates = [model.gate, model.gate];
  for (const each of steps) {
    if (each.do === "load") {
      const found = await stores[each.client].request(rid(run * 10 + each.n));
      expect(found).toEqual(model.rows.get(rid(run * 10 + each.n)));
      if (found !== undefined) loaded[each.client]!.set(each.n, found);
    } else if (each.do === "read-gate") {
      gates[each.client] = (await stores[each.client].gate()).version;
      expect(gates[each.client]).toBe(model.gate);
    } else {
      const who = each.do === "ask" ? 0 : each.client;
      const commit = commitOf(each, run, loaded[who]!.get(each.n), gates[who]!);
      if (commit !== undefined) expect(await stores[who].commit(commit)).toBe(model.commit(commit));
    }
  }
  for (const [id, row] of model.rows) expect(await stores[1].request(row.value.id), id).toEqual(row);
  expect(await stores[1].auditAfter(begin, 1000)).toHaveLength(model.events);
}

/** `undefined`: the domain refuses, so nothing is committed. */
function commitOf(
  each: Extract<Step, { n: number; gate: string }>,
  run: number,
  before: Versioned<Request> | undefined,
  read: number,
): Commit | undefined {
  const gate = each.gate === "none" ? {} : { gate: each.gate === "bump" ? ("bump" as const) : { read } };
  if (each.do === "ask") {
    const { next, event } = made({ n: run * 10 + each.n, name: `${each.name}-${run}`, nameUnchecked: true });
    return { changes: [{ row: "request", next }], events: [event], ...gate };
  }
  if (before === undefined) return undefined;
  const decided = each.do === "check" ? nameChecked(before.value, T0) : withdraw(before.value, ANN, T0);
  if ("refusal" in decided) return undefined;
  return { changes: [{ row: "request", before, next: decided.next }], events: [decided.event], ...gate };
}
