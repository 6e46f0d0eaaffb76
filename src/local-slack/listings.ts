import type { Conversation, Group, Person } from "./client-protocol.ts";
import type { Json } from "./json.ts";
import { isMember, type Workspace } from "./workspace.ts";

/** A person as `users.info` gives them (R41). Only `users:read.email` shows the address. */
export function userJson(person: Person, workspace: Workspace, withEmail = false): Json {
  const [first = "", ...rest] = person.realName.split(" ");
  const shares = [...workspace.conversations.values()].some(
    (one) => one.kind === "channel" && isMember(person.id, one),
  );
  return {
    id: person.id,
    team_id: person.teamId,
    name: person.name,
    real_name: person.realName,
    deleted: person.kind === "deactivated",
    color: person.color.replace("#", ""),
    tz: person.tz,
    tz_label: person.tz,
    tz_offset: offsetOf(person.tz),
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_bot: person.kind === "bot",
    is_app_user: false,
    is_restricted: person.kind === "guest",
    is_ultra_restricted: false,
    is_stranger: person.kind === "stranger" && !shares,
    profile: {
      real_name: person.realName,
      display_name: person.name,
      title: person.title,
      first_name: first,
      last_name: rest.join(" "),
      team: person.teamId,
      ...(withEmail && { email: `${person.name}@example.com` }),
    },
  };
}

/** Seconds from UTC, now. */
function offsetOf(tz: string): number {
  const now = new Date();
  const there = new Date(now.toLocaleString("en-US", { timeZone: tz }));
  const utc = new Date(now.toLocaleString("en-US", { timeZone: "UTC" }));
  return Math.round((there.getTime() - utc.getTime()) / 1000);
}

export function groupJson(group: Group, teamId: string): Json {
  return {
    id: group.id,
    team_id: teamId,
    is_usergroup: true,
    is_subteam: true,
    name: group.name,
    handle: group.handle,
    description: "",
    is_external: false,
    is_idp_group: false,
    is_membership_locked: false,
    date_delete: 0,
    user_count: group.users.length,
    users: group.users,
  };
}

export function conversationJson(conversation: Conversation, workspace: Workspace, botUser: string): Json {
  const shared = { id: conversation.id, is_ext_shared: workspace.isShared(conversation), is_mpim: false };
  if (conversation.kind === "im")
    return {
      ...shared,
      is_im: true,
      is_channel: false,
      is_group: false,
      user: conversation.user,
      is_archived: false,
    };
  return {
    ...shared,
    name: conversation.name,
    name_normalized: conversation.name,
    is_im: false,
    is_channel: !conversation.private,
    is_group: conversation.private,
    is_private: conversation.private,
    is_archived: conversation.archived,
    is_general: conversation.name === "general",
    is_member: isMember(botUser, conversation),
    num_members: conversation.members.length,
    topic: { value: conversation.topic, creator: "", last_set: 0 },
    purpose: { value: "", creator: "", last_set: 0 },
    context_team_id: workspace.team.id,
  };
}
