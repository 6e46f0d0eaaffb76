import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../src/", import.meta.url));

/** What each part of src may import of ours: the arrows of the picture in the README, and no others. */
const LAYERS: Record<string, readonly string[]> = {
  domain: ["domain"],
  usecases: ["usecases", "domain"],
  slack: ["slack", "usecases", "domain"],
  store: ["store", "usecases", "domain"],
  health: ["health", "usecases", "domain"],
  manager: ["manager", "usecases", "domain"],
  "embedded-manager": ["embedded-manager", "manager/wire.ts"],
  "local-slack": ["local-slack"],
  "manager/wire.ts": [],
  "settings.ts": ["domain"],
  "manager-settings.ts": ["domain", "settings.ts"],
  "policy-file.ts": ["domain"],
  "config.ts": ["domain", "settings.ts", "manager-settings.ts", "policy-file.ts"],
  "log.ts": ["domain"],
  "stop-signal.ts": [],
};

/** The places that build: the only ones that may import everything. */
const BUILDERS = ["main.ts", "cli.ts", "cli", "build.ts", "sandbox"];

/** Packages, where a part may import these alone; the inside has no I/O. */
const PACKAGES: Record<string, readonly string[]> = {
  domain: ["zod"],
  usecases: ["zod", "node:crypto"],
  "manager/wire.ts": ["zod"],
};

/** Where a secret leaves its wrapper, and for what. */
const UNWRAPPERS: Record<string, string> = {
  "build.ts": "opens the database, the embedded manager and the seal",
  "cli/check-slack.ts": "tries the app token",
  "cli/check-store.ts": "opens the database",
  "cli/first-key.ts": "hands out the first key's secret once",
  "manager/client.ts": "signs each call to the manager",
  "manager/session.ts": "signs in to the manager with a password",
  "slack/connection/clients.ts": "signs each call to Slack",
  "slack/app.ts": "connects to Slack, or checks what Slack signs",
  "slack/views/secret-message.ts": "shows a secret once",
};

/** Words of a browser's page are bundled by nobody, and are short files as well. */
const MOST_LINES = 250;

type Source = { path: string; text: string; imports: string[] };

const sources: Source[] = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => {
    const text = readFileSync(join(root, path), "utf8");
    return { path: path.replaceAll("\\", "/"), text, imports: importsOf(text) };
  });

/** Static, re-exporting, side-effect and dynamic imports, types included. */
function importsOf(text: string): string[] {
  const forms = [
    /^(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']/gm,
    /^import\s*["']([^"']+)["']/gm,
    /\bimport\(\s*["']([^"']+)["']/g,
  ];
  return forms.flatMap((form) => [...text.matchAll(form)].map(([, specifier = ""]) => specifier));
}

function isOurs(specifier: string): boolean {
  return specifier.startsWith(".");
}

/** A source's path under src. */
function targetOf(source: Source, specifier: string): string {
  return relative(root, resolve(root, dirname(source.path), specifier)).replaceAll("\\", "/");
}

/** The longest entry of a table that covers a path: a file's own, or else its folder's. */
function entryFor<T>(table: Record<string, T>, path: string): T | undefined {
  return table[path] ?? table[path.split("/")[0] ?? ""];
}

function covers(allowed: string, path: string): boolean {
  return path === allowed || path.startsWith(`${allowed}/`);
}

describe("the layers", () => {
  it("cover every file", () => {
    const unknown = sources.filter(
      ({ path }) => !entryFor(LAYERS, path) && !BUILDERS.some((each) => covers(each, path)),
    );
    expect(unknown.map(({ path }) => path)).toEqual([]);
    expect(sources.length).toBeGreaterThan(50);
  });

  it("are imported along the arrows alone", () => {
    const crossings = sources.flatMap((source) => {
      const allowed = entryFor(LAYERS, source.path);
      if (allowed === undefined) return [];
      return source.imports
        .filter(isOurs)
        .map((specifier) => targetOf(source, specifier))
        .filter((target) => !allowed.some((each) => covers(each, target)))
        .map((target) => `${source.path} imports ${target}`);
    });
    expect(crossings).toEqual([]);
  });

  it("keep input and output out of the domain and the use cases", () => {
    const strays = sources.flatMap(({ path, imports }) => {
      const allowed = entryFor(PACKAGES, path);
      if (allowed === undefined) return [];
      const others = imports.filter((specifier) => !isOurs(specifier) && !allowed.includes(specifier));
      return others.map((specifier) => `${path} imports ${specifier}`);
    });
    expect(strays).toEqual([]);
  });

  it("keep clocks and randomness out of the domain", () => {
    const impure = /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bTemporal\.Now\b|\bcrypto\b|\bprocess\./;
    const found = sources.filter(({ path, text }) => path.startsWith("domain/") && impure.test(text));
    expect(found.map(({ path }) => path)).toEqual([]);
  });

  it("are imported by file, with its ending", () => {
    const bare = sources.flatMap(({ path, imports }) =>
      imports
        .filter((each) => isOurs(each) && !/\.(ts|js|json)$/.test(each))
        .map((each) => `${path}: ${each}`),
    );
    expect(bare).toEqual([]);
  });
});

describe("a secret", () => {
  it("is unwrapped only where the list says", () => {
    const found = sources
      .filter(({ path, text }) => path !== "domain/secret.ts" && /\breveal\b/.test(text))
      .map(({ path }) => path);
    expect(found.toSorted()).toEqual(Object.keys(UNWRAPPERS).toSorted());
  });
});

describe("each source", () => {
  it("is shorter than it takes to lose the thread", () => {
    const long = sources.filter(({ text }) => text.split("\n").length - 1 > MOST_LINES);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it("has no default export", () => {
    expect(
      sources.filter(({ text }) => /^export default\b|\bas default\b/m.test(text)).map(({ path }) => path),
    ).toEqual([]);
  });

  it("says what it is in its name", () => {
    const vague = /(?:^|[/-])(?:utils?|helpers?|common|service|misc|index)\.ts$/;
    const shouting = sources.filter(({ path }) => vague.test(path) || !/^[a-z0-9/.-]+$/.test(path));
    expect(shouting.map(({ path }) => path)).toEqual([]);
  });
});
