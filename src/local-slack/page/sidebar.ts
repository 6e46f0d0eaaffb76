import { html } from "htm/preact";
import type { ComponentChildren } from "preact";
import type { Snapshot } from "../client-protocol.ts";
import { Avatar } from "./avatar.ts";
import { channelIcon } from "./conversation.ts";
import { conversationName, findPerson, useDirectory } from "./directory.ts";
import { Icon } from "./icon.ts";
import { hashOf } from "./place.ts";

type Room = Snapshot["conversations"][number];
type Props = { snapshot: Snapshot; current: string | undefined; onChoose: () => void };

/** Channels and apps; a badge counts what has not been read. */
export function Sidebar({ snapshot, current, onChoose }: Props) {
  const directory = useDirectory();
  const entry = (room: Room, icon: ComponentChildren, connected = true) => {
    const unread = room.unread > 0;
    return html`<li key=${room.id}>
      <a
        href=${hashOf({ user: snapshot.user, conversation: room.id })}
        class=${unread ? "room unread" : "room"}
        aria-current=${room.id === current ? "page" : undefined}
        onClick=${onChoose}
      >
        ${icon}
        <span class="room-name">${conversationName(directory, room)}</span>
        ${!connected && html`<span class="offline" role="img" aria-label="not connected" title="not connected"></span>`}
        ${unread && html`<span class="count">${room.unread}<span class="sr-only"> unread</span></span>`}
      </a>
    </li>`;
  };
  const channels = snapshot.conversations.filter((room) => room.kind === "channel");
  const direct = snapshot.conversations.filter((room) => room.kind === "im");
  return html`<nav class="sidebar" id="sidebar" aria-label="Channels and apps">
    <h2>Channels</h2>
    <ul>
      ${channels.map((room) => entry(room, html`<${Icon} name=${channelIcon(room)} />`))}
    </ul>
    ${channels.length === 0 && html`<p class="sidebar-empty">None</p>`}
    <h2>Apps</h2>
    <ul>
      ${direct.map((room) => {
        const bot = findPerson(directory, room.bot);
        const app = directory.workspace.apps.find(({ botUser }) => botUser === room.bot);
        const name = conversationName(directory, room);
        return entry(
          room,
          html`<${Avatar} name=${name} color=${bot?.color ?? ""} class="tiny" />`,
          app?.connected,
        );
      })}
    </ul>
    ${direct.length === 0 && html`<p class="sidebar-empty">None</p>`}
  </nav>`;
}
