import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { z } from "zod";

const root = new URL("../../", import.meta.url);
const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string(), license: z.string().optional(), dev: z.boolean().default(false) }),
  ),
});

const { packages } = lockFile.parse(
  JSON.parse(readFileSync(fileURLToPath(new URL("package-lock.json", root)), "utf8")),
);
const all = Object.entries(packages)
  .filter(([path]) => path !== "")
  .map(([path, { license = "none named", ...rest }]) => ({
    name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
    license,
    ...rest,
  }));

/** These ask for their notice to be kept, and for nothing of the program that uses them. */
const PERMISSIVE = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "ISC", "MIT"];

test("what runs stands under licences that ask for no more than their notice", () => {
  const running = all.filter(({ dev }) => !dev);
  expect(running.length).toBeGreaterThan(50);
  expect(running.filter(({ license }) => !PERMISSIVE.includes(license))).toEqual([]);
});

test("docs/licences.md lists every package of the lock file (npm run licences writes it anew)", async () => {
  await expect(document()).toMatchFileSnapshot(fileURLToPath(new URL("docs/licences.md", root)));
});

function document(): string {
  return [
    "# Licences of the packages",
    "",
    "Written from `package-lock.json` by `npm run licences`; a test holds it against that file.",
    "",
    "## What runs (`npm ci --omit=dev`)",
    "",
    ...table(all.filter(({ dev }) => !dev)),
    "",
    "## What builds and tests besides",
    "",
    ...table(all.filter(({ dev }) => dev)),
    "",
  ].join("\n");
}

function table(listed: readonly { name: string; version: string; license: string }[]): string[] {
  const licences = [...new Set(listed.map(({ license }) => license))].toSorted();
  const rows = licences.map((license) => {
    const under = listed.filter((each) => each.license === license);
    const names = [...new Set(under.map(({ name, version }) => `${name} ${version}`))].toSorted();
    return `| ${license} | ${names.length} | ${names.join(", ")} |`;
  });
  return ["| licence | packages | which |", "| --- | ---: | --- |", ...rows];
}
