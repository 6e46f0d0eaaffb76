import type { Change, Store } from "../usecases/store-port.ts";
import type { Figures } from "./figures.ts";

/** The store, whose one write path tells how long decisions and claims took. */
export function measured(
  store: Store,
  { decisionTime, claimTime }: Pick<Figures, "decisionTime" | "claimTime">,
): Store {
  const observe = (change: Change): void => {
    if (change.row === "request" && change.before?.value.state === "pending") {
      const { next } = change;
      if (next.state === "approved" || next.state === "denied")
        decisionTime.observe({ outcome: next.state }, (next.at - next.askedAt) / 1000);
    }
    if (change.row === "claim" && change.before?.value.state === "showing") {
      const { next } = change;
      if (next.state === "delivered") claimTime.observe((next.at - next.openedAt) / 1000);
    }
  };
  return {
    ...store,
    async commit(commit) {
      const result = await store.commit(commit);
      if (result === "committed") for (const change of commit.changes) observe(change);
      return result;
    },
  };
}
