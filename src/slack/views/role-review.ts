import type { KnownBlock, ModalView } from "@slack/types";
import { clean } from "../../domain/clean.ts";
import type { Policy } from "../../domain/policy.ts";
import type { RequestId } from "../../domain/values.ts";
import { MOST } from "../../domain/typed.ts";
import type { RoleReview } from "../../usecases/roles/role-draft.ts";
import { differenceInBrief, isLong } from "../words/difference-words.ts";
import type { Values } from "../interaction.ts";
import { dangerousRights, roleInWords, some } from "../words/role-words.ts";
import { touchedInWords } from "../words/touched-words.ts";
import { verdictInWords } from "../words/verdict-words.ts";
import { bold, field, lines, plain, shorten, type Words } from "../words/words.ts";
import { button, buttons } from "./buttons.ts";
import { ROLE_TITLE } from "./role-form.ts";
import { sayingModal } from "./saying-modal.ts";

export const ROLE_REVIEW = {
  modal: "role.review",
  back: "role.back",
  all: "role.difference",
  reason: "role.reason",
} as const;

/** The last step: what would change and for whom, who decides, and why it is asked for. */
export function roleReview(
  { drafting, before, touched, verdict, open }: RoleReview,
  policy: Pick<Policy, "groups" | "limits" | "dangerous-rights">,
  problem?: Words,
): ModalView {
  const { does, draft } = drafting;
  const patterns = policy["dangerous-rights"];
  const initial = shorten(clean(drafting.reason), MOST.reason);
  const deleting = does === "delete" && before !== undefined;
  const blocks: KnownBlock[] = [
    ...(problem === undefined ? [] : [lines([bold("This did not work. "), ...problem])]),
    { type: "header", text: plain(before?.name ?? draft.name, 150) },
    lines(...(deleting ? whatGoes(before, patterns) : differenceInBrief(before, draft, patterns))),
    ...(before === undefined ? [] : [lines(...touchedInWords(touched))]),
    lines([bold("Who will be asked")], ...verdictInWords(verdict, policy.groups, open)),
    {
      type: "input",
      block_id: ROLE_REVIEW.reason,
      label: plain("Reason", 2000),
      hint: plain("Approvers decide by this.", 2000),
      optional: policy.limits["reason-at-least"] === 0,
      element: {
        type: "plain_text_input",
        action_id: ROLE_REVIEW.reason,
        multiline: true,
        max_length: MOST.reason,
        ...(initial === "" ? {} : { initial_value: initial }),
      },
    },
  ];
  const more = [
    ...(!deleting && isLong(before, draft)
      ? [button(ROLE_REVIEW.all, "Show all of the difference", drafting.id)]
      : []),
    ...(does === "delete" ? [] : [button(ROLE_REVIEW.back, "Go back and change it", drafting.id)]),
  ];
  return {
    type: "modal",
    callback_id: ROLE_REVIEW.modal,
    private_metadata: drafting.id,
    title: plain(ROLE_TITLE[does], 24),
    submit: plain("Ask", 24),
    close: plain("Cancel", 24),
    blocks: more.length === 0 ? blocks : [...blocks, buttons(...more)],
  };
}

/** When something failed that is not theirs to mend: why, and the way back to what was put together. */
export function roleFailed(problem: Words, draft?: RequestId): ModalView {
  const modal = sayingModal("Roles", problem);
  if (draft === undefined) return modal;
  const back = buttons(button(ROLE_REVIEW.back, "Try again", draft, { style: "primary" }));
  const kept = lines(["Nothing that you put together is lost."]);
  return { ...modal, private_metadata: draft, blocks: [...modal.blocks, kept, back] };
}

/** `undefined`: the window asked for none. */
export function readRoleReason(values: Values): string | undefined {
  const field = values[ROLE_REVIEW.reason]?.[ROLE_REVIEW.reason];
  return field === undefined ? undefined : (field.value ?? "");
}

function whatGoes(role: Parameters<typeof roleInWords>[0], patterns: readonly string[]): Words[] {
  const dangerous = dangerousRights(role.rights, patterns);
  return [
    field("Goes for good", [`the role ${shorten(role.name, 150)} (ID ${role.id})`]),
    field("What it may do", [roleInWords(role)]),
    ...(dangerous.length === 0 ? [] : [field("Dangerous", [some(dangerous, 10)])]),
  ];
}
