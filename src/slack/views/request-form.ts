import type { Draft } from "../../usecases/requests/ask.ts";
import { locale, type Life, roleId } from "../../domain/values.ts";
import type { Refusal, RefusalReason } from "../../domain/refusal.ts";
import { endOfDay } from "../input/calendar.ts";
import { asPlain } from "../words/words.ts";
import { explainRefusal } from "../words/explain.ts";
import type { Values } from "../interaction.ts";
import { type Filled, REQUEST } from "./request-modal.ts";
import type { LifeChoice } from "./request-options.ts";

/** Errors by block, as Slack wants them; only ids of input blocks that the form has (R23). */
export type FieldErrors = Record<string, string>;

/** What stands in the form as it was sent or redrawn, before anything of it is believed. */
export function readForm(values: Values): Filled {
  const text = (id: string): string | undefined => values[id]?.[id]?.value ?? undefined;
  const option = (id: string) => values[id]?.[id]?.selected_option ?? undefined;
  const role = option(REQUEST.role);
  const id = roleId.safeParse(Number(role?.value)).data;
  return {
    ...given("keyName", text(REQUEST.name)?.trim()),
    ...given("role", role === undefined || id === undefined ? undefined : { id, name: role.text.text }),
    ...given("life", readLife(option(REQUEST.life)?.value)),
    ...given("date", values[REQUEST.date]?.[REQUEST.date]?.selected_date ?? undefined),
    ...given("reason", text(REQUEST.reason)),
    ...given("description", text(REQUEST.description)),
    ...given("locale", locale.safeParse(option(REQUEST.locale)?.value).data),
    ...given("timeZone", option(REQUEST.zone)?.value),
  };
}

/** A complete draft, or what is missing; dates are meant in the asker's own zone. */
export function draftOf(filled: Filled, zone: string): { draft: Draft } | { errors: FieldErrors } {
  const { keyName, role, locale, timeZone } = filled;
  const errors: FieldErrors = {};
  const life = lifeOf(filled, zone);
  if (keyName === undefined || keyName === "") errors[REQUEST.name] = "A key needs a name.";
  if (role === undefined) errors[REQUEST.role] = "Choose a role.";
  if (life === undefined)
    errors[filled.life?.kind === "until" ? REQUEST.date : REQUEST.life] = "Choose when it expires.";
  if (locale === undefined) errors[REQUEST.locale] = "Choose a language.";
  if (timeZone === undefined) errors[REQUEST.zone] = "Choose a time zone.";
  if (
    !keyName ||
    role === undefined ||
    life === undefined ||
    locale === undefined ||
    timeZone === undefined
  ) {
    return { errors };
  }
  const { reason = "", description = "" } = filled;
  return { draft: { keyName, roleId: role.id, life, reason, description, locale, timeZone } };
}

/** The life that is chosen, once a date stands beside "until". */
export function lifeOf({ life, date }: Filled, zone: string): Life | undefined {
  if (life === undefined || life.kind !== "until") return life;
  const at = date === undefined ? undefined : endOfDay(date, zone);
  return at === undefined ? undefined : { kind: "until", at };
}

/** The field at which a refusal belongs, with its words; `undefined`: it belongs to none. */
export function errorAt(refusal: Refusal, filled: Filled): FieldErrors | undefined {
  const id = blockOf(refusal, filled);
  return id === undefined ? undefined : { [id]: asPlain(explainRefusal(refusal)) };
}

const BLOCKS: Partial<Record<RefusalReason, string>> = {
  "name-form": REQUEST.name,
  "name-taken": REQUEST.name,
  "too-many-keys": REQUEST.name,
  "reason-too-short": REQUEST.reason,
  "ticket-missing": REQUEST.reason,
  "unknown-time-zone": REQUEST.zone,
  "role-gone": REQUEST.role,
  "policy-refuses": REQUEST.role,
  "no-rule": REQUEST.role,
  "nobody-could-approve": REQUEST.role,
};

function blockOf(refusal: Refusal, filled: Filled): string | undefined {
  if ("field" in refusal) return refusal.field === "line" ? undefined : REQUEST[refusal.field];
  if (refusal.reason === "own-key") return REQUEST[refusal.what];
  if (refusal.reason === "life-too-long" || refusal.reason === "expiry-in-past") {
    return filled.life?.kind === "until" ? REQUEST.date : REQUEST.life;
  }
  return BLOCKS[refusal.reason];
}

/** A member that is there only if its value is. */
function given(name: keyof Filled, value: Filled[keyof Filled]): object {
  return value === undefined ? {} : { [name]: value };
}

function readLife(value: string | undefined): LifeChoice | undefined {
  if (value === "until" || value === "unlimited") return { kind: value };
  const days = Number(/^days:(\d{1,5})$/.exec(value ?? "")?.[1]);
  return days >= 1 ? { kind: "days", days } : undefined;
}
