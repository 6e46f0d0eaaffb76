import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore } from "../../../src/store/store.ts";
import type { Commit, Store } from "../../../src/usecases/store-port.ts";
import { made, rid } from "../../support/store.ts";

let folder: string;
let store: Store;
let other: DatabaseSync;
const { next, event } = made({ n: 1 });
const commit: Commit = { changes: [{ row: "request", next }], events: [event] };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-busy-"));
  const sqlite = join(folder, "portcullis.sqlite");
  store = await openStore({ sqlite });
  other = new DatabaseSync(sqlite);
});
afterEach(async () => {
  other.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

it("a commit waits for another process that is writing to the file", async () => {
  other.exec("begin immediate");
  const waiting = store.commit(commit);
  // A reading queues behind the first try, so that try has failed when this answers.
  expect(await store.request(rid(1))).toBeUndefined();
  other.exec("commit");
  expect(await waiting).toBe("committed");
});

it("a commit that cannot be written for long is a fault, and leaves nothing behind", async () => {
  other.exec("begin immediate");
  await expect(store.commit(commit)).rejects.toMatchObject({ name: "Fault", code: "store-busy" });
  expect(await store.request(rid(1))).toBeUndefined();
  other.exec("rollback");
  expect(await store.commit(commit)).toBe("committed");
});

it("a file can be read while another process is writing to it", async () => {
  await store.commit(commit);
  other.exec("begin immediate");
  expect((await store.request(rid(1)))?.value).toEqual(next);
});
