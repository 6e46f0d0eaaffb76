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

/** For runs that are long enough: every listener was reached, and everything was done that people do most. */
export function everythingWasReached({ heard, happened, seed }: Result): void {
  expect(
    IDS.filter((id) => id !== "" && !heard.has(id)),
    `seed ${seed}: never reached`,
  ).toEqual([]);
  expect(
    DEEDS.filter((deed) => !happened.has(deed)),
    `seed ${seed}: never done`,
  ).toEqual([]);
}
