import type { Request } from "../../domain/request.ts";
import { beneficiary, keyOf } from "../../domain/wants.ts";
import type { ListedKey } from "../inventory-port.ts";
import type { Context } from "../ports.ts";

/** Requests alike that are looked back on, and keys that are counted. */
const LOOKED_BACK_ON = 100;
/** Keys of somebody that are named. */
const NAMED = 5;

/** How often the same was granted and denied before. */
export type Outcomes = { granted: number; denied: number };

/** What an approver would look up before deciding; from our records and the inventory, for showing only. */
export type Evidence = {
  /**
   * Keys that whom it is for has already: the number, counted to a hundred, and the first by name;
   * `undefined` until the manager's keys have been read.
   */
  others: { count: number; first: ListedKey[] } | undefined;
  /** The key that it is about, as last seen. */
  key: ListedKey | undefined;
  /** Of requests of the same kind for the same role: this asker's, and everybody's. */
  before: { asker: Outcomes; all: Outcomes; last: Request | undefined };
};

/** Reads the evidence on a request as it is now, for its card; asks neither the manager nor Slack. */
export async function evidenceFor({ store }: Context, request: Request): Promise<Evidence> {
  const { wants, asker, id } = request;
  const about = keyOf(wants);
  const theirs = [{ on: "owner", is: beneficiary(wants, asker) }] as const;
  const [read, { keys: first }, count, { keys: found }, alike] = await Promise.all([
    store.inventoryState(),
    store.findKeys(theirs, { limit: NAMED + 1 }),
    store.countKeys(theirs, LOOKED_BACK_ON),
    about === undefined ? { keys: [] } : store.findKeys([{ on: "id", is: about }], { limit: 1 }),
    store.requestsLike(wants, LOOKED_BACK_ON),
  ]);
  const [key] = found;
  const decided = alike.flatMap(({ value }) =>
    value.id === id || value.askedAt > request.askedAt ? [] : [value],
  );
  const others = {
    count: count - (key !== undefined && key.owner === theirs[0].is ? 1 : 0),
    first: first.filter((each) => each.id !== about).slice(0, NAMED),
  };
  const last = decided.find((each) => each.asker === asker && outcomeOf(each) !== undefined);
  return {
    others: read === undefined ? undefined : others,
    key,
    before: { asker: tally(decided.filter((each) => each.asker === asker)), all: tally(decided), last },
  };
}

function tally(requests: readonly Request[]): Outcomes {
  const outcomes = requests.map(outcomeOf);
  return {
    granted: outcomes.filter((each) => each === "granted").length,
    denied: outcomes.filter((each) => each === "denied").length,
  };
}

function outcomeOf({ state }: Request): "granted" | "denied" | undefined {
  switch (state) {
    case "approved":
    case "fulfilled":
    case "applied":
      return "granted";
    case "denied":
      return "denied";
    case "pending":
    case "withdrawn":
    case "lapsed":
    case "failed":
      return undefined;
  }
}
