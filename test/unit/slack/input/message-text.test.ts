import { describe, expect, test } from "vitest";
import { keyIdsIn } from "../../../../src/slack/input/key-ids.ts";
import { authorOf, textIn } from "../../../../src/slack/input/message-text.ts";

describe("what can be read in a message", () => {
  test("stands in its text, blocks, attachments and files alike", () => {
    const message = {
      text: "one",
      user: "U0ADA000001",
      ts: "1.2",
      blocks: [
        {
          type: "rich_text",
          elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "two" }] }],
        },
        { type: "section", fields: [{ type: "mrkdwn", text: "three" }] },
      ],
      attachments: [{ fallback: "four", pretext: "five", fields: [{ title: "six", value: "seven" }] }],
      files: [{ name: "x", preview: "eight" }],
    };
    const words = textIn(message).split("\n");
    for (const word of ["one", "two", "three", "four", "five", "six", "seven", "eight"]) {
      expect(words).toContain(word);
    }
    expect(words).not.toContain("rich_text");
  });

  test("is nothing where there is nothing to read", () => {
    for (const nothing of [undefined, null, "text", 7, {}, { blocks: [] }]) expect(textIn(nothing)).toBe("");
  });

  test("was written by a person or by nobody that counts", () => {
    expect(authorOf({ user: "U0ADA000001" })).toEqual({ author: "U0ADA000001" });
    for (const nobody of [{}, { user: "" }, { user: 7 }, { bot_id: "B1" }, null, "x"])
      expect(authorOf(nobody)).toEqual({});
  });
});

test("IDs are read one by one, and nothing is guessed where anything else stands between them", () => {
  expect(keyIdsIn("12, 15;20\n7")).toEqual([12, 15, 20, 7]);
  for (const other of ["", "web-01", "10-20", "7 and 9", "#7", `8:${"A".repeat(43)}=`]) {
    expect(keyIdsIn(other)).toEqual([]);
  }
  expect(keyIdsIn("0 99999999999999999999")).toEqual([]);
});
