import { expect } from "vitest";
import { CONVERSATIONS } from "../../../src/slack/app.ts";
import { fuzz, type Options, type Result } from "./run.ts";

/** Everything that listeners hear. */
const IDS = CONVERSATIONS.flatMap(({ commands, clicks, suggestions, submissions, shortcuts, messages }) =>
  [commands, clicks, suggestions, submissions, shortcuts, messages].flatMap((each) =>
    Object.keys(each ?? {}),
  ),
);
/** What has to have happened for payloads to have reached deep enough; each happens several times in such a run. */
const DEEDS = [
  "request.made",
  "request.approved",
  "request.denied",
  "claim.opened",
  "leak.found",
  "lockout.declared",
  "refused",
] as const;

/** Sends wrong payloads, and fails with the seed and what was sent where anything came of them that must not. */
export async function nothingGoesWrong(options: Options): Promise<Result> {
  const result = await fuzz(options);
  expect(result.wrongs.join("\n\n")).toBe("");
  // Otherwise the payloads were too wild to reach anything.
  expect(result.reached).toBeGreaterThan(result.mutants / 3);
  expect(result.changed).toBeGreaterThan(result.mutants / 200);
  for (const status of ["200", "400", "401"])
    expect(result.statuses.get(status), `status ${status}`).toBeGreaterThan(result.mutants / 1000);
  return result;
}

/** What no run of these has reached: of the listeners, and of what people do most. */
export function neverReached(results: readonly Result[]): string[] {
  return [
    ...IDS.filter((id) => id !== "" && !results.some(({ heard }) => heard.has(id))),
    ...DEEDS.filter((deed) => !results.some(({ happened }) => happened.has(deed))),
  ];
}
