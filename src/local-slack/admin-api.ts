import type { FastifyInstance } from "fastify";
import * as bodies from "./client-bodies.ts";
import { ClientError, read } from "./client-api.ts";
import type { Channel } from "./default-workspace.ts";
import type { Slack } from "./slack.ts";

type WithId = { Params: { id: string } };

/** What a workspace's owner may change while it runs (client-protocol.ts). */
export function serveAdminApi(server: FastifyInstance, slack: Slack): void {
  const { workspace } = slack;
  const known = (users: string[]): string[] => {
    for (const user of users) if (!workspace.people.has(user)) throw new ClientError("user_not_found", 404);
    return users;
  };
  server.patch<WithId>("/client/admin/people/:id", (request) => {
    const person = workspace.people.get(request.params.id);
    if (person === undefined || person.kind === "bot") throw new ClientError("user_not_found", 404);
    const next = { ...person, ...read(bodies.changePerson, request.body) };
    workspace.savePerson(next);
    return { ok: true, person: next };
  });
  server.patch<WithId>("/client/admin/groups/:id", (request) => {
    const group = workspace.groups.get(request.params.id);
    if (group === undefined) throw new ClientError("group_not_found", 404);
    workspace.setGroupUsers(group, known(read(bodies.changeGroup, request.body).users));
    return { ok: true, group: workspace.groups.get(group.id) };
  });
  server.post("/client/admin/channels", (request) => {
    const fields = read(bodies.createChannel, request.body);
    known(fields.members);
    return { ok: true, channel: workspace.createChannel(fields) };
  });
  server.patch<WithId>("/client/admin/channels/:id", (request) => {
    const { archived, add, remove } = read(bodies.changeChannel, request.body);
    const channel = channelOf(slack, request.params.id);
    known(add);
    const gone = new Set(remove);
    if (add.length + remove.length > 0)
      workspace.setMembers(
        channel,
        [...channel.members, ...add].filter((user) => !gone.has(user)),
      );
    if (archived !== undefined)
      workspace.setArchived(channelOf(slack, channel.id), archived, channel.members[0] ?? "");
    return { ok: true, channel: channelOf(slack, channel.id) };
  });
}

function channelOf(slack: Slack, id: string): Channel {
  const channel = slack.workspace.conversations.get(id);
  if (channel?.kind !== "channel") throw new ClientError("channel_not_found", 404);
  return channel;
}
