import { readFile } from "node:fs/promises";
import { describePolicy } from "./describe-policy.ts";
import { readPolicy } from "./policy-file.ts";

const USAGE = `npm run policy -- check [policy.yml]

Says in words what a policy means, or everything that is wrong with it, by line and column.
`;

/** What an operator's command prints, and the exit code. */
type Outcome = { text: string; code: 0 | 1 | 2 };

const commands: Record<string, (words: string[]) => Promise<Outcome>> = { "policy check": checkPolicy };

async function checkPolicy([file = "policy.yml"]: string[]): Promise<Outcome> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    return { text: `${file} cannot be read.\n`, code: 1 };
  }
  const read = readPolicy(text);
  if ("problems" in read) {
    return { text: read.problems.map((each) => `${file}, ${each}\n`).join(""), code: 1 };
  }
  return { text: `${file} is a valid policy. It says:\n\n${describePolicy(read.policy)}`, code: 0 };
}

const [topic = "", verb = "", ...words] = process.argv.slice(2);
const command = commands[`${topic} ${verb}`];
const { text, code } = command ? await command(words) : { text: USAGE, code: 2 as const };
(code === 0 ? process.stdout : process.stderr).write(text);
process.exitCode = code;
