import { createPublicKey, verify } from "node:crypto";
import type { Config } from "../config.ts";
import type { Request } from "../domain/request.ts";
import { lockoutId, personId, type PersonId, requestId } from "../domain/values.ts";
import { approveRequest } from "../usecases/requests/decide.ts";
import type { Context } from "../usecases/ports.ts";
import { askRestore } from "../usecases/lockout/restore.ts";
import { follow } from "./follow-lockout.ts";
import { missing, refused, type Terminal } from "./terminal.ts";

type Given = { id: string; by: string };

/** A responder asks that keys come back; answers what has to be signed. */
export async function restore(
  context: Context,
  terminal: Terminal,
  given: Given & { because: string; query?: string | undefined },
): Promise<0 | 1 | 2> {
  const by = personId.safeParse(given.by);
  const about = lockoutId.safeParse(given.id);
  const wrong = [
    ...(about.success ? [] : ["restore ID: the lockout's, as `status` says it"]),
    ...(by.success ? [] : ["--by: the Slack id of the responder who asks for it, U…"]),
    ...(given.because === "" ? ["--because: why"] : []),
  ];
  if (!by.success || !about.success || wrong.length > 0) return missing(terminal, wrong);
  const which =
    given.query === undefined ? ({ kind: "all" } as const) : ({ kind: "query", line: given.query } as const);
  const id = requestId.parse(context.newId());
  const asked = await askRestore(context, {
    id,
    lockout: about.data,
    which,
    by: by.data,
    clickedAt: context.clock(),
    reason: given.because,
  });
  if ("refusal" in asked) return refused(terminal, asked.refusal);
  terminal.print(`${textToSign(asked.made.value)}\n`);
  terminal.say(
    "This is what would come back, sealed. Somebody else, who did not declare it and whose key stands under `signers` in the policy, signs that line (without its end) and confirms:\n" +
      '  printf %s "THE LINE" > line && openssl pkeyutl -sign -rawin -inkey key.pem -in line | base64 -w0\n' +
      `  npm run portcullis -- lockout confirm ${id} --by U… --signature …\n`,
  );
  return 0;
}

/** What a second person signs: the request, its lockout, and exactly what it would do. */
function textToSign({ id, wants, effectHash }: Request): string {
  return `portcullis restore ${id} ${wants.kind === "restore" ? wants.lockout : ""} ${effectHash}`;
}

/** Somebody else confirms by a signature, and it is carried out. */
export async function confirm(
  context: Context,
  terminal: Terminal,
  given: Given & { signature: string },
  config: Config,
): Promise<0 | 1 | 2> {
  const by = personId.safeParse(given.by);
  const id = requestId.safeParse(given.id);
  const request = id.success ? (await context.store.request(id.data))?.value : undefined;
  if (!by.success || request?.wants.kind !== "restore") {
    return missing(terminal, [
      "confirm ID: the request's, as `restore` says it",
      "--by: the Slack id of who signed, U…",
    ]);
  }
  if (!isSigned(context, by.data, textToSign(request), given.signature)) {
    terminal.say(
      "The signature is not one of this person's key in the policy over what is asked for now. Nothing was done.\n",
    );
    return 1;
  }
  const press = { request: request.id, by: by.data, clickedAt: context.clock() };
  const decided = await approveRequest(context, press);
  if ("refusal" in decided) return refused(terminal, decided.refusal);
  if (decided.request.value.state === "pending") {
    terminal.say("Confirmed. It still needs somebody else.\n");
    return 0;
  }
  return follow(context, terminal, request.wants.lockout, config);
}

function isSigned(context: Context, by: PersonId, text: string, signature: string): boolean {
  const key = context.policy().policy.signers[by];
  if (key === undefined) return false;
  const publicKey = createPublicKey({ key: Buffer.from(key, "base64"), format: "der", type: "spki" });
  return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, "base64"));
}
