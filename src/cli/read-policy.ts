import { readFile } from "node:fs/promises";
import type { Policy } from "../domain/policy.ts";
import { readPolicy } from "../policy-file.ts";
import type { Terminal } from "./terminal.ts";

/** The policy in a file; otherwise what is wrong with it has been said. */
export async function policyIn(
  file: string,
  terminal: Terminal,
  options: { placeholders?: boolean } = {},
): Promise<Policy | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    terminal.say(`${file} cannot be read.\n`);
    return undefined;
  }
  const read = readPolicy(text, options);
  if ("policy" in read) return read.policy;
  terminal.say(read.problems.map((each) => `${file}, ${each}\n`).join(""));
  return undefined;
}
