import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { Interrupted, missing, openTerminal } from "../../../src/cli/terminal.ts";

/** Clears a line from the cursor on. */
const WIPE = "\u001B[0J";

/** A terminal whose keys are pressed by the test. */
function typing({ isTTY = false } = {}) {
  const [input, errors] = [new PassThrough(), new PassThrough()];
  const output = Object.assign(new PassThrough(), { isTTY });
  const seen = { output: "", errors: "" };
  output.setEncoding("utf8").on("data", (text: string) => (seen.output += text));
  errors.setEncoding("utf8").on("data", (text: string) => (seen.errors += text));
  const terminal = openTerminal({ input, output, errors, interactive: true });
  return { terminal, seen, type: (keys: string) => void input.write(keys) };
}

describe("a terminal", () => {
  it("keeps results apart from what is said and asked", async () => {
    const { terminal, seen, type } = typing();
    terminal.print("result");
    terminal.say("remark");
    const answer = terminal.ask("Name? ");
    type("  ada \n");
    expect(await answer).toBe("ada");
    expect(seen.output).toBe("result");
    // The terminal's own signs taken out; what wipes the line comes before the question.
    expect(stripVTControlCharacters(seen.errors)).toMatch(/^remarkName\? +ada/);
    expect(seen.errors.lastIndexOf(WIPE)).toBeLessThan(seen.errors.indexOf("Name? "));
  });

  it("is not commanded by a name that it shows, while a file gets results as they are", () => {
    const name = "ci\u001B[2J\u202Ebot\n";
    const file = typing();
    file.terminal.print(name);
    file.terminal.say(name);
    expect(file.seen).toEqual({ output: name, errors: "ci[2Jbot\n" });
    const screen = typing({ isTTY: true });
    screen.terminal.print(name);
    expect(screen.seen.output).toBe("ci[2Jbot\n");
  });

  it("says what a line lacks or has wrong in it", () => {
    const { terminal, seen } = typing();
    expect(missing(terminal, ["--from: a day"])).toBe(2);
    expect(seen.errors).toBe("Something is missing or wrong:\n  --from: a day\n");
  });

  it("shows nothing of what is typed at a hidden question", async () => {
    const { terminal, seen, type } = typing();
    const answer = terminal.askHidden("Password: ");
    type(" pass word\n");
    const secret = await answer;
    expect(secret.reveal()).toBe(" pass word");
    expect(seen).toEqual({ output: "", errors: "Password: \n" });
    expect(String(secret)).toBe("[secret]");
  });

  it.each([
    ["Ctrl-C", "\u0003"],
    ["Ctrl-D", "\u0004"],
  ])("takes %s for leaving", async (_, key) => {
    const { terminal, type } = typing();
    const answer = terminal.askHidden("Password: ");
    type(key);
    await expect(answer).rejects.toThrow(Interrupted);
  });
});
