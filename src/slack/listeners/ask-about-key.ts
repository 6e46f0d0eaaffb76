import type { PersonId } from "../../domain/values.ts";
import { type Instant, type Life, personId } from "../../domain/values.ts";
import { MOST } from "../../domain/typed.ts";
import { findRoles } from "../../usecases/requests/ask.ts";
import { askAboutKey, type KeyWish, previewKeyWish } from "../../usecases/requests/key-requests.ts";
import { roleMeant } from "../../usecases/roles/roles.ts";
import { exchangeInBrief } from "../words/difference-words.ts";
import { explainRefusal } from "../words/explain.ts";
import type { Bot } from "../interaction.ts";
import { keyConversation } from "../key-conversation.ts";
import type { Act, Done, Unread } from "../key-task.ts";
import { verdictInWords } from "../words/verdict-words.ts";
import { personField, roleField, textField } from "../views/fields.ts";
import { keyField, type Typed } from "../views/key-form.ts";
import { roleOptions } from "../views/request-options.ts";
import { sentInWords } from "../views/request-sent.ts";
import type { Words } from "../words/words.ts";
import { readFor, readWhen } from "../words/when.ts";

type Doing = "extend" | "role" | "assign";
type When = { now: Instant; zone: string };

/** What needs an approval: a later end, or none. */
export const extend = keyConversation({
  doing: "extend",
  title: "Extend a key",
  submit: "Ask",
  help: {
    topic: "change",
    does: "Ask for a later expiry of a key, or for none",
    who: "the key's owner; approved by the policy's rules",
    lines: [
      "extend ci-deploy",
      "extend ci-deploy until 2027-03-01 because the project goes on",
      "extend ci-deploy for 90 days because the audit takes longer",
      "extend ci-deploy until never because it runs unattended",
    ],
    form: true,
    key: true,
  },
  words: ["until", "for", "because"],
  complete: ({ until = "", for: length = "", because = "" }, limits) =>
    until + length !== "" && reasonFits(because, limits["reason-at-least"]),
  check: (typed, when): Unread => {
    const text = lifeText(typed);
    if (text === "" || lifeOf(typed, when) !== undefined) return {};
    return { until: [`I cannot read "${text}" as a time. Write 2027-03-01, in 90 days or never.`] };
  },
  fields: async ({ context }, { typed }) => ({
    inputs: [
      textField(keyField("extend", "until"), "Until", lifeText(typed), {
        most: 60,
        hint: "2027-03-01, in 90 days, or never.",
        redraws: true,
      }),
      reasonField("extend", typed, context.policy().policy.limits["reason-at-least"]),
    ],
  }),
  preview: async (bot, { typed, person, ...about }) => {
    const life = lifeOf(typed, { now: bot.context.clock(), zone: person.timeZone });
    return life === undefined ? undefined : preview(bot, about, { kind: "longer-life", life });
  },
  at: {
    "not-later": "until",
    "life-too-long": "until",
    "expiry-in-past": "until",
    "reason-too-short": "because",
    "ticket-missing": "because",
    "no-rule": "until",
    "policy-refuses": "until",
    "nobody-could-approve": "until",
  },
  carryOut: async (bot, act) => {
    const life = lifeOf(act.typed, { now: bot.context.clock(), zone: act.person.timeZone });
    if (life === undefined) return { wrong: { until: ["Say until when the key is to live."] } };
    return ask(bot, act, { kind: "longer-life", life });
  },
});

/** What needs an approval: another role. */
export const changeRole = keyConversation({
  doing: "role",
  title: "Another role",
  submit: "Ask",
  help: {
    topic: "change",
    does: "Ask for another role of a key",
    who: "the key's owner; approved by the policy's rules",
    lines: ["role ci-deploy", "role ci-deploy to Auditor because it only reads now"],
    form: true,
    key: true,
  },
  words: ["to", "because"],
  complete: ({ to = "", because = "" }, limits) =>
    to !== "" && reasonFits(because, limits["reason-at-least"]),
  fields: async ({ context }, { typed }) => {
    const meant =
      typed["to"] === undefined || typed["to"] === "" ? undefined : await roleMeant(context, typed["to"]);
    const unknown: Words[] = meant !== undefined && "refusal" in meant ? [explainRefusal(meant.refusal)] : [];
    const chosen = meant !== undefined && "role" in meant ? meant.role : undefined;
    return {
      explained: unknown,
      inputs: [
        roleField(keyField("role", "to"), "New role", chosen),
        reasonField("role", typed, context.policy().policy.limits["reason-at-least"]),
      ],
    };
  },
  preview: async (bot, { typed, ...about }) => {
    const meant = await roleMeant(bot.context, typed["to"] ?? "");
    return "refusal" in meant
      ? undefined
      : preview(bot, about, { kind: "role-change", toRole: meant.role.id });
  },
  at: {
    "role-gone": "to",
    "no-such-role": "to",
    "no-change": "to",
    "own-key": "to",
    "no-rule": "to",
    "policy-refuses": "to",
    "nobody-could-approve": "to",
    "life-too-long": "to",
    "reason-too-short": "because",
    "ticket-missing": "because",
  },
  suggestions: { to: async ({ context }, { typed }) => roleOptions(await findRoles(context, typed)) },
  carryOut: async (bot, act) => {
    const meant = await roleMeant(bot.context, act.typed["to"] ?? "");
    if ("refusal" in meant) return meant;
    return ask(bot, act, { kind: "role-change", toRole: meant.role.id });
  },
});

