import { Fault } from "../domain/fault.ts";
import type { Policy } from "../domain/policy.ts";
import type { Instant, RequestId } from "../domain/values.ts";
import { checkLife } from "../domain/typed.ts";
import { preview, type Preview } from "../usecases/requests/ask.ts";
import type { Context, Person } from "../usecases/ports.ts";
import { report } from "./boundary.ts";
import { addDays } from "./input/calendar.ts";
import { explainRefusal } from "./words/explain.ts";
import type { Bot } from "./interaction.ts";
import { dangerousRights, roleInWords, some } from "./words/role-words.ts";
import { verdictInWords } from "./words/verdict-words.ts";
import { lifeOf } from "./views/request-form.ts";
import { type Filled, type Form } from "./views/request-modal.ts";
import { defaultLife, wholeDays } from "./views/request-options.ts";
import { field, type Words } from "./words/words.ts";

/** The form for somebody, with which rule applies to what is chosen, and who will be asked. */
export async function formFor(
  { context }: Bot,
  { id, filled, person }: { id: RequestId; filled: Filled; person: Person },
  problem?: Words,
): Promise<Form> {
  const { limits } = context.policy().policy;
  const now = context.clock();
  const zone = person.timeZone;
  const chosen = { life: defaultLife(limits), ...filled };
  const date = filled.date ?? firstDate(limits, now, zone);
  const form = { id, filled: { ...chosen, ...(chosen.life.kind === "until" ? { date } : {}) }, limits, zone };
  return { ...form, preview: await previewFor(context, person, form), problem };
}

/**
 * The day that the date picker starts with, before anybody has touched it. A day lasts until its
 * end: where the default life is the longest as well, that may be the day before.
 */
function firstDate(limits: Policy["limits"], now: Instant, zone: string): string {
  const date = addDays(now, wholeDays(limits["default-life"]), zone);
  const life = lifeOf({ life: { kind: "until" }, date }, zone);
  const fits = life !== undefined && checkLife(life, limits, now) === undefined;
  return fits ? date : addDays(now, wholeDays(limits["default-life"]) - 1, zone);
}

async function previewFor(
  context: Context,
  person: Person,
  { filled, zone }: Omit<Form, "preview">,
): Promise<Words[]> {
  const life = lifeOf(filled, zone);
  if (filled.role === undefined || life === undefined) {
    return [
      ["Choose a role and when the key expires, and this says which rule applies and who will be asked."],
    ];
  }
  try {
    return previewInWords(context, await preview(context, person.id, { roleId: filled.role.id, life }));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [report(context, person.id, error)];
  }
}

function previewInWords(context: Context, seen: Preview): Words[] {
  if ("refusal" in seen) return [explainRefusal(seen.refusal)];
  const { role, verdict, open } = seen;
  const dangerous = dangerousRights(role.rights, context.policy().policy["dangerous-rights"]);
  const may: Words[] = [
    field("This role may", [roleInWords(role)]),
    ...(dangerous.length === 0 ? [] : [field("Dangerous", [some(dangerous, 5)])]),
  ];
  return [...verdictInWords(verdict, context.policy().policy.groups, open), ...may];
}
