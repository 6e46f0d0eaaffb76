import { describe, expect, it } from "vitest";
import { defaultWorkspace } from "../../../src/local-slack/default-workspace.ts";
import { systemClock } from "../../../src/local-slack/clock.ts";
import { Ids } from "../../../src/local-slack/ids.ts";
import { encodeText } from "../../../src/local-slack/mentions.ts";
import { Storage } from "../../../src/local-slack/storage.ts";
import { Workspace } from "../../../src/local-slack/workspace.ts";

const workspace = new Workspace(defaultWorkspace, new Ids(systemClock), new Storage());
workspace.createChannel({ name: "hidden", private: true, members: [] });

describe("what a person types", () => {
  it.each([
    ["@ben and @auditors", "<@U0BEN000001> and <!subteam^S0AUDITORS1>"],
    ["@Ben, in #general.", "<@U0BEN000001>, in <#C0GENERAL01|general>."],
    ["@here @nobody #nowhere", "<!here> @nobody #nowhere"],
    ["ada@ben.example a#general", "ada@ben.example a#general"],
    ["a < b & c > d", "a &lt; b &amp; c &gt; d"],
    [
      "<@U0BEN000001> <!channel> <https://example.com|x>",
      "<@U0BEN000001> <!channel> <https://example.com|x>",
    ],
    ["<script>", "&lt;script&gt;"],
  ])("becomes Slack's markup: %s", (typed, encoded) => {
    expect(encodeText(typed, workspace)).toBe(encoded);
  });

  it("does not tell the name of a private channel (R8)", () => {
    expect(encodeText("#hidden", workspace)).toMatch(/^<#C0[A-Z0-9]{9}\|>$/);
  });
});
