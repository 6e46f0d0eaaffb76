import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import type { AppListing, Message, Snapshot } from "../client-protocol.ts";
import type { Client } from "./client.ts";
import { Composer } from "./composer.ts";
import { conversationName, useDirectory } from "./directory.ts";
import { Home } from "./home.ts";
import { Icon } from "./icon.ts";
import { hashOf, type Place } from "./place.ts";
import { Timeline } from "./timeline.ts";

type Room = Snapshot["conversations"][number];
type Props = { room: Room; snapshot: Snapshot; place: Place; client: Client; onRead: (id: string) => void };

/** The main pane: a channel, or an app with its Home and its messages. */
export function ConversationView({ room, snapshot, place, client, onRead }: Props) {
  const directory = useDirectory();
  const [replyTo, setReplyTo] = useState<Message>();
  const app =
    room.kind === "im" ? directory.workspace.apps.find(({ botUser }) => botUser === room.bot) : undefined;
  const tabs = [
    ...(app?.homeTab ? ["home" as const] : []),
    ...(app?.messagesTab === false ? [] : ["messages" as const]),
  ];
  const wanted = place.tab ?? "messages";
  const tab = tabs.includes(wanted) ? wanted : (tabs[0] ?? "messages");
  const name = conversationName(directory, room);
  const title = room.kind === "channel" ? `#${name}` : name;

  useEffect(() => {
    document.title = `${title} · ${directory.workspace.team.name}`;
    setReplyTo(undefined);
    void client.visit({ channel: room.id, ...(app && { tab }) });
    if (tab === "messages") onRead(room.id);
  }, [client, room.id, tab]);

  return html`<main class="conversation" aria-labelledby="conversation-title">
    <header class="conversation-header">
      <h1 id="conversation-title">
        ${room.kind === "channel" && html`<${Icon} name=${channelIcon(room)} />`} ${name}
        ${app && html`<span class="badge">APP</span>`}
        ${app?.connected === false && html`<span class="badge off">not connected</span>`}
      </h1>
      ${room.kind === "channel" && html`<p class="topic">${room.topic}</p>`}
      ${app && html`<${Tabs} tabs=${tabs} tab=${tab} place=${place} />`}
    </header>
    ${
      app && tab === "home"
        ? html`<${Home} app=${app} home=${snapshot.homes[app.id]} client=${client} />`
        : html`<${Timeline}
              key=${room.id}
              label=${`Messages in ${title}`}
              messages=${room.messages}
              notices=${snapshot.notices.filter(({ channel }) => channel === room.id)}
              client=${client}
              onReply=${setReplyTo}
              welcome=${html`<${Welcome} room=${room} title=${title} />`}
            />
            ${
              whySilent(room, snapshot.user, app) === undefined
                ? html`<${Composer}
                    key=${`composer ${room.id}`}
                    channel=${room.id}
                    name=${title}
                    client=${client}
                    replyTo=${replyTo}
                    onReplied=${() => setReplyTo(undefined)}
                  />`
                : html`<p class="silent">${whySilent(room, snapshot.user, app)}</p>`
            }`
    }
  </main>`;
}

export const channelIcon = (room: Extract<Room, { kind: "channel" }>) =>
  room.archived ? "archive" : room.private ? "lock" : "hash";

const tabNames = { home: "Home", messages: "Messages" };

function Tabs({ tabs, tab, place }: { tabs: ("home" | "messages")[]; tab: string; place: Place }) {
  return html`<nav class="tabs" aria-label="Views of this app">
    ${tabs.map(
      (each) =>
        html`<a href=${hashOf({ ...place, tab: each })} aria-current=${each === tab ? "page" : undefined}>
          ${tabNames[each]}
        </a>`,
    )}
  </nav>`;
}

function Welcome({ room, title }: { room: Room; title: string }) {
  return html`<div class="welcome">
    <h2>${title}</h2>
    <p>
      ${
        room.kind === "channel"
          ? `This is the very beginning of ${title}. Nobody has written here yet.`
          : `This is where ${title} and you talk. Type / to see the commands that you can use.`
      }
    </p>
  </div>`;
}

/** Why one cannot write here, where one cannot. */
function whySilent(room: Room, user: string, app: AppListing | undefined): string | undefined {
  if (room.kind === "im") {
    return app?.messagesReadOnly ? "Only the app writes here. Its commands work in channels." : undefined;
  }
  if (room.archived) return "This channel is archived: it can be read, not written to.";
  return room.members.includes(user) ? undefined : `You are not a member of #${room.name}.`;
}
