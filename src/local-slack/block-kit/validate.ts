import { isJson, type Json } from "../json.ts";
import { blockOn, type Surface } from "./blocks.ts";
import { limits } from "./limits.ts";
import { optionGroup, plainText, richOption } from "./objects.ts";
import { boolean, type Check, list, object, oneOf, type Problem, string } from "./schema.ts";
import { elementsOf } from "./walk.ts";

/** A problem with the line that `response_metadata.messages` gets. */
export type Told = Problem & { line: string };

const surfaces = { message: blockOn("message"), modal: blockOn("modal"), home: blockOn("home") };

function run(
  check: Check,
  value: unknown,
  pointer: string,
  also: (report: (problem: Problem) => void) => void,
): Told[] {
  const problems: Told[] = [];
  const report = (problem: Problem): void => {
    problems.push({ ...problem, line: `[ERROR] ${problem.message} [json-pointer:${problem.pointer}]` });
  };
  check(value, pointer, report);
  also(report);
  return problems;
}

/** What is wrong with a message's `blocks`. */
export function messageProblems(blocks: unknown): Told[] {
  return run(list(surfaces.message, limits.messageBlocks), blocks, "/blocks", (report) => {
    if (!Array.isArray(blocks)) return;
    across(blocks, "/blocks", report);
    const given = blocks.filter(isJson);
    if (given.filter(({ type }) => type === "table").length > 1)
      report({
        pointer: "/blocks",
        message: "only one table is allowed",
        constraint: { type: "max_items", expected: 1 },
      });
    const markdown = given.filter(({ type }) => type === "markdown").map(({ text }) => String(text));
    if ([...markdown.join("")].length > limits.markdown.max)
      report({
        pointer: "/blocks",
        message: `markdown text must be less than ${limits.markdown.max + 1} characters in all`,
        constraint: { type: "max_length", expected: limits.markdown.max },
      });
  });
}

/** What is wrong with a view for a modal or a Home. */
export function viewProblems(view: unknown, surface: Exclude<Surface, "message">): Told[] {
  const title = plainText(limits.viewTitle);
  const modal = surface === "modal";
  const check = object(
    { type: oneOf(surface), blocks: list(surfaces[surface], limits.viewBlocks), ...(modal && { title }) },
    {
      ...(!modal && { title }),
      submit: title,
      close: title,
      private_metadata: string(limits.privateMetadata),
      callback_id: string(limits.callbackId),
      external_id: string(limits.externalId),
      clear_on_close: boolean,
      notify_on_close: boolean,
      submit_disabled: boolean,
    },
  );
  return run(check, view, "/view", (report) => {
    if (!isJson(view) || !Array.isArray(view["blocks"])) return;
    across(view["blocks"], "/view/blocks", report);
    const input = view["blocks"].some((block) => isJson(block) && block["type"] === "input");
    // R29.
    if (modal && input && view["submit"] === undefined)
      report({
        pointer: "/view",
        message: "missing required field: submit (there is an input block)",
        constraint: { type: "required", expected: "submit" },
      });
  });
}

/** What is wrong with the answer to a `block_suggestion` (R40). */
export function optionsProblems(answer: Json): Told[] {
  const check = object(
    {},
    {
      options: list(richOption, limits.suggestedOptions),
      option_groups: list(optionGroup, limits.suggestedOptions),
    },
  );
  return run(check, answer, "", (report) => {
    if ((answer["options"] === undefined) === (answer["option_groups"] === undefined))
      report({
        pointer: "",
        message: "exactly one of options and option_groups is needed",
        constraint: { type: "rule" },
      });
  });
}

/** Rules over all blocks: ids are unique, one element at most has the focus. */
function across(blocks: readonly unknown[], pointer: string, report: (problem: Problem) => void): void {
  const seen = new Set<string>();
  for (const [index, block] of blocks.entries()) {
    const id = isJson(block) ? block["block_id"] : undefined;
    if (typeof id !== "string" || id === "") continue;
    if (seen.has(id))
      report({
        pointer: `${pointer}/${index}/block_id`,
        message: `\`block_id\` ${id} already exists`,
        constraint: { type: "unique", got: id },
      });
    seen.add(id);
  }
  if (elementsOf(blocks).filter(({ element }) => element["focus_on_load"] === true).length > 1)
    report({
      pointer,
      message: "only one element may have focus_on_load",
      constraint: { type: "max_items", expected: 1 },
    });
}
