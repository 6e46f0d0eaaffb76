import { describe, expect, it } from "vitest";
import { clientErrors } from "../../../src/local-slack/block-kit/client-checks.ts";

const errorsOf = (element: object, value: object, block: object = {}): Record<string, string> =>
  clientErrors(
    [{ type: "input", block_id: "b", label: {}, element: { action_id: "a", ...element }, ...block }],
    { b: { a: { type: "x", ...value } } },
  );

describe("what Slack's client refuses to send (R29)", () => {
  const text = { type: "plain_text_input", min_length: 3, max_length: 5 };
  const number = { type: "number_input", is_decimal_allowed: false, min_value: "1", max_value: "10" };
  it.each([
    ["nothing", text, { value: null }],
    ["too short a text", text, { value: "ab" }],
    ["too long a text", text, { value: "abcdef" }],
    ["no number", number, { value: "ten" }],
    ["a blank for a number", number, { value: " " }],
    ["a fraction", number, { value: "1.5" }],
    ["too small a number", number, { value: "0" }],
    ["too large a number", number, { value: "11" }],
    ["no address", { type: "email_text_input" }, { value: "ada" }],
    ["no URL", { type: "url_text_input" }, { value: "example" }],
    ["no option", { type: "static_select" }, { selected_option: null }],
    ["no options", { type: "checkboxes" }, { selected_options: [] }],
    ["no date", { type: "datepicker" }, { selected_date: null }],
  ])("is %s", (_name, element, value) => {
    expect(Object.keys(errorsOf(element, value))).toEqual(["b"]);
  });

  it.each([
    ["text, counted in characters", text, { value: "🔑🔑🔑🔑🔑" }],
    ["a number", number, { value: "10" }],
    ["a fraction where it may be one", { ...number, is_decimal_allowed: true }, { value: "1.5" }],
    ["an address", { type: "email_text_input" }, { value: "ada@example.com" }],
    ["a URL", { type: "url_text_input" }, { value: "https://example.com" }],
  ])("is not %s", (_name, element, value) => {
    expect(errorsOf(element, value)).toEqual({});
  });

  it("is nothing in an optional block, but still what is wrong there", () => {
    expect(errorsOf(text, { value: null }, { optional: true })).toEqual({});
    expect(errorsOf(text, { value: "ab" }, { optional: true })).not.toEqual({});
  });

  it("is never an element outside an input block", () => {
    expect(errorsOf({ type: "static_select" }, { selected_option: null }, { type: "section" })).toEqual({});
  });
});
