import { describe } from "vitest";
import { storeSuite } from "./store.suite.ts";

describe("the store in SQLite's memory", () => {
  storeSuite({ fresh: () => Promise.resolve({ sqlite: ":memory:" }), shared: false });
});
