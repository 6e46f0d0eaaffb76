import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Pool } from "undici";
import { expect } from "vitest";
import { bootstrapKey } from "../../../src/embedded-manager/bootstrap.ts";

const PASSWORD = "only for killing";
const WRITERS = 6;

type Program = { process: ChildProcess; url: string; pool: Pool; ended: Promise<unknown> };
/** What a key may be after a crash: as it was last acknowledged, or as the call under way wanted it. */
type Hopes = { description: string; secret: string }[];
type Writer = { id: number; known: Hopes };

/**
 * Starts the manager as a program of its own, writes to it from several sides, kills it in the middle
 * with SIGKILL, and starts it again, so many times: whatever was acknowledged must be there, whole.
 */
export async function killRounds(rounds: number, data: string): Promise<{ acknowledged: number }> {
  let program = await start(data);
  const secret = await bootstrapKey({ url: program.url, adminPassword: PASSWORD, keyName: "killer" });
  let acknowledged = 0;
  for (let round = 0; round < rounds; round += 1) {
    const until = 1 + Math.floor(Math.random() * 60);
    const { writers, deleted, writes } = await writeUntilKilled(program, secret, until);
    acknowledged += writes;
    expectSound(data);
    program = await start(data);
    for (const writer of writers) await expectKept(program, secret, writer);
    for (const id of deleted) expect((await call(program, secret, "GET", `/apikeys/${id}`)).status).toBe(404);
  }
  program.process.kill("SIGKILL");
  await program.ended;
  await program.pool.destroy();
  return { acknowledged };
}

async function start(data: string): Promise<Program> {
  const unlimited = ["calls-per-key", "calls-per-tenant", "calls-per-node"].flatMap((name) => [
    `--${name}`,
    "0",
  ]);
  const args = ["src/embedded-manager/main.ts", "--port", "0", "--data", data, ...unlimited];
  const program = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env["PATH"], EMBEDDED_MANAGER_ADMIN_PASSWORD: PASSWORD },
  });
  const ended = once(program, "close");
  let printed = "";
  for await (const chunk of program.stdout) {
    printed += String(chunk);
    const url = /listens on (\S+)/.exec(printed)?.[1];
    if (url !== undefined && printed.includes("Stop it with"))
      return { process: program, url, ended, pool: new Pool(new URL(url).origin, { connections: WRITERS }) };
  }
  throw new Error(`The manager did not start: ${printed}`);
}

async function call(
  program: Program,
  secret: string,
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: object,
) {
  const headers = { "api-version": "v1", "content-type": "application/json", "api-secret-key": secret };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await program.pool.request({ method, path: `/api${path}`, headers, ...sent });
  const text = await answer.body.text();
  return { status: answer.statusCode, json: text === "" ? {} : JSON.parse(text) };
}

async function writeUntilKilled(program: Program, secret: string, until: number) {
  const writers: Writer[] = [];
  const deleted: number[] = [];
  let writes = 0;
  const acknowledge = (): void => {
    writes += 1;
    if (writes === until) program.process.kill("SIGKILL");
  };
  const write = async (): Promise<void> => {
    const made = await call(program, secret, "POST", "/apikeys", { keyName: crypto.randomUUID(), roleID: 2 });
    if (made.status !== 200) throw new Error(`not made: ${made.status}`);
    const { ID: id, description, secretKey } = made.json;
    const writer: Writer = { id, known: [{ description, secret: secretKey }] };
    writers.push(writer);
    acknowledge();
    for (let n = 0; n < 8; n += 1) {
      const [now] = writer.known.slice(-1);
      if (now === undefined) return;
      if (n % 4 === 3) {
        // Its new secret stays unknown if the answer does not come: the key itself must be whole all the same.
        writer.known.push({ ...now, secret: "" });
        const { json } = await call(program, secret, "POST", `/apikeys/${id}/secretkey`);
        writer.known = [{ ...now, secret: json.secretKey }];
      } else {
        const wanted = { ...now, description: `write ${n}` };
        writer.known.push(wanted);
        await call(program, secret, "POST", `/apikeys/${id}`, { description: wanted.description });
        writer.known = [wanted];
      }
      acknowledge();
    }
    writers.splice(writers.indexOf(writer), 1);
    const { status } = await call(program, secret, "DELETE", `/apikeys/${id}`);
    if (status === 200) deleted.push(id);
    acknowledge();
  };
  const writing = Array.from({ length: WRITERS }, async () => {
    while (program.process.exitCode === null && program.process.signalCode === null) await write();
  });
  const outcomes = await Promise.allSettled(writing);
  await program.ended;
  await program.pool.destroy();
  // Calls end because the manager is gone, and for no other reason.
  for (const outcome of outcomes)
    if (
      outcome.status === "rejected" &&
      !/other side closed|ECONNRE|UND_ERR_SOCKET/.test(String(outcome.reason))
    )
      throw outcome.reason;
  return { writers, deleted, writes };
}

/** The file as the crash left it. */
function expectSound(data: string): void {
  const sql = new DatabaseSync(join(data, "manager.sqlite"));
  const all = (text: string) =>
    sql
      .prepare(text)
      .all()
      .map((row) => ({ ...row }));
  expect(all("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  expect(all("PRAGMA foreign_key_check")).toEqual([]);
  const halves = `SELECT id FROM names WHERE id NOT IN (SELECT id FROM keys UNION SELECT id FROM users)`;
  expect(all(halves)).toEqual([]);
  sql.close();
}

async function expectKept(program: Program, secret: string, { id, known }: Writer): Promise<void> {
  const { status, json } = await call(program, secret, "GET", `/apikeys/${id}`);
  expect(status).toBe(200);
  const possible = known.filter(({ description }) => description === json.description);
  expect(
    possible,
    `key ${id}: ${json.description} of ${JSON.stringify(known.map((hope) => hope.description))}`,
  ).not.toEqual([]);
  const accepted = [];
  for (const hope of possible)
    accepted.push(
      hope.secret === "" || (await call(program, hope.secret, "GET", "/apikeys/current")).status === 200,
    );
  expect(accepted).toContain(true);
}
