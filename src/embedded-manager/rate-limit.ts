import type { ManagerSettings } from "./settings.ts";

const WINDOW = 60_000;

type Limits = Pick<ManagerSettings, "callsPerKey" | "callsPerTenant" | "callsPerNode">;

/**
 * The three limits on calls in the last 60 seconds (contract 9): of one key or user, of the tenant, of
 * this process. There is one tenant, so the latter two count the same calls. Calls that are refused
 * here, or before for their credentials, are not counted. `now` is in milliseconds.
 */
export function rateLimit({ callsPerKey, callsPerTenant, callsPerNode }: Limits, now: () => number) {
  const all = Math.min(callsPerTenant || Infinity, callsPerNode || Infinity);
  const each = callsPerKey || Infinity;
  const off = all === Infinity && each === Infinity;
  // Accepted calls of the window alone, oldest first, so memory is bounded by the limits themselves.
  let calls: { at: number; caller: number }[] = [];
  let gone = 0;
  const perCaller = new Map<number, number>();

  function forget(before: number): void {
    for (let oldest = calls[gone]; oldest !== undefined && oldest.at <= before; oldest = calls[gone]) {
      const left = (perCaller.get(oldest.caller) ?? 1) - 1;
      if (left === 0) perCaller.delete(oldest.caller);
      else perCaller.set(oldest.caller, left);
      gone += 1;
    }
    if (gone <= calls.length / 2) return;
    calls = calls.slice(gone);
    gone = 0;
  }

  /** Counts a call and returns 0, or refuses it and returns after how many seconds to try again. */
  return (caller: number): number => {
    if (off) return 0;
    const at = now();
    // A clock that was set back must not hold anybody up for the time that it lost.
    if ((calls.at(-1)?.at ?? at) > at) {
      calls = [];
      gone = 0;
      perCaller.clear();
    }
    forget(at - WINDOW);
    const mine = perCaller.get(caller) ?? 0;
    if (calls.length - gone < all && mine < each) {
      calls.push({ at, caller });
      perCaller.set(caller, mine + 1);
      return 0;
    }
    const first = mine < each ? calls[gone] : calls.find((call, n) => n >= gone && call.caller === caller);
    return Math.max(1, Math.ceil(((first?.at ?? at) + WINDOW - at) / 1000));
  };
}
