import type { LockoutId } from "../../domain/lockout.ts";
import type { Context } from "../ports.ts";

/** One lockout that this process works on, for as long as it has the lease. */
export type Work = {
  context: Context;
  id: LockoutId;
  /** Calls on the manager at once. */
  atOnce: number;
  /** Somebody else works on it by now, or this process is to end: nothing new is begun. */
  over: () => boolean;
};
