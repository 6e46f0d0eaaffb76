import type { ClientEvent, Conversation, Message, Snapshot, Workspace } from "../client-protocol.ts";

export type Seen = { workspace: Workspace; snapshot: Snapshot };
type Room = Snapshot["conversations"][number];

/** What a client shows after an event. Pure, and an event told twice changes nothing the second time. */
export function afterEvent(seen: Seen, event: ClientEvent, openConversation: string | undefined): Seen {
  const { snapshot } = seen;
  switch (event.type) {
    case "message":
      return withRoom(seen, event.message.channel, (room) =>
        addMessage(room, event.message, openConversation, snapshot.user),
      );
    case "message_changed":
      return withRoom(seen, event.message.channel, (room) => ({
        ...room,
        messages: room.messages.map((known) => (known.ts === event.message.ts ? event.message : known)),
      }));
    case "message_deleted":
      return withRoom(seen, event.channel, (room) => ({
        ...room,
        messages: room.messages.filter(({ ts }) => ts !== event.ts),
      }));
    case "modals":
      return { ...seen, snapshot: { ...snapshot, modals: event.modals } };
    case "home":
      return { ...seen, snapshot: { ...snapshot, homes: { ...snapshot.homes, [event.app]: event.home } } };
    case "notice": {
      const others = snapshot.notices.filter(({ id }) => id !== event.notice.id);
      return { ...seen, snapshot: { ...snapshot, notices: [...others, event.notice] } };
    }
    case "workspace":
      return { ...seen, workspace: event.workspace };
    case "conversations":
      return { ...seen, snapshot: { ...snapshot, conversations: event.conversations.map(keep(snapshot)) } };
  }
}

/** The room that is being looked at has nothing unread. */
export function read(seen: Seen, conversation: string | undefined): Seen {
  return withRoom(seen, conversation, (room) => (room.unread === 0 ? room : { ...room, unread: 0 }));
}

function withRoom(seen: Seen, id: string | undefined, change: (room: Room) => Room): Seen {
  const conversations = seen.snapshot.conversations.map((room) => (room.id === id ? change(room) : room));
  return { ...seen, snapshot: { ...seen.snapshot, conversations } };
}

function addMessage(room: Room, message: Message, open: string | undefined, user: string): Room {
  const others = room.messages.filter(({ ts }) => ts !== message.ts);
  const isNew = others.length === room.messages.length;
  const messages = [...others, message].sort((a, b) => Number(a.ts) - Number(b.ts));
  const unread = isNew && room.id !== open && message.user !== user;
  return { ...room, messages, unread: room.unread + (unread ? 1 : 0) };
}

const keep = (snapshot: Snapshot) => (conversation: Conversation) => {
  const known = snapshot.conversations.find(({ id }) => id === conversation.id);
  return { ...conversation, unread: known?.unread ?? 0, messages: known?.messages ?? [] };
};
