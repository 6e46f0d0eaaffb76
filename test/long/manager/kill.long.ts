import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { killRounds } from "../../contract/manager/kill-rounds.ts";

it("loses no acknowledged write and leaves no half-written key, killed four hundred times", async () => {
  const data = mkdtempSync(join(tmpdir(), "manager-"));
  const { acknowledged } = await killRounds(400, data);
  expect(acknowledged).toBeGreaterThan(4000);
  rmSync(data, { recursive: true });
});
