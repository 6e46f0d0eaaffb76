import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { storeSuite } from "./store.suite.ts";

describe("the store in an SQLite file", () => {
  let folder: string;
  let made = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "portcullis-store-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  storeSuite({
    fresh: () => Promise.resolve({ sqlite: join(folder, String(++made), "portcullis.sqlite") }),
    shared: true,
  });
});