/** What needs an approval: another owner, judged as if they asked for this role and this life. */
export const assign = keyConversation({
  doing: "assign",
  title: "Hand a key over",
  submit: "Ask",
  help: {
    topic: "change",
    does: "Hand a key over to somebody, judged as if they asked for it",
    who: "the key's owner and incident responders; approved by the policy's rules, never by who hands over",
    lines: ["assign ci-deploy", "assign ci-deploy to @ben because I change teams"],
    form: true,
    key: true,
  },
  words: ["to", "because"],
  complete: ({ to = "", because = "" }, limits) =>
    to !== "" && reasonFits(because, limits["reason-at-least"]),
  check: ({ to = "" }): Unread =>
    to === "" || mentioned(to) !== undefined
      ? {}
      : { to: [`I do not know who "${to}" is. Mention the person with @, or choose them in the form.`] },
  fields: async ({ context }, { typed }) => ({
    explained: [["The new owner sees a new secret only by rotating the key; the old one goes on working."]],
    inputs: [
      personField(keyField("assign", "to"), "New owner", mentioned(typed["to"] ?? "")),
      reasonField("assign", typed, context.policy().policy.limits["reason-at-least"]),
    ],
  }),
  preview: async (bot, { typed, ...about }) => {
    const to = mentioned(typed["to"] ?? "");
    return to === undefined ? undefined : preview(bot, about, { kind: "new-owner", to });
  },
  at: {
    "owner-cannot": "to",
    "unknown-person": "to",
    "no-change": "to",
    "too-many-keys": "to",
    "life-too-long": "to",
    "no-rule": "to",
    "policy-refuses": "to",
    "nobody-could-approve": "to",
    "reason-too-short": "because",
    "ticket-missing": "because",
  },
  carryOut: async (bot, act) => {
    const to = mentioned(act.typed["to"] ?? "");
    if (to === undefined) return { wrong: { to: ["Choose who the key is to belong to."] } };
    return ask(bot, act, { kind: "new-owner", to });
  },
});

async function ask({ context }: Bot, { typed, ...doing }: Act, wish: KeyWish): Promise<Done> {
  const { id, act, key, by, clickedAt, seen } = doing;
  const reason = (typed["because"] ?? "").trim();
  const asked = await askAboutKey(context, { id, act, key, by, clickedAt, reason, seen, wish });
  return "refusal" in asked ? asked : { said: sentInWords(asked.made.value, !asked.same) };
}

/** Which rule applies and who will be asked; for a role, what it may do that the old one may not. */
async function preview(
  { context }: Bot,
  about: { key: Act["key"]; by: PersonId },
  wish: KeyWish,
): Promise<Words[]> {
  const { key, by } = about;
  const seen = await previewKeyWish(context, { key, by, wish });
  if ("refusal" in seen) return [explainRefusal(seen.refusal)];
  const { wants, verdict, open } = seen;
  const { policy } = context.policy();
  const words = verdictInWords(verdict, policy.groups, open);
  if (wants.kind !== "role-change") return words;
  const [now, then] = await Promise.all([
    context.manager.role(wants.roleId),
    context.manager.role(wants.toRoleId),
  ]);
  if (then === undefined) return words;
  return [...words, ...exchangeInBrief(now, then, policy["dangerous-rights"])];
}

function reasonField(doing: Doing, typed: Typed, atLeast: number): ReturnType<typeof textField> {
  return textField(keyField(doing, "because"), "Why", typed["because"], {
    most: MOST.reason,
    multiline: true,
    hint: "Approvers decide by this.",
    optional: atLeast === 0,
  });
}

function reasonFits(reason: string, atLeast: number): boolean {
  return [...reason.trim()].length >= atLeast;
}

function lifeText(typed: Typed): string {
  return (typed["until"] || typed["for"] || "").trim();
}

function lifeOf(typed: Typed, when: When): Life | undefined {
  const text = lifeText(typed);
  const length = readFor(text);
  if (length !== undefined) return { kind: "until", at: when.now + length };
  const end = text === "" ? undefined : readWhen(text, when);
  if (end === undefined) return undefined;
  return "at" in end ? { kind: "until", at: end.at } : { kind: "unlimited" };
}

/** A person as Slack writes a mention, or by the id that a list of people gives. */
function mentioned(text: string): PersonId | undefined {
  const id = /^<@([^|>]+)(?:\|[^>]*)?>$/.exec(text.trim())?.[1] ?? text.trim();
  return personId.safeParse(id).data;
}
