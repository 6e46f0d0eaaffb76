import { describe } from "vitest";
import { draftsSuite } from "./drafts.suite.ts";
import { homesSuite } from "./homes.suite.ts";
import { inventorySuite } from "./inventory.suite.ts";
import { lockoutsSuite } from "./lockouts.suite.ts";
import { storeSuite } from "./store.suite.ts";
import { upkeepSuite } from "./upkeep.suite.ts";

describe("the store in SQLite's memory", () => {
  const fixture = { fresh: () => Promise.resolve({ sqlite: ":memory:" }), shared: false };
  storeSuite(fixture);
  homesSuite(fixture);
  draftsSuite(fixture);
  inventorySuite(fixture);
  lockoutsSuite(fixture);
  upkeepSuite(fixture);
});
