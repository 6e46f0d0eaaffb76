import { describe } from "vitest";
import { draftsSuite } from "./drafts.suite.ts";
import { homesSuite } from "./homes.suite.ts";
import { inventorySuite } from "./inventory.suite.ts";
import { lockoutsSuite } from "./lockouts.suite.ts";
import { type Fixture, storeSuite } from "./store.suite.ts";
import { textSuite } from "./text.suite.ts";
import { upkeepSuite } from "./upkeep.suite.ts";

/** All that the port `Store` promises. Each suite stands in its own block: a hook opens a store before each test of its block. */
export function everySuite(fixture: Fixture): void {
  describe("requests, claims and the trail", () => storeSuite(fixture));
  describe("homes", () => homesSuite(fixture));
  describe("half-made changes", () => draftsSuite(fixture));
  describe("keys", () => inventorySuite(fixture));
  describe("lockouts", () => lockoutsSuite(fixture));
  describe("text that no database keeps", () => textSuite(fixture));
  describe("upkeep", () => upkeepSuite(fixture));
}
