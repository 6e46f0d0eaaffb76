import { html } from "htm/preact";
import { useId } from "preact/hooks";
import type { InputBlock } from "@slack/types";
import { Element } from "./elements/element.ts";
import { Icon } from "./icon.ts";
import { plainText } from "./mrkdwn-view.ts";
import { useSurfaceContext } from "./surface.ts";

/** A labelled field with its hint, and the error that stands at it (R23). */
export function InputBlockView({ block }: { block: InputBlock }) {
  const id = useId();
  const blockId = block.block_id ?? "";
  const error = useSurfaceContext().errors[blockId];
  const described = [error && `${id}-error`, block.hint && `${id}-hint`].filter(Boolean).join(" ");
  const slot = {
    blockId,
    dispatches: block.dispatch_action === true,
    label: plainText(block.label),
    labelledBy: `${id}-label`,
    inputId: `${id}-input`,
    describedBy: described || undefined,
    invalid: error !== undefined,
    optional: block.optional === true,
  };
  return html`<label id=${`${id}-label`} for=${`${id}-input`}>
      ${plainText(block.label)} ${block.optional && html`<span class="optional">(optional)</span>`}
    </label>
    <${Element} element=${block.element} slot=${slot} />
    ${
      error !== undefined &&
      html`<p class="error" id=${`${id}-error`} role="alert"><${Icon} name="warning" /> ${error}</p>`
    }
    ${block.hint && html`<p class="hint" id=${`${id}-hint`}>${plainText(block.hint)}</p>`}`;
}
