import { describe, expect, it } from "vitest";
import { parseInline, parseMrkdwn, type Inline } from "../../../src/local-slack/page/mrkdwn.ts";
import { dateTemplate, fromWallClock, wallClock } from "../../../src/local-slack/page/time.ts";

/** The tree as a line of text that can be read. */
const show = (inlines: Inline[]): string =>
  inlines
    .map((inline) => {
      if (inline.is === "text" || inline.is === "code")
        return inline.is === "code" ? `[code ${inline.text}]` : inline.text;
      if ("children" in inline)
        return `[${inline.is}${inline.is === "link" ? ` ${inline.url}` : ""} ${show(inline.children)}]`;
      if (inline.is === "break") return "[break]";
      if (inline.is === "emoji") return `[emoji ${inline.name}]`;
      if (inline.is === "broadcast") return `[broadcast ${inline.range}]`;
      if (inline.is === "date") return `[date ${inline.seconds} ${inline.template}]`;
      return `[${inline.is} ${inline.id}]`;
    })
    .join("");

describe("mark-up within a line", () => {
  it.each([
    ["*bold* and _italic_ and ~gone~", "[bold bold] and [italic italic] and [strike gone]"],
    ["*bold with _italic_ inside*", "[bold bold with [italic italic] inside]"],
    ["2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"],
    ["(*bold*), *two words*.", "([bold bold]), [bold two words]."],
    ["*unclosed and `*not bold*`", "*unclosed and [code *not bold*]"],
    ["`a &lt;b&gt; &amp;amp; c`", "[code a <b> &amp; c]"],
    ["a &lt; b &amp; c &gt; d &quot;", "a < b & c > d &quot;"],
    [
      "see https://example.com/a_b_c?x=1&amp;y=2.",
      "see [link https://example.com/a_b_c?x=1&y=2 https://example.com/a_b_c?x=1&y=2].",
    ],
    ["<https://example.com|the *page*>", "[link https://example.com the [bold page]]"],
    ["<mailto:a@example.com|a>", "[link mailto:a@example.com a]"],
    ["<javascript:alert(1)|click>", "<javascript:alert(1)|click>"],
    ["<@U123|ada> in <#C123|general> of <!subteam^S1>", "[user U123] in [channel C123] of [group S1]"],
    ["<!here> <!channel> <!nowhere>", "[broadcast here] [broadcast channel] <!nowhere>"],
    ["<!date^1700000000^{date_short} at {time}|then>", "[date 1700000000 {date_short} at {time}]"],
    [":tada: at 10:30 :+1:", "[emoji tada] at 10:30 [emoji +1]"],
  ])("reads %s", (source, expected) => {
    expect(show(parseInline(source))).toBe(expected);
  });

  it("leaves addresses alone where the app asked for verbatim text", () => {
    expect(show(parseInline("see https://example.com", { verbatim: true }))).toBe("see https://example.com");
  });
});

describe("paragraphs", () => {
  it("finds quotes, lists and preformatted text", () => {
    const kinds = parseMrkdwn(
      "hello\n&gt; said\n&gt; more\n• one\n• two\n1. first\n```\ncode *here*\n```\nend",
    ).map((paragraph) => paragraph.is);
    expect(kinds).toEqual(["text", "quote", "list", "list", "pre", "text"]);
  });

  it("keeps what stands in a preformatted block as it is", () => {
    expect(parseMrkdwn("```\na *b* &lt;c&gt;\n  d```")).toEqual([{ is: "pre", text: "a *b* <c>\n  d" }]);
  });

  it("takes an unclosed fence as text", () => {
    expect(parseMrkdwn("a ```b").every(({ is }) => is === "text")).toBe(true);
  });
});

describe("times", () => {
  const at = Date.UTC(2026, 10, 21, 23, 30);

  it("fills the tokens of a date in the viewer's zone", () => {
    expect(dateTemplate("{date_num} {time} {nonsense}", at, at, "Asia/Tokyo")).toBe(
      "2026-11-22 08:30 {nonsense}",
    );
    expect(dateTemplate("{date_short_pretty}", at, at, "UTC")).toBe("today");
    expect(dateTemplate("{ago}", at, at + 7_200_000, "UTC")).toBe("2 hours ago");
  });

  it.each(["UTC", "Asia/Tokyo", "America/New_York", "Asia/Kolkata"])(
    "reads a wall clock in %s as it showed it",
    (zone) => {
      expect(fromWallClock(wallClock(at / 1000, zone), zone)).toBe(at / 1000);
    },
  );

  it("reads a wall clock beside a change of the clocks", () => {
    expect(fromWallClock("2026-03-29T03:30", "Europe/Berlin")).toBe(Date.UTC(2026, 2, 29, 1, 30) / 1000);
    expect(fromWallClock("not a time", "UTC")).toBeNull();
  });
});
