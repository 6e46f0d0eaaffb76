import { performance } from "node:perf_hooks";
import { describe, expect, it } from "vitest";
import { fits } from "../../../src/domain/stars.ts";

describe("a pattern with stars", () => {
  it.each([
    ["ci", "ci", true],
    ["ci", "ci-deploy", false],
    ["", "", true],
    ["", "a", false],
    ["*", "", true],
    ["***", "a", true],
    ["ci*", "ci", true],
    ["ci*", "aci", false],
    ["*ci", "aci", true],
    ["*ci", "cia", false],
    // What stands before a star and what stands behind it never share a letter.
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["ab*ba", "aba", false],
    ["*ab*ab", "ab", false],
    ["*ab*ab*", "abab", true],
    ["a*bc*c", "abc", false],
    ["a*b*c", "a-c-b-c", true],
    ["*a*b*", "ba", false],
    ["a.*", "ab", false],
    ["a%_\\*", "a%_\\b", true],
    ["*👩*", "a👩‍🚀", true],
  ])("%j fits %j: %s", (pattern, text, fit) => {
    expect(fits(pattern, text)).toBe(fit);
  });

  it("is looked for at once, however many there are and however dull the text", () => {
    const began = performance.now();
    expect(fits(`*${"a*".repeat(400)}b`, "a".repeat(100_000))).toBe(false);
    expect(fits(`*${"a*".repeat(400)}b*`, "a".repeat(100_000))).toBe(false);
    expect(fits(`${"*a".repeat(400)}*`, "a".repeat(100_000))).toBe(true);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
