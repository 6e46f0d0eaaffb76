/** How long what is being handled may take when the program is asked to end, in milliseconds: less than supervisors wait. */
export const DRAIN = 12_000;

/**
 * Resolves at the first SIGINT or SIGTERM. Later ones are ignored: npm passes on the Ctrl-C that the
 * terminal has sent already. Whatever has not ended by itself `graceMs` later is ended.
 */
export async function stopSignal(graceMs: number): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      setTimeout(() => process.exit(1), graceMs).unref();
      resolve(signal);
    };
    process.on("SIGINT", stop).on("SIGTERM", stop);
  });
}
