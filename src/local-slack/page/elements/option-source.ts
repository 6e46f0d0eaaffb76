import type { MultiSelect, Option, OptionGroup, Select } from "@slack/types";
import type { OptionsAnswer } from "../client.ts";
import { conversationName, findPerson, kindInWords, type Directory } from "../directory.ts";
import { plainText } from "../mrkdwn-view.ts";

export type Choice = { key: string; text: string; description?: string | undefined; value: unknown };
export type ChoiceGroup = { label?: string; choices: Choice[] };
export type SelectElement = Select | MultiSelect;

/** What a select offers for a query, whichever of the ten kinds it is; undefined when the app gave no answer. */
export async function findChoices(
  element: SelectElement,
  query: string,
  directory: Directory,
  ask: (query: string) => Promise<OptionsAnswer>,
): Promise<ChoiceGroup[] | undefined> {
  if (element.type === "external_select" || element.type === "multi_external_select") {
    const answer = await ask(query);
    return answer.ok ? groupsOf(answer) : undefined;
  }
  if (element.type === "static_select" || element.type === "multi_static_select") {
    return matching(groupsOf(element), query);
  }
  return matching([{ choices: idsOffered(element, directory).map((id) => idChoice(id, directory)) }], query);
}

/** A held value as a choice: an option object, or the ID of somebody or something. */
export function choiceOf(held: unknown, directory: Directory): Choice {
  return typeof held === "string" ? idChoice(held, directory) : optionChoice(held as Option);
}

function groupsOf(from: { options?: Option[]; option_groups?: OptionGroup[] }): ChoiceGroup[] {
  if (from.option_groups === undefined) return [{ choices: (from.options ?? []).map(optionChoice) }];
  return from.option_groups.map(({ label, options }) => ({
    label: plainText(label),
    choices: options.map(optionChoice),
  }));
}

const optionChoice = (option: Option): Choice => ({
  key: option.value ?? option.text.text,
  text: plainText(option.text),
  description: option.description && plainText(option.description),
  value: option,
});

function matching(groups: ChoiceGroup[], query: string): ChoiceGroup[] {
  const wanted = query.trim().toLowerCase();
  return groups
    .map((group) => ({
      ...group,
      choices: group.choices.filter(({ text }) => text.toLowerCase().includes(wanted)),
    }))
    .filter(({ choices }) => choices.length > 0);
}

function idChoice(id: string, directory: Directory): Choice {
  const person = findPerson(directory, id);
  if (person !== undefined) {
    const description = [person.title, kindInWords(person)].filter((words) => words !== "").join(", ");
    return { key: id, text: person.realName, description: description || undefined, value: id };
  }
  const conversation = directory.conversations.find((known) => known.id === id);
  if (conversation === undefined) return { key: id, text: id, value: id };
  const name = conversationName(directory, conversation);
  return { key: id, text: conversation.kind === "channel" ? `#${name}` : name, value: id };
}

type IdElement = Exclude<SelectElement, { type: `${string}static_select` | `${string}external_select` }>;

function idsOffered(element: IdElement, { workspace, conversations }: Directory): string[] {
  if (element.type === "users_select" || element.type === "multi_users_select") {
    return workspace.people.filter(({ kind }) => kind !== "deactivated").map(({ id }) => id);
  }
  const include: string[] =
    "filter" in element ? (element.filter?.include ?? ["im", "private", "public"]) : onlyPublic(element.type);
  return conversations
    .filter((one) => include.includes(one.kind === "im" ? "im" : one.private ? "private" : "public"))
    .map(({ id }) => id);
}

const onlyPublic = (type: string) =>
  type.endsWith("channels_select") ? ["public"] : ["im", "private", "public"];
