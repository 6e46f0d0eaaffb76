import type { PlainTextOption } from "@slack/types";
import type { Policy } from "../../domain/policy.ts";
import { DAY, type Life } from "../../domain/values.ts";
import type { Role } from "../../domain/wants.ts";
import { days } from "../words/explain.ts";
import { roleInBrief } from "../words/role-words.ts";
import { plain, shorten } from "../words/words.ts";

/* What the lists of the request form offer; Slack takes 100 options of 75 characters each (2.5). */

/** `until` needs a date beside it. */
export type LifeChoice = Extract<Life, { kind: "days" | "unlimited" }> | { kind: "until" };

export const LANGUAGES: PlainTextOption[] = [
  { text: plain("English (en-US)", 75), value: "en-US" },
  { text: plain("Japanese (ja-JP)", 75), value: "ja-JP" },
];

/** The roles to choose from, each with a line on what it may do. */
export function roleOptions(roles: readonly Role[]): PlainTextOption[] {
  return roles.slice(0, 100).map((role) => ({
    text: plain(role.name, 75),
    value: String(role.id),
    description: plain(roleInBrief(role), 75),
  }));
}

/** Usual lengths within the policy's limit, the default, the longest, and what is chosen now. */
export function lifeOptions(limits: Policy["limits"], chosen: LifeChoice): PlainTextOption[] {
  const longest = limits["longest-life"];
  const most = longest === "none" ? 365 : wholeDays(longest);
  const lengths = new Set([1, 7, 30, 90, 180, 365].filter((each) => each <= most));
  lengths.add(most).add(wholeDays(limits["default-life"]));
  if (chosen.kind === "days") lengths.add(chosen.days);
  const options = [...lengths]
    .toSorted((a, b) => a - b)
    .map((each) => ({ text: plain(`In ${days(each)}`, 75), value: `days:${each}` }));
  const never = { text: plain("Never", 75), value: "unlimited" };
  return [
    ...options,
    { text: plain("Until a date…", 75), value: "until" },
    ...(longest === "none" || chosen.kind === "unlimited" ? [never] : []),
  ];
}

export function lifeValue(life: LifeChoice): string {
  return life.kind === "days" ? `days:${life.days}` : life.kind;
}

export function defaultLife(limits: Policy["limits"]): LifeChoice {
  return { kind: "days", days: wholeDays(limits["default-life"]) };
}

export function wholeDays(length: number): number {
  return Math.max(1, Math.floor(length / DAY));
}

/** Time zones to choose from. */
export function zoneOptions(zones: readonly string[]): PlainTextOption[] {
  return zones.slice(0, 100).map(zoneOption);
}

export function zoneOption(zone: string): PlainTextOption {
  return { text: plain(zone, 75), value: shorten(zone, 75) };
}
