import { describePolicy } from "./describe-policy.ts";
import { policyIn } from "./read-policy.ts";
import type { Terminal } from "./terminal.ts";

/** Says in words what a policy means, or everything that is wrong with it; answers the exit code. */
export async function checkPolicy([file = "policy.yml"]: string[], terminal: Terminal): Promise<0 | 1> {
  const policy = await policyIn(file, terminal);
  if (policy === undefined) return 1;
  terminal.print(`${file} is a valid policy. It says:\n\n${describePolicy(policy)}`);
  return 0;
}
