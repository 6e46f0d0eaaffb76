import { describe, expect, it } from "vitest";
import {
  asPlain,
  bold,
  code,
  fallback,
  field,
  lines,
  list,
  person,
  plain,
  saying,
  shorten,
  time,
} from "../../../../src/slack/words/words.ts";
import { ada, NOW } from "../../../support/domain.ts";

describe("what people typed", () => {
  it("is cut by code points, as Slack counts", () => {
    expect(shorten("abc", 3)).toBe("abc");
    expect(shorten("abcd", 3)).toBe("ab…");
    expect([...shorten("😀".repeat(10), 4)]).toEqual(["😀", "😀", "😀", "…"]);
  });

  it("is never an empty text, which Slack refuses", () => {
    expect(plain("", 10).text).toBe(" ");
    expect(plain("\u202E", 10).text).toBe(" ");
    expect(code("").type === "text" && code("")).toMatchObject({ text: " " });
    expect(lines([""], [])).toMatchObject({ elements: [{ elements: [{ type: "text", text: " " }] }] });
  });

  it("is text in a rich text block, and escaped where mrkdwn is read", () => {
    const message = saying(["Reason: <!channel> & <@U1>"]);
    expect(message.blocks).toEqual([
      {
        type: "rich_text",
        elements: [
          { type: "rich_text_section", elements: [{ type: "text", text: "Reason: <!channel> & <@U1>" }] },
        ],
      },
    ]);
    expect(message.text).toBe("Reason: &lt;!channel&gt; &amp; &lt;@U1&gt;");
  });

  it("is escaped before it is cut, so that no half of an entity is left open", () => {
    const text = fallback(["<".repeat(5000)]);
    expect([...text].length).toBeLessThanOrEqual(1000);
    expect(text).not.toContain("<");
  });
});

describe("lines", () => {
  it("stand below one another, without those that are empty", () => {
    const elements = [bold("A: "), { type: "text", text: "1\n2" }];
    expect(lines(field("A", ["1"]), [], ["2"])).toEqual({
      type: "rich_text",
      elements: [{ type: "rich_text_section", elements }],
    });
  });

  it("stay in elements no longer than the longest", () => {
    const long = "x".repeat(600);
    expect(lines([long], [long], [bold("a"), bold("b")])).toEqual({
      type: "rich_text",
      elements: [
        {
          type: "rich_text_section",
          elements: [
            { type: "text", text: `${long}\n` },
            { type: "text", text: `${long}\n` },
            bold("a"),
            bold("b"),
          ],
        },
      ],
    });
  });

  it("show moments in each reader's own zone, with UTC for those who cannot", () => {
    expect(time(NOW)).toEqual({
      type: "date",
      timestamp: NOW / 1000,
      format: "{date_short} at {time}",
      fallback: "2026-11-21 12:00 UTC",
    });
  });

  it("list things as people do", () => {
    expect(asPlain(list([["a"]]))).toBe("a");
    expect(asPlain(list([["a"], ["b"], ["c"]]))).toBe("a, b and c");
    expect(asPlain(list([["a"], ["b"]], "or"))).toBe("a or b");
    expect(asPlain([bold("x"), " ", person(ada), { type: "usergroup", usergroup_id: "S1" }])).toBe(
      "x somebodya group",
    );
  });
});
