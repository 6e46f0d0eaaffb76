import { join } from "node:path";
import { defaultWorkspace } from "../local-slack/default-workspace.ts";

/** What the sandbox prints once it is ready: where to look, who is who, and what to try. */
export function welcome(at: { page: string; manager: string; data: string; moved: string[] }): string {
  // Slack lets nobody in whose account is deactivated.
  const people = defaultWorkspace.people.filter(({ kind }) => kind !== "deactivated");
  const link = (user: string): string => `${at.page}#/${user}`;
  const names = Math.max(...people.map(({ realName }) => realName.length));
  const titles = Math.max(...people.map(({ id }) => roleOf(id).length));
  return `
The sandbox is ready. ${at.moved.join(" ")}

  Slack    ${at.page}
  Manager  ${at.manager}   (MasterAdmin's password: ${join(at.data, "secrets.env")})
  Data     ${at.data}   (delete it to start afresh; the log is portcullis.log in it)

Be any of these people, each in a tab:

${people
  .map(({ id, realName }) => `  ${realName.padEnd(names)}  ${roleOf(id).padEnd(titles)}  ${link(id)}`)
  .join("\n")}

Try first:

  1. As Ada, in #general:  /apikey request ci-deploy as Auditor for 90 days because nightly report
  2. As Chiara, in #key-approvals: approve it.
  3. As Ada, in her messages from Portcullis: show the secret, once, and call the manager with it.

Ctrl-C ends it.
`;
}

/** A person's title, and the groups of approvers, responders and auditors that they are in. */
function roleOf(user: string): string {
  const title = defaultWorkspace.people.find(({ id }) => id === user)?.title ?? "";
  const kind = defaultWorkspace.people.find(({ id }) => id === user)?.kind ?? "member";
  const groups = defaultWorkspace.groups
    .filter(({ users }) => users.includes(user))
    .map(({ handle }) => `@${handle}`);
  const notes = [...groups, ...(kind === "member" ? [] : [kind])];
  return notes.length === 0 ? title : `${title} (${notes.join(", ")})`;
}
