import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { killRounds } from "./kill-rounds.ts";

it("loses no acknowledged write and leaves no half-written key, killed thirty times while it writes", async () => {
  const data = mkdtempSync(join(tmpdir(), "manager-"));
  const { acknowledged } = await killRounds(30, data);
  expect(acknowledged).toBeGreaterThan(200);
  rmSync(data, { recursive: true });
}, 180_000);
