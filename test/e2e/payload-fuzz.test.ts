import { expect, test } from "vitest";
import { fuzz } from "../support/fuzz/run.ts";

const MUTANTS = Number(process.env["FUZZ_MUTANTS"] ?? 20_000);
const SEED = Number(process.env["FUZZ_SEED"] ?? 7);

test(`takes ${MUTANTS} wrong payloads`, { timeout: 600_000 }, async () => {
  const began = performance.now();
  const { wrongs, happened, statuses, heard, ...counts } = await fuzz({ seed: SEED, mutants: MUTANTS });
  console.log(
    JSON.stringify(counts),
    [...statuses],
    [...happened].sort(),
    [...heard].sort().slice(0, 400).join(" "),
    performance.now() - began,
  );
  expect(wrongs.slice(0, 12).join("\n\n")).toBe("");
});
