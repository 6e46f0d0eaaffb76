import { Worker } from "node:worker_threads";

export type Load = {
  origin: string;
  method: "GET" | "POST";
  path: string;
  headers: Record<string, string>;
  /** `#` is replaced by the number of the call. */
  body?: string;
  connections: number;
  /** ms */
  duration: number;
};

export type Measured = {
  /** Calls a second. */
  rate: number;
  /** ms that the middle call took. */
  latency: number;
};

/** Calls as fast as the connections allow, from a thread of its own. Rejects if any answer is not 200. */
export async function apply(load: Load): Promise<Measured> {
  const worker = new Worker(new URL("load-worker.ts", import.meta.url), { workerData: load });
  return new Promise((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
  });
}
