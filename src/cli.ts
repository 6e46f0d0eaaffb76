import { adopt } from "./cli/adopt.ts";
import { audit } from "./cli/audit.ts";
import { checkPolicy } from "./cli/check-policy.ts";
import { explainPolicy } from "./cli/explain-policy.ts";
import { testPolicy } from "./cli/test-policy.ts";
import { doctor } from "./cli/doctor.ts";
import { firstKey } from "./cli/first-key.ts";
import { lockout } from "./cli/lockout.ts";
import { Interrupted, openTerminal } from "./cli/terminal.ts";
import { readEnvironment } from "./settings.ts";

const USAGE = `npm run policy -- check [policy.yml]
    Says in words what a policy means, or everything that is wrong with it, by line and column.

npm run policy -- explain [policy.yml] --role NAME --asker U… [--kind KIND] [--life "90 days"|none]
                          [--dangerous] [--asker-in GROUP]…
    Says what would happen if somebody asked for that: who decides, who is called, and what silence does.
    --dangerous     the role has a right that the policy calls dangerous
    --asker-in      a group of the policy that the asker belongs to in Slack

npm run policy -- test [policy.yml]
    Runs the examples that stand in the file beside its rules.

npm run portcullis -- first-key [--change-roles] [--out FILE] [--replace] [--name NAME]
    Makes the key that Portcullis works with, by signing in to the manager once. Asks for what the
    environment does not say: MANAGER_URL, MANAGER_USER, MANAGER_PASSWORD, MANAGER_TENANT,
    MANAGER_MFA_CODE; and MANAGER_CA_FILE or MANAGER_FINGERPRINT for a certificate of your own.
    --change-roles  with full access, which changes to roles need (--no-change-roles: without)
    --out FILE      writes the secret to a new file, for you alone, instead of printing it
    --replace       makes another key, proves it, and deletes the one that is there

npm run portcullis -- adopt
    After the database was lost: proposes owner and origin of each key that bears our marker, from the
    manager alone. An incident responder confirms it in Slack; needs the same MARKER_KEY as before.

npm run portcullis -- lockout --query QUERY | --all  --incident REF --because TEXT --by U…
                              [--for 2h] [--drill] [--confirm REF]
npm run portcullis -- lockout status [ID]
npm run portcullis -- lockout restore ID --by U… --because TEXT [--query QUERY]
npm run portcullis -- lockout confirm REQUEST --by U… --signature BASE64
    For when Slack is down: the same as /apikey lockout, with the same policy and trail. A restore is
    confirmed by somebody else's signature (signers in the policy). In Slack again, the cards appear.

npm run portcullis -- audit verify [--head SEQ:HASH]…
    Recomputes the audit trail's chain from the first event and names every one that was changed, moved,
    added or taken out. With heads from the audit channel, a trail that was written anew is found too.

npm run portcullis -- audit export [--from DAY] [--to DAY] [--format csv|jsonl] [--out FILE]
    The trail, or some days of it (in UTC, both counted in; or moments such as 2026-11-20T12:00:00Z).

npm run portcullis -- doctor
    Looks at Slack, manager, database and policy, and says what is wrong and how to mend it.
`;

/** What asks for the usage itself. */
const HELP = new Set(["", "help", "--help", "-h"]);

const { stdin, stdout, stderr } = process;
const interactive = stdin.isTTY && stderr.isTTY;
const terminal = openTerminal({ input: stdin, output: stdout, errors: stderr, interactive });
const environment = readEnvironment(process.cwd(), process.env);

async function run([topic = "", ...words]: string[]): Promise<0 | 1 | 2> {
  if (topic === "policy" && words[0] === "check") return checkPolicy(words.slice(1), terminal);
  if (topic === "policy" && words[0] === "explain") return explainPolicy(words.slice(1), terminal);
  if (topic === "policy" && words[0] === "test") return testPolicy(words.slice(1), terminal);
  if (topic === "first-key") return firstKey(words, terminal, environment);
  if (topic === "lockout") return lockout(words, terminal, environment);
  if (topic === "adopt" && words.length === 0) return adopt(terminal, environment);
  if (topic === "audit") return audit(words, terminal, environment);
  if (topic === "doctor" && words.length === 0) return doctor(terminal, environment);
  const typed = (topic === "policy" ? words : [topic, ...words]).join(" ");
  if (!HELP.has(typed))
    terminal.say(`There is no command "${[topic, ...words].join(" ")}". This is what there is:\n\n`);
  terminal.say(USAGE);
  return 2;
}

process.exitCode = await run(process.argv.slice(2)).catch((error: unknown) => {
  const words = error instanceof Error ? error.message : String(error);
  terminal.say(error instanceof Interrupted ? "\nNothing was done.\n" : `${words}\n`);
  return 1;
});
