import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { duration, parseDuration } from "../../../src/domain/duration.ts";
import { Fault } from "../../../src/domain/fault.ts";
import { containsSecret, Secret } from "../../../src/domain/secret.ts";
import { DAY, endOfLife, HOUR, idOf, lengthOf, MINUTE, requestId } from "../../../src/domain/values.ts";

describe("a secret", () => {
  const value = "8:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=";
  const secret = new Secret(value);

  test("prints as [secret], however it is printed", () => {
    const printed = [
      String(secret),
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: [secret] }, { depth: 9, showHidden: true }),
      secret.toString(),
      `a${secret as unknown as string}`,
    ];
    for (const text of printed) {
      expect(text).toContain("[secret]");
      expect(text).not.toContain(value);
    }
  });

  test("gives its value to whoever may reveal it", () => {
    expect(secret.reveal()).toBe(value);
  });

  test.each([
    ["the first form, ID and base64", value],
    ["inside a curl line", `curl -H "api-secret-key: ${value}" x`],
    ["a GUID and base64", `0123ABCD-0123-0123-0123-0123456789AB:${"A".repeat(43)}=`],
    [
      "two GUIDs and base64",
      `0123ABCD-0123-0123-0123-0123456789AB:0123ABCD-0123-0123-0123-0123456789AB:${"A".repeat(43)}=`,
    ],
    ["broken over two lines", `${value.slice(0, 20)}\n${value.slice(20)}`],
    ["with zero-width marks inside", `${value.slice(0, 20)}\u200B${value.slice(20)}`],
  ])("is found in a text: %s", (_, text) => {
    expect(containsSecret(text)).toBe(true);
  });

  test.each(["", "nightly report", "12:30", "see https://example.com/a:b", `x:${"A".repeat(43)}`])(
    "is not seen where there is none: %j",
    (text) => {
      expect(containsSecret(text)).toBe(false);
    },
  );
});

describe("a duration", () => {
  test.each([
    ["90 days", 90 * DAY],
    ["4h", 4 * HOUR],
    ["30 min", 30 * MINUTE],
    ["a year", 365 * DAY],
    ["2 Weeks", 14 * DAY],
    ["1 month", 30 * DAY],
  ])("reads %j", (text, length) => {
    expect(parseDuration(text)).toBe(length);
    expect(duration.parse(text)).toBe(length);
  });

  test.each(["", "soon", "0 days", "90", "-3 days", "5 ms", "days"])(
    "refuses %j and says how to write one",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
      expect(() => duration.parse(text)).toThrow(/write 90 days/);
    },
  );
});

test("a life in days ends that many days on, a date ends then, and without one it never ends", () => {
  expect(endOfLife({ kind: "days", days: 2 }, 1000)).toBe(1000 + 2 * DAY);
  expect(endOfLife({ kind: "until", at: 5 }, 1000)).toBe(5);
  expect(endOfLife({ kind: "unlimited" }, 1000)).toBeUndefined();
  expect(lengthOf({ kind: "until", at: 5000 }, 1000)).toBe(4000);
  expect(lengthOf({ kind: "unlimited" }, 1000)).toBe(Number.POSITIVE_INFINITY);
});

test("a fault carries its code and cause", () => {
  const cause = new Error("socket");
  const fault = new Fault("manager-unreachable", "GET /roles", { cause });
  expect([fault.name, fault.code, fault.cause]).toEqual(["Fault", "manager-unreachable", cause]);
});

test("an id is what its first twelve bytes spell, and all characters of its alphabet come up alike", () => {
  const bytes = Uint8Array.from({ length: 12 }, (_, i) => i * 21);
  expect(requestId.parse(idOf(bytes))).toBe("0NAZM9YK8XJ7");
  const all = Array.from({ length: 256 }, (_, byte) => idOf(Uint8Array.of(byte))).join("");
  expect(new Set(all).size).toBe(32);
  expect([...all].filter((each) => each === "Z")).toHaveLength(8);
});
