import { expect, test } from "vitest";
import { kept } from "../../../src/domain/kept.ts";

test("text that a database would keep otherwise, or not at all, is made such as it can keep", () => {
  expect(kept("a\0b \uD800 \uDC00 c")).toBe("a\uFFFDb \uFFFD \uFFFD c");
  expect(kept("naïve 👩‍🚀\n\t\u0001")).toBe("naïve 👩‍🚀\n\t\u0001");
});
