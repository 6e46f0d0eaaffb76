import { html } from "htm/preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Message } from "../client-protocol.ts";
import { Avatar } from "./avatar.ts";
import { Blocks } from "./blocks.ts";
import type { Client } from "./client.ts";
import { findPerson, kindInWords, useDirectory } from "./directory.ts";
import { Icon } from "./icon.ts";
import { Menu } from "./menu.ts";
import { Mrkdwn } from "./mrkdwn-view.ts";
import { SurfaceContext, useSurface } from "./surface.ts";
import { fullTime, millisOf, timeOfDay } from "./time.ts";

type Props = { message: Message; client: Client; onReply?: ((message: Message) => void) | undefined };

export function MessageView({ message, client, onReply }: Props) {
  const directory = useDirectory();
  const { channel, ts } = message;
  const where = useMemo(() => ({ channel, ts }), [channel, ts]);
  const surface = useSurface({ client, where, blocks: message.blocks });
  const article = useRef<HTMLElement>(null);
  const hadFocus = article.current?.contains(document.activeElement) === true; // before this drawing
  // A click often takes its own button away; whoever works by keyboard stays at the message.
  useLayoutEffect(() => {
    if (hadFocus && document.activeElement === document.body) article.current?.focus();
  }, [message]);
  const author = findPerson(directory, message.user);
  const app = directory.workspace.apps.find(({ id }) => id === message.app);
  const name = app?.name ?? author?.realName ?? message.user;
  const at = millisOf(ts);
  const { tz } = directory.viewer;
  const kind = author === undefined || message.app !== undefined ? "" : kindInWords(author);

  return html`<article
    class=${message.ephemeral ? "message ephemeral" : "message"}
    aria-label=${`${name}, ${timeOfDay(at, tz)}`}
    ref=${article}
    tabindex="-1"
  >
    <${Avatar} name=${name} color=${author?.color ?? ""} />
    <div class="message-main">
      ${message.ephemeral && html`<p class="only-you"><${Icon} name="eye" /> Only visible to you</p>`}
      <header>
        <span class="author">${name}</span>
        ${message.app !== undefined && html`<span class="badge">APP</span>`}
        ${kind !== "" && html`<span class="badge">${kind}</span>`}
        <time datetime=${new Date(at).toISOString()} title=${fullTime(at, tz)}>${timeOfDay(at, tz)}</time>
      </header>
      <${SurfaceContext.Provider} value=${surface}>
        ${
          message.blocks.length > 0
            ? html`<${Blocks} blocks=${message.blocks} />`
            : html`<${Mrkdwn} text=${message.text} />`
        }
        ${message.files?.map((file) => html`<${FileView} file=${file} session=${client.session} />`)}
      <//>
      ${message.edited && html`<span class="edited">(edited)</span>`}
    </div>
    ${!message.ephemeral && html`<${MessageTools} message=${message} client=${client} onReply=${onReply} />`}
  </article>`;
}

/** A file that was shared, to be downloaded. */
function FileView({ file, session }: { file: NonNullable<Message["files"]>[number]; session: string }) {
  const kilobytes = Math.max(1, Math.round(file.size / 1024));
  return html`<a class="file" href=${`/client/sessions/${session}/files/${file.id}`} download=${file.name}>
    <${Icon} name="file" /> <span class="file-title">${file.title}</span>
    <span class="file-size">${kilobytes} KB</span>
  </a>`;
}

/** What one can do with a message: answer in its thread, or run an app's message shortcut. */
function MessageTools({ message, client, onReply }: Props) {
  const { workspace } = useDirectory();
  const { channel, ts } = message;
  const shortcuts = workspace.apps.flatMap((app) =>
    app.shortcuts
      .filter(({ type }) => type === "message")
      .map((shortcut) => ({
        key: `${app.id} ${shortcut.callbackId}`,
        label: shortcut.name,
        description: `${app.name} · ${shortcut.description}`,
        choose: () =>
          void client.shortcut({
            type: "message",
            app: app.id,
            callbackId: shortcut.callbackId,
            channel,
            ts,
          }),
      })),
  );
  return html`<div class="message-tools">
    ${
      onReply &&
      html`<button
        type="button"
        class="icon-button"
        aria-label="Reply in thread"
        title="Reply in thread"
        onClick=${() => onReply(message)}
      >
        <${Icon} name="reply" />
      </button>`
    }
    <${Menu}
      label="More actions"
      icon=${html`<${Icon} name="more" />`}
      items=${shortcuts}
      empty="No app has added an action."
    />
  </div>`;
}
