import type { AuditRow } from "../../domain/audit.ts";
import type { Lockout } from "../../domain/lockout.ts";
import type { LockoutItem } from "../../domain/lockout-item.ts";
import { eventInWords } from "./event-words.ts";
import { asPlain } from "./words.ts";

/** All of a lockout, for whoever writes the report. */
export type Reported = {
  lockout: Lockout;
  items: readonly LockoutItem[];
  timeline: readonly AuditRow[];
  /** When this was put together. */
  at: number;
};

/** As Markdown, for people: what was done when, and to which keys of whom. */
export function markdownReport({ lockout, items, timeline, at }: Reported): string {
  const { incident, because, scope, clock, counts, declaredBy, drill } = lockout;
  const locked = drill ? "rehearsed" : "locked";
  const moments = [
    [drill ? "Begun" : "Declared", lockout.at],
    [`First key ${locked}`, clock.firstLockedAt],
    [`Half of them ${locked}`, clock.halfLockedAt],
    [`Last key ${locked}`, clock.lastLockedAt],
    [drill ? "Read back" : "Read back as locked", clock.verifiedAt],
    ["Restored", clock.restoredAt],
  ] as const;
  const counted = Object.entries(counts).filter(([, count]) => count > 0);
  return [
    `# ${drill ? "Lockout drill" : "Lockout"}: ${cell(incident)}`,
    "",
    `Why: ${cell(because)}`,
    "",
    `Declared by ${declaredBy}. Scope: ${scope.query === "" ? "all keys" : `\`${cell(scope.query)}\``}${scope.keys === undefined ? "" : `, of a list of ${scope.keys.length}`}. State: ${lockout.state}. Put together at ${iso(at)}.`,
    "",
    "| moment | at | after |",
    "| --- | --- | --- |",
    ...moments.flatMap(([what, moment]) =>
      moment === undefined
        ? []
        : [`| ${what} | ${iso(moment)} | ${((moment - lockout.at) / 1000).toFixed(1)} s |`],
    ),
    "",
    `Keys: ${counted.map(([state, count]) => `${count} ${state}`).join(", ") || "none"}.`,
    "",
    "## Keys",
    "",
    "| ID | name | owner | role | active before | last used | locked | read back | state |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...items.map(
      (item) =>
        `| ${item.key} | ${cell(item.name)} | ${item.owner ?? "nobody"} | ${item.role} | ${item.wasActive ? "yes" : "no"} | ${day(item.lastUsedAt)} | ${moment(item.lockedAt)} | ${moment(item.verifiedAt)} | ${item.state}${item.reason === undefined ? "" : ` (${cell(item.reason)})`} |`,
    ),
    "",
    "## Timeline",
    "",
    ...timeline.map(
      (row) => `- ${iso(row.at)} ${row.actor}: ${cell(asPlain(eventInWords(row, drill).slice(2)))}`,
    ),
    "",
  ].join("\n");
}

/** The same for programs. */
export function jsonReport({ lockout, items, timeline, at }: Reported): string {
  const events = timeline.map(({ evidence, ...row }) => ({
    ...row,
    evidence: JSON.parse(evidence) as unknown,
  }));
  return `${JSON.stringify({ at, lockout, keys: items, timeline: events }, null, 1)}\n`;
}

/** Text of people's in a table: nothing of it is markup, and it stays on its line. */
function cell(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#|!~-]/g, "\\$&").replace(/\s+/g, " ");
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function moment(at: number | undefined): string {
  return at === undefined ? "" : iso(at);
}

function day(at: number | undefined): string {
  return at === undefined ? "never" : iso(at).slice(0, 10);
}
