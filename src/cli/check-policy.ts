import { readFile } from "node:fs/promises";
import { describePolicy } from "./describe-policy.ts";
import { readPolicy } from "../policy-file.ts";
import type { Terminal } from "./terminal.ts";

/** Says in words what a policy means, or everything that is wrong with it; answers the exit code. */
export async function checkPolicy([file = "policy.yml"]: string[], terminal: Terminal): Promise<0 | 1> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    terminal.say(`${file} cannot be read.\n`);
    return 1;
  }
  const read = readPolicy(text);
  if ("problems" in read) {
    terminal.say(read.problems.map((each) => `${file}, ${each}\n`).join(""));
    return 1;
  }
  terminal.print(`${file} is a valid policy. It says:\n\n${describePolicy(read.policy)}`);
  return 0;
}
