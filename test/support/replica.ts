import { startPortcullis } from "../../src/build.ts";
import { readConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { DRAIN, stopSignal } from "../../src/stop-signal.ts";

/*
 * What `npm start` runs, in a process of its own, by a clock that whoever started it can move: the same
 * settings, the same program. How many milliseconds the clock is ahead is its one argument, and comes
 * over IPC from then on.
 */
let ahead = Number(process.argv[2] ?? 0);
process.on("message", (message) => (ahead = Number(message)));
// Whoever started it is gone: nobody would end it any more.
process.on("disconnect", () => process.exit(0));
process.on("unhandledRejection", (error) => process.stderr.write(`rejected: ${String(error)}\n`));

const config = readConfig(process.env);
const clock = (): number => Date.now() + ahead;
const log = createLog({ level: config.logLevel });
const portcullis = await startPortcullis(config, log, (context) => ({ ...context, clock }));
const stopped = stopSignal(DRAIN);
await portcullis.connected;
process.send?.("ready");
await stopped;
await portcullis.stop();
process.exit(0);
