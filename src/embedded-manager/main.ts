import { readFileSync } from "node:fs";
import { join } from "node:path";
import pino from "pino";
import { readCommandLine, type Run, USAGE } from "./command-line.ts";
import type { TlsIdentity } from "./http.ts";
import { carryOut } from "./offline.ts";
import { startEmbeddedManager } from "./server.ts";

const say = (words: string): void => void process.stdout.write(`${words}\n`);

async function main(): Promise<void> {
  const wanted = readCommandLine(process.argv.slice(2), process.env);
  if (wanted.do === "help") return void process.stdout.write(USAGE);
  if (wanted.do === "run") return run(wanted);
  say(await carryOut(wanted.data, wanted.do, wanted.subject, wanted.adminPassword));
}

async function run({ data, host, port, tls, settings, adminPassword }: Run): Promise<void> {
  const identity = tls === "own" ? await makeOwn(data, host) : tls === "none" ? undefined : readIdentity(tls);
  const manager = await startEmbeddedManager({
    data,
    host,
    port,
    settings,
    log: pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2)),
    ...(adminPassword !== undefined && { adminPassword }),
    ...(identity && { tls: identity }),
  });
  say(`The manager listens on ${manager.url}\nIts data is in ${data}`);
  if (!LOOPBACK.test(host)) say(warning(host, identity !== undefined));
  if (manager.adminPassword !== undefined)
    say(`Sign in as MasterAdmin with this password, shown only now: ${manager.adminPassword}`);
  say("Stop it with Ctrl-C.");

  let closing: Promise<void> | undefined;
  const stop = () => {
    // Once only: npm passes on the Ctrl-C that the terminal has sent already.
    closing ??= manager.close().then(() => say("The manager has stopped."), fail);
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
}

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/;

function warning(host: string, encrypted: boolean): string {
  const reach = `Whoever reaches ${host} over the network can try secrets and passwords here.`;
  return encrypted
    ? `Careful: ${reach}`
    : `Careful: ${reach} And without TLS, whoever listens on the way reads the secrets of all who call: use --tls-self-signed.`;
}

async function makeOwn(data: string, host: string): Promise<TlsIdentity> {
  if (data === ":memory:") throw new Error("--tls-self-signed needs a folder to keep its authority in.");
  // Only here, since what makes certificates is slow to load.
  const { ownTls } = await import("./own-authority.ts");
  const own = await ownTls(join(data, "tls"), host, Date.now());
  say(`Clients trust it by this file, its authority: ${own.authorityFile}`);
  say(`Fingerprint of the authority (SHA-256):   ${own.authorityFingerprint}`);
  say(`Fingerprint of the certificate (SHA-256): ${own.serverFingerprint}`);
  say(
    `The certificate is good until ${new Date(own.validUntil).toISOString().slice(0, 10)}; a start in the last 90 days renews it.`,
  );
  return own.tls;
}

function readIdentity({ cert, key }: { cert: string; key: string }): TlsIdentity {
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

await main().catch(fail);
