import { describe } from "vitest";
import { everySuite } from "./every.suite.ts";

describe("the store in SQLite's memory", () => {
  const fixture = { fresh: () => Promise.resolve({ sqlite: ":memory:" }), shared: false };
  everySuite(fixture);
});
