import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { parseManifest } from "../../src/local-slack/manifest.ts";
import { startLocalSlack } from "../../src/local-slack/server.ts";
import { freePort } from "../../src/sandbox/free-port.ts";
import { startTestManager } from "../support/embedded-manager.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const textOf = (path: string): string => readFileSync(join(root, path), "utf8");

const lockedPackage = z.object({
  dev: z.boolean().default(false),
  optional: z.boolean().default(false),
  devOptional: z.boolean().default(false),
});
const lock = z
  .object({ packages: z.record(z.string(), lockedPackage) })
  .parse(JSON.parse(textOf("package-lock.json")));
const manifest = z
  .object({
    scripts: z.record(z.string(), z.string()),
    dependencies: z.record(z.string(), z.string()),
    optionalDependencies: z.object({ node: z.string() }),
  })
  .parse(JSON.parse(textOf("package.json")));

/** Of packages: static, re-exporting, side-effect and dynamic. */
const IMPORTS = [
  /^(?:import|export)\b[^;"']*?\bfrom\s*["']([^."'][^"']*)["']/gm,
  /^import\s*["']([^."'][^"']*)["']/gm,
  /\bimport\(\s*["']([^."'][^"']*)["']/g,
];

/** What `npm ci --omit=dev --omit=optional` leaves, by the lock. */
const installed = Object.entries(lock.packages)
  .filter(([path, { dev, optional, devOptional }]) => path !== "" && !dev && !optional && !devOptional)
  .map(([path]) => path);

describe("an installation without what is for development", () => {
  it("has every package that the source imports, types included", () => {
    const imports = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .flatMap((path) => IMPORTS.flatMap((form) => [...textOf(join("src", path)).matchAll(form)]))
      .map(([, name = ""]) => name)
      .filter((each) => !each.startsWith("node:") && !builtinModules.includes(each))
      .map((each) =>
        each
          .split("/")
          .slice(0, each.startsWith("@") ? 2 : 1)
          .join("/"),
      );
    const missing = [...new Set(imports)].filter((each) => !(each in manifest.dependencies));
    expect(imports.length).toBeGreaterThan(100);
    expect(missing).toEqual([]);
    for (const name of Object.keys(manifest.dependencies))
      expect(installed).toContain(`node_modules/${name}`);
  });
});

describe("npm start, installed without what is for development, by somebody who may write in DATA_DIR alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-production-"));
  const [app, data] = [join(folder, "app"), join(folder, "data")];
  let child: ChildProcess | undefined;
  afterAll(() => {
    child?.kill("SIGKILL");
    chmodAll(app, true);
    rmSync(folder, { recursive: true, force: true });
  });

  function chmodAll(path: string, writable: boolean): void {
    if (!existsSync(path)) return;
    if (writable) chmodSync(path, 0o755);
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) chmodAll(join(path, entry.name), writable);
    if (!writable) chmodSync(path, 0o555);
  }

  it("runs, answers for its health, and ends on SIGTERM", async () => {
    for (const path of ["package.json", "src", "manifest.yml", ...installed])
      cpSync(join(root, path), join(app, path), { recursive: true, dereference: true });
    expect(existsSync(join(app, "node_modules", "vitest"))).toBe(false);
    mkdirSync(data);
    chmodSync(folder, 0o755);
    // Root may write anywhere, whatever a folder says; so it runs as nobody then.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;
    if (nobody !== undefined) chownSync(data, nobody.uid, nobody.gid);
    writeFileSync(join(app, "policy.yml"), textOf("src/sandbox/policy.yml"));
    chmodAll(app, false);

    await using starting = new AsyncDisposableStack();
    const manager = starting.use(await startTestManager());
    const slack = starting.use(
      await startLocalSlack({ apps: [{ manifest: parseManifest(textOf("manifest.yml")) }] }),
    );
    const [installedApp] = slack.apps;
    const port = await freePort(21_000 + (process.pid % 400) * 20);
    const [node = "", ...words] = (manifest.scripts["start"] ?? "").split(" ");
    expect(node).toBe("node");
    const running = (child = spawn(process.execPath, words, {
      cwd: app,
      stdio: "pipe",
      ...nobody,
      env: {
        SLACK_BOT_TOKEN: installedApp?.botToken ?? "",
        SLACK_APP_TOKEN: installedApp?.appToken ?? "",
        SLACK_API_URL: slack.apiUrl,
        MANAGER_URL: manager.url,
        MANAGER_SECRET: manager.botSecret,
        MARKER_KEY: randomBytes(32).toString("hex"),
        DATA_DIR: data,
        HEALTH_PORT: String(port),
      },
    }));
    let text = "";
    for (const stream of [running.stdout, running.stderr])
      stream?.setEncoding("utf8").on("data", (part: string) => (text += part));
    const ended = once(running, "close") as Promise<[number | null]>;
    await expect
      .poll(() => (running.exitCode === null ? text : `ended: ${text}`), { timeout: 15_000 })
      .toContain("Portcullis is ready");
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain(
      "portcullis_store_up 1\n",
    );
    // As the image asks.
    const [, probe = ""] = /"-e", "(.*)"\]/.exec(textOf("Dockerfile")) ?? [];
    const asked = (at: number) =>
      once(spawn(process.execPath, ["-e", probe], { env: { HEALTH_PORT: String(at) } }), "close");
    expect(await asked(port)).toEqual([0, null]);
    running.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(await asked(port)).toEqual([1, null]);
    expect(readdirSync(data)).toContain("portcullis.sqlite");
    expect(text).not.toMatch(/EACCES|EROFS|EPERM/);
  }, 60_000);
});

describe("the image", () => {
  const dockerfile = textOf("Dockerfile");

  it("takes what there is, on the Node that the program is made for, and not as root", () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, words = ""]) =>
      words.split(" "),
    );
    expect(copied.length).toBeGreaterThan(3);
    for (const path of copied) expect(existsSync(join(root, path)), path).toBe(true);
    const kept = textOf(".dockerignore").split("\n");
    for (const path of copied) expect(kept).toContain(`!${path}`);
    const [major] = manifest.optionalDependencies.node.split(".");
    expect([...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)).toEqual([
      `node:${major}-slim`,
      `node:${major}-slim`,
    ]);
    expect(dockerfile.indexOf("\nUSER node\n")).toBeGreaterThan(dockerfile.lastIndexOf("\nRUN "));
    const [, command = ""] = /^CMD (.+)$/m.exec(dockerfile) ?? [];
    expect(JSON.parse(command)).toEqual(manifest.scripts["start"]?.split(" "));
  });

  it("runs read-only beside a PostgreSQL, with settings that there are", () => {
    const service = z.looseObject({
      environment: z.record(z.string(), z.string()),
      read_only: z.boolean().optional(),
      stop_grace_period: z.string().optional(),
    });
    const { services } = z
      .object({ services: z.object({ portcullis: service, postgres: service }) })
      .parse(parse(textOf("compose.yml")));
    expect(services.portcullis).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      depends_on: { postgres: { condition: "service_healthy" } },
    });
    const known = textOf(".env.example");
    for (const name of Object.keys(services.portcullis.environment)) expect(known).toContain(`${name}=`);
    // Longer than the program gives itself.
    expect(Number.parseInt(services.portcullis.stop_grace_period ?? "", 10)).toBeGreaterThan(12);
    const { POSTGRES_USER: user, POSTGRES_DB: database } = services.postgres.environment;
    expect(services.portcullis.environment["DATABASE_URL"]).toMatch(
      new RegExp(`^postgres://${user}:.*@postgres/${database}$`),
    );
  });
});
