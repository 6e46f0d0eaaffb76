import { describe, expect, it } from "vitest";
import { clean } from "../../../src/domain/clean.ts";

describe("what people typed", () => {
  it("loses what would lay out its surroundings anew, and nothing else", () => {
    expect(clean("a\u202Eb\u2066c\u200Fd\u0000e\u001Bf")).toBe("abcdef");
    expect(clean("naïve 日本 👩‍🚀\n\t<!channel>")).toBe("naïve 日本 👩‍🚀\n\t<!channel>");
    expect(clean("half \uD800 pair")).toBe("half \uFFFD pair");
  });
});
