import { afterEach, beforeEach, expect, it } from "vitest";
import type { RequestId } from "../../../src/domain/values.ts";
import { openStore } from "../../../src/store/store.ts";
import type { Differing, InventoryKey } from "../../../src/usecases/inventory-port.ts";
import type { Store } from "../../../src/usecases/store-port.ts";
import { aKey, ALL, ANN } from "../../support/store.ts";
import type { Fixture } from "./store.suite.ts";

const STRANGE = ["a\0", "\0", "a\uD800", "\uDC00b"];

const named = (name: string, change: Partial<InventoryKey> = {}): InventoryKey =>
  aKey(1, { name, description: name, roleName: name, ...change });

/** What people type or forge, and what a manager calls its keys, may have NUL in it, or half of a pair. */
export function textSuite({ fresh }: Fixture): void {
  let store: Store;
  beforeEach(async () => {
    store = await openStore(await fresh());
  });
  afterEach(() => store.close());

  it.each(STRANGE)("is no row's: %j", async (text) => {
    await store.putKeysPage({ ...ALL, keys: [named("key-1")] });
    expect(await store.report(text)).toBeUndefined();
    expect(await store.adoption(text)).toBeUndefined();
    expect(await store.leak(text)).toBeUndefined();
    expect(await store.leakMarked(text)).toBeUndefined();
    expect(await store.draft(text as RequestId, ANN)).toBeUndefined();
    expect(await store.reminder(text)).toBeUndefined();
    expect(await store.departure(text)).toBeUndefined();
    expect(await store.cardsOf(text)).toEqual([]);
    expect(await store.auditOf([text], { limit: 1 })).toEqual([]);
    expect(await store.nearNames(`key${text}-1`, { limit: 1 })).toEqual(["key-1"]);
  });

  it.each(STRANGE)("is the same name at the next reading: %j", async (name) => {
    await store.putKeysPage({ ...ALL, keys: [named(name)] });
    let differing: readonly Differing[] = [];
    const reporting = (found: readonly Differing[]): undefined => void (differing = found);
    expect(await store.putKeysPage({ ...ALL, keys: [named(name)], reporting })).toBe(0);
    expect(differing).toEqual([]);
    expect(await store.putKeysPage({ ...ALL, keys: [named(name, { failures: 1 })], reporting })).toBe(1);
    const [{ before, after } = {}] = differing;
    expect(after).toMatchObject({ name: before?.name, description: before?.description, failures: 1 });
    for (const like of [name, `*${name}`, `${name}*`])
      expect(await store.countKeys([{ on: "name", like }], 9)).toBe(1);
  });
}
