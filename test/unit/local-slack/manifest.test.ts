import { describe, expect, it } from "vitest";
import { parseManifest } from "../../../src/local-slack/manifest.ts";

describe("an app manifest", () => {
  it("is read from YAML and JSON alike, with Slack's defaults", () => {
    const yaml = parseManifest("display_information:\n  name: X\nsettings:\n  socket_mode_enabled: true\n");
    expect(
      parseManifest('{"display_information":{"name":"X"},"settings":{"socket_mode_enabled":true}}'),
    ).toEqual(yaml);
    expect(yaml.features.app_home).toEqual({
      home_tab_enabled: false,
      messages_tab_enabled: true,
      messages_tab_read_only_enabled: false,
    });
    expect(yaml.features.slash_commands).toEqual([]);
  });

  it("that is wrong is refused with all that is wrong", () => {
    const wrong = "display_information: {}\nfeatures:\n  slash_commands:\n    - command: nothing\n";
    expect(() => parseManifest(wrong)).toThrow(
      /display_information\.name[^]*slash_commands|slash_commands[^]*name/,
    );
  });
});
