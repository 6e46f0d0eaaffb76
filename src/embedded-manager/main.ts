import { parseArgs } from "node:util";
import { startEmbeddedManager } from "./server.ts";

const USAGE = `npm run manager -- [--port 4119] [--data data/manager] [--host 127.0.0.1]

A manager of API keys on this machine. The first user's password may be given, at the first start,
as EMBEDDED_MANAGER_ADMIN_PASSWORD; otherwise one is made and printed once.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "4119" },
      data: { type: "string", default: "data/manager" },
      host: { type: "string", default: "127.0.0.1" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(USAGE);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port takes a number from 0 to 65535, not "${values.port}".`);
  const adminPassword = process.env["EMBEDDED_MANAGER_ADMIN_PASSWORD"];

  const manager = await startEmbeddedManager({
    data: values.data,
    host: values.host,
    port,
    ...(adminPassword ? { adminPassword } : {}),
  });
  process.stdout.write(`The manager listens on ${manager.url}\nIts data is in ${values.data}\n`);
  if (manager.adminPassword !== undefined)
    process.stdout.write(
      `Sign in as MasterAdmin with this password, shown only now: ${manager.adminPassword}\n`,
    );
  process.stdout.write("Stop it with Ctrl-C.\n");

  const stop = () => {
    manager.close().then(
      () => process.stdout.write("The manager has stopped.\n"),
      (error: unknown) => fail(error),
    );
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

await main().catch(fail);
