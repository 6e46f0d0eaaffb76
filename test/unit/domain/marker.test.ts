import { expect, test } from "vitest";
import { type Origin, readMarker, withMarker } from "../../../src/domain/marker.ts";
import { attemptId, requestId } from "../../../src/domain/values.ts";
import { ada } from "../../support/domain.ts";

const SEAL = "0a".repeat(16);
const origin: Origin = {
  request: requestId.parse("REQ000000001"),
  attempt: attemptId.parse("ATT000000001"),
  owner: ada,
};

test.each(["", "nightly", "two\n\nlines", "[portcullis] it says"])(
  "a marker behind %j is read back",
  (text) => {
    expect(readMarker(withMarker(text, origin, SEAL))).toEqual({ text, origin, seal: SEAL });
  },
);

test("what others have put between a description and its marker goes with it", () => {
  expect(readMarker(withMarker("nightly \t\n ", origin, SEAL))?.text).toBe("nightly");
});

test("a description of white space is read at once: each sync reads it of every key", () => {
  const began = performance.now();
  expect(readMarker(`x${" ".repeat(100_000)}x`)).toBeUndefined();
  expect(performance.now() - began).toBeLessThan(1000);
});
