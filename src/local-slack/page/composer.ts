import { html } from "htm/preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../client-protocol.ts";
import type { Client } from "./client.ts";
import { useDirectory } from "./directory.ts";
import { Icon } from "./icon.ts";
import { Menu } from "./menu.ts";
import { usePopup } from "./popup.ts";
import { suggestionsFor, type Suggestion } from "./suggestions.ts";

type Props = {
  channel: string;
  name: string;
  client: Client;
  replyTo: Message | undefined;
  onReplied: () => void;
};

/** Where one types: Enter sends, Shift+Enter breaks the line, `/` offers the apps' commands. */
export function Composer({ channel, name, client, replyTo, onReplied }: Props) {
  const directory = useDirectory();
  const [text, setText] = useState("");
  const [caret, setCaret] = useState(0);
  const [hidden, setHidden] = useState(false);
  const [active, setActive] = useState(0);
  const [trouble, setTrouble] = useState<string>();
  const field = useRef<HTMLTextAreaElement>(null);
  const listId = useId();

  const suggestions = hidden ? undefined : suggestionsFor(text, caret, directory);
  const items = suggestions?.items ?? [];
  const at = Math.min(active, items.length - 1);
  const open = items.length > 0;
  const { anchor, popup } = usePopup<HTMLDivElement, HTMLDivElement>(open, () => setHidden(true));
  useEffect(() => field.current?.focus(), [channel, replyTo]);
  useLayoutEffect(() => {
    const box = field.current;
    if (box === null) return;
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 200)}px`;
  }, [text]);

  const write = (next: string, position: number) => {
    setText(next);
    setCaret(position);
    setActive(0);
    setHidden(false);
  };
  const complete = ({ insert }: Suggestion) => {
    if (suggestions === undefined) return;
    const start = `${text.slice(0, suggestions.from)}${insert} `;
    write(start + text.slice(suggestions.to).trimStart(), start.length);
    field.current?.focus();
  };
  const send = async () => {
    const said = text.trim();
    if (said === "") return;
    write("", 0);
    setTrouble(undefined);
    const thread = replyTo === undefined ? {} : { threadTs: replyTo.threadTs ?? replyTo.ts };
    const answer = await client.send({ channel, text: said, ...thread });
    // What went wrong with a command is told as a notice in the conversation.
    if (answer.ok || (said.startsWith("/") && answer.error !== "no_connection")) return onReplied();
    setTrouble(troubleInWords(answer.error));
    return setText((now) => (now === "" ? said : now));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const item = items[at];
    const isWhole =
      suggestions !== undefined && text.slice(suggestions.from, suggestions.to) === item?.insert;
    if (event.isComposing) return;
    if (open && event.key === "ArrowDown") setActive((at + 1) % items.length);
    else if (open && event.key === "ArrowUp") setActive((at - 1 + items.length) % items.length);
    else if (open && event.key === "Escape") setHidden(true);
    else if (item !== undefined && (event.key === "Tab" || (event.key === "Enter" && !isWhole)))
      complete(item);
    else if (event.key === "Enter" && !event.shiftKey) void send();
    else return;
    event.preventDefault();
  };
  const typed = ({ currentTarget }: Event) => {
    if (currentTarget instanceof HTMLTextAreaElement)
      write(currentTarget.value, currentTarget.selectionStart);
  };
  return html`<form
    class="composer"
    aria-label="Write a message"
    onSubmit=${(event: Event) => {
      event.preventDefault();
      void send();
    }}
  >
    ${trouble && html`<p class="trouble" role="alert"><${Icon} name="warning" /> ${trouble}</p>`}
    ${
      replyTo &&
      html`<p class="replying">
        Replying in thread to “${replyTo.text.slice(0, 60)}”
        <button type="button" class="icon-button" aria-label="Stop replying in thread" onClick=${onReplied}>
          <${Icon} name="cross" />
        </button>
      </p>`
    }
    <div class="composer-box" ref=${anchor}>
      <textarea
        ref=${field}
        rows="1"
        role="combobox"
        aria-label=${`Message ${name}`}
        aria-autocomplete="list"
        aria-expanded=${open}
        aria-controls=${open ? listId : undefined}
        aria-activedescendant=${open ? `${listId}-${at}` : undefined}
        placeholder=${`Message ${name}`}
        value=${text}
        onInput=${typed}
        onKeyDown=${onKeyDown}
      ></textarea>
      <div class="composer-bar">
        <${GlobalShortcuts} client=${client} />
        <span class="keys">Enter to send, Shift+Enter for a new line</span>
        <button
          type="submit"
          class="icon-button send"
          aria-label="Send"
          title="Send"
          disabled=${text.trim() === ""}
        >
          <${Icon} name="send" />
        </button>
      </div>
    </div>
    ${
      open &&
      html`<div
        ref=${popup}
        id=${listId}
        class="popup"
        popover="manual"
        role="listbox"
        aria-label="Suggestions"
        onMouseDown=${(event: Event) => event.preventDefault()}
      >
        ${items.map(
          (item, index) =>
            html`<div
              key=${item.key}
              id=${`${listId}-${index}`}
              role="option"
              aria-selected=${index === at}
              class="popup-item"
              onClick=${() => complete(item)}
            >
              <span>${item.text}</span><span class="description">${item.description}</span>
            </div>`,
        )}
      </div>`
    }
  </form>`;
}

function GlobalShortcuts({ client }: { client: Client }) {
  const { workspace } = useDirectory();
  const items = workspace.apps.flatMap((app) =>
    app.shortcuts
      .filter(({ type }) => type === "global")
      .map(({ name, description, callbackId }) => ({
        key: `${app.id} ${callbackId}`,
        label: name,
        description: `${app.name} · ${description}`,
        choose: () => void client.shortcut({ type: "global", app: app.id, callbackId }),
      })),
  );
  return html`<${Menu}
    label="Shortcuts"
    icon=${html`<${Icon} name="bolt" />`}
    items=${items}
    empty="No app has added a shortcut."
  />`;
}

function troubleInWords(error: string | undefined): string {
  if (error === "no_connection") return "Local Slack cannot be reached. Your message was not sent.";
  return `The message was not sent: ${error}.`;
}
