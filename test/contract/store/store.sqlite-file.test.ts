import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../../../src/store/store.ts";
import { everySuite } from "./every.suite.ts";

describe("the store in an SQLite file", () => {
  let folder: string;
  let made = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "portcullis-store-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  everySuite({
    fresh: () => Promise.resolve({ sqlite: join(folder, String(++made), "portcullis.sqlite") }),
    shared: true,
  });
});

test("the file, and those that SQLite writes beside it, are for their owner alone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-mode-"));
  const store = await openStore({ sqlite: join(folder, "deep", "store.sqlite") });
  await store.commit({ changes: [], events: [] });
  for (const name of readdirSync(join(folder, "deep"))) {
    expect(statSync(join(folder, "deep", name)).mode & 0o077, name).toBe(0);
  }
  await store.close();
  rmSync(folder, { recursive: true });
});
