import { html } from "htm/preact";
import type { ComponentChildren } from "preact";
import type { ActionsBlock, ContextBlock, ImageBlock, KnownBlock, SectionBlock } from "@slack/types";
import { Element } from "./elements/element.ts";
import { Icon } from "./icon.ts";
import { ImageView } from "./image.ts";
import { InputBlockView } from "./input-block.ts";
import { Mrkdwn, plainText, Text } from "./mrkdwn-view.ts";
import { RichText } from "./rich-text.ts";
import { useSurfaceContext } from "./surface.ts";
import { TableView } from "./table.ts";

/** Blocks, one under the other, with what went wrong at the block that it concerns. */
export function Blocks({ blocks }: { blocks: KnownBlock[] }) {
  const { trouble } = useSurfaceContext();
  return html`<div class="blocks">
    ${blocks.map(
      (block, at) =>
        html`<div class=${`block ${block.type}`} key=${block.block_id ?? at}>
          ${drawBlock(block)}
          ${
            trouble?.blockId === block.block_id &&
            trouble !== undefined &&
            html`<p class="trouble" role="alert"><${Icon} name="warning" /> ${trouble.text}</p>`
          }
        </div>`,
    )}
  </div>`;
}

function drawBlock(block: KnownBlock): ComponentChildren {
  switch (block.type) {
    case "section":
      return html`<${Section} block=${block} />`;
    case "header":
      return html`<h3>${plainText(block.text)}</h3>`;
    case "divider":
      return html`<hr />`;
    case "context":
      return html`<${Context} block=${block} />`;
    case "actions":
      return html`<${Actions} block=${block} />`;
    case "image":
      return html`<${Picture} block=${block} />`;
    case "input":
      return html`<${InputBlockView} block=${block} />`;
    case "rich_text":
      return html`<${RichText} block=${block} />`;
    case "markdown":
      return html`<${Mrkdwn} text=${block.text.replace(/^#+\s*(.*)$/gm, "*$1*").replace(/\*\*/g, "*")} />`;
    case "alert":
      return html`<div class=${`alert ${block.level ?? "default"}`} role="note">
        <${Text} text=${block.text} />
      </div>`;
    case "table":
      return html`<${TableView} block=${block} />`;
    case "card":
    case "carousel":
    case "container":
    case "context_actions":
    case "data_table":
    case "file":
    case "plan":
    case "task_card":
    case "video":
      return html`<p class="undrawn">Local Slack does not draw blocks of type “${block.type}”.</p>`;
  }
}

function Section({ block }: { block: SectionBlock }) {
  const label = block.text === undefined ? "Choose" : plainText(block.text);
  return html`<div class="section-text">
      ${block.text && html`<${Text} text=${block.text} />`}
      ${
        block.fields &&
        html`<div class="fields">${block.fields.map((field) => html`<${Text} text=${field} />`)}</div>`
      }
    </div>
    ${
      block.accessory &&
      html`<div class="accessory">
        <${Element}
          element=${block.accessory}
          slot=${{ blockId: block.block_id ?? "", dispatches: true, label }}
        />
      </div>`
    }`;
}

function Context({ block }: { block: ContextBlock }) {
  return block.elements.map((element) =>
    element.type === "image"
      ? html`<${ImageView} image=${element} class="context-image" />`
      : html`<${Text} text=${element} />`,
  );
}

function Actions({ block }: { block: ActionsBlock }) {
  return block.elements.map((element) => {
    const label =
      "placeholder" in element && element.placeholder ? plainText(element.placeholder) : words(element.type);
    const slot = { blockId: block.block_id ?? "", dispatches: true, label };
    return html`<${Element} key=${element.action_id} element=${element} slot=${slot} />`;
  });
}

function Picture({ block }: { block: ImageBlock }) {
  return html`<figure>
    ${block.title && html`<figcaption>${plainText(block.title)}</figcaption>`}
    <${ImageView} image=${block} class="picture" />
  </figure>`;
}

/** `radio_buttons` → "radio buttons": a name for an element to which the app gave none. */
const words = (type: string) => type.replaceAll("_", " ");
