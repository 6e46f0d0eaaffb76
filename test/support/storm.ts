import { join } from "node:path";
import { SECOND } from "../../src/domain/values.ts";
import { type OnBadLines, startOnBadLines } from "./bad-lines.ts";
import type { Chaos } from "./chaos.ts";
import { personNamed } from "./context.ts";
import { type Crowd, gatherCrowd } from "./crowd.ts";
import { policyForIncidents } from "./lockouts.ts";
import { sendSqualls } from "./squalls.ts";
import { waitUntilQuiet } from "./quiet.ts";
import { type Checked, checkTruth } from "./truth.ts";

/** How many calls go wrong. */
const RATE = 0.3;
const TICK = 100;
/** How long the weather is good at first. */
const CALM = 2000;

/** How much has to have happened before it is enough: a slow machine takes longer. */
export type Storm = {
  seconds: number;
  secrets: number;
  /** Of Slack's line and the manager's, together. */
  failures: number;
  /** How much faster than the real clock the program's runs; its patience with the manager shrinks as much. */
  haste: number;
  /** The manager's line gets better only once everything has ended that can without. */
  managerStaysBad?: boolean;
};

/** What there was to see: a run in which nothing went wrong proves nothing. */
export type Weathered = Checked & {
  clicks: number;
  /** Clicks of which the lines let no answer through. */
  unlucky: number;
  /** How many statements of messages were held against what was true at that moment. */
  statements: number;
  failed: { slack: Chaos["fates"]; manager: Chaos["fates"]; sockets: number };
};

/**
 * People do random things while both lines are bad; then these get better, all comes to rest, and is
 * held against the truth. What fails says with which seed it may come again.
 */
export async function weatherStorm(seed: number, storm: Storm): Promise<Weathered> {
  await using on = await startOnBadLines({ seed, haste: storm.haste, policy: policyForIncidents() });
  const { program, slackLine, managerLine, witness } = on;
  const responders = ["farid", "emi", "chiara"].map(personNamed);
  await program.slack.admin("PATCH", "channels/C0INCIDENTS", { add: responders });
  const crowd = await gatherCrowd(program.slack, { seed, rest: 60 });
  const ticking = setInterval(() => program.clock.advance(TICK * (storm.haste - 1)), TICK);
  const world = {
    crowd,
    context: { ...program.context, manager: on.manager },
    where: { sqlite: join(program.folder, "portcullis.sqlite") },
    advance: (ms: number): void => program.clock.advance(ms),
  };
  try {
    await sendSqualls(on);
    await act(on, crowd, { seed, ...storm });
    slackLine.heal();
    program.slack.setFaults({ rules: [], away: [] });
    if (storm.managerStaysBad === true) await waitUntilQuiet(world, { lacking: true });
    managerLine.heal();
    const checked = await checkTruth(world);
    const flaws = [
      ...witness.untrue.map((said) => `said before it was so: ${said}`),
      ...witness.clicks.ignored.map((click) => `never answered: ${click}`),
      ...(witness.shownAgain > 0 ? [`${witness.shownAgain} secrets were sent twice`] : []),
      ...bugsIn(program.logged()),
    ];
    if (flaws.length > 0) throw new Error(flaws.join("\n"));
    return {
      ...checked,
      clicks: witness.clicks.count,
      unlucky: witness.clicks.unlucky,
      statements: Object.values(witness.checked).reduce((sum, count) => sum + count, 0),
      failed: { slack: slackLine.fates, manager: managerLine.fates, sockets: slackLine.cuts },
    };
  } catch (error) {
    const done = JSON.stringify(Object.fromEntries(crowd.done));
    throw new Error(`seed ${seed}; done: ${done}`, { cause: error });
  } finally {
    clearInterval(ticking);
  }
}

/** In good weather keys are asked for and approved, so that there is much to claim in bad. */
async function act(
  { program, slackLine, managerLine }: OnBadLines,
  crowd: Crowd,
  { seed, ...storm }: Storm & { seed: number },
): Promise<void> {
  const only = ["ask by form", "ask by line", "approve", "look up"];
  const early = await gatherCrowd(program.slack, { seed, rest: 20, only });
  const calm = Date.now() + CALM;
  await early.actUntil(() => Date.now() > calm);
  for (const line of [slackLine, managerLine]) line.rate = RATE;
  const earliest = Date.now() + storm.seconds * SECOND;
  const failures = (): number => failuresOf(slackLine) + failuresOf(managerLine);
  await crowd.actUntil(
    () => Date.now() > earliest && failures() >= storm.failures && crowd.shown().length >= storm.secrets,
  );
}

function failuresOf({ fates }: Chaos): number {
  return Object.values(fates).reduce((sum, count) => sum + count) - fates.fine;
}

type Line = { level: number | string; msg: string; err?: Error; error?: Error };

/** What the program calls a fault of its own: nothing that a line does is one. */
function bugsIn(logged: string): string[] {
  const ours = /something that a person asked for failed|a fault of ours|a card was not drawn/;
  return logged
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line)
    .filter(({ level, msg }) => (level === "error" || Number(level) >= 50) && ours.test(msg))
    .map(({ msg, err, error }) => `a bug: ${msg}: ${(err ?? error)?.stack ?? ""}`);
}
