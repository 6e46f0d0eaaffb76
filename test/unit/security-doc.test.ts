import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const text = readFileSync(fileURLToPath(new URL("docs/security.md", root)), "utf8");

test("each answer to an attack names the tests that show it, and they are there", () => {
  const answers = text
    .split("\n")
    .filter((line) => /^\| .* \| .* \| .* \|$/.test(line) && !/^\| (?:---|attack) /.test(line));
  expect(answers.length).toBeGreaterThan(15);
  expect(answers.filter((line) => !line.includes("`test/"))).toEqual([]);
  const named = [...text.matchAll(/`(test\/[^`]+)`/g)].map(([, path = ""]) => path);
  expect(named.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
});
