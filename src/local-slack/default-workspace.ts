import type { Conversation, Group, Person } from "./client-protocol.ts";

export type Channel = Extract<Conversation, { kind: "channel" }>;
export type DirectMessage = Extract<Conversation, { kind: "im" }>;

/** Who and what a workspace starts with. */
export type WorkspaceSeed = {
  team: { id: string; name: string; domain: string };
  people: Person[];
  groups: Group[];
  channels: Channel[];
};

const team = { id: "T0ACME00001", name: "Acme", domain: "acme" };

const colours = ["#1264a3", "#2e7d32", "#8a3ffc", "#b3261e", "#9a5b00", "#00695c", "#ad1457", "#455a64"];

const people = (
  [
    ["U0ADA000001", "Ada Lovelace", "Developer", "Europe/Berlin", "member"],
    ["U0BEN000001", "Ben Okafor", "Developer", "Africa/Lagos", "member"],
    ["U0CHIARA001", "Chiara Rossi", "Security", "Europe/Rome", "member"],
    ["U0DMITRI001", "Dmitri Volkov", "Security", "Europe/London", "member"],
    ["U0EMI000001", "Emi Tanaka", "Security", "Asia/Tokyo", "member"],
    ["U0FARID0001", "Farid Haddad", "Incident responder", "America/New_York", "member"],
    ["U0GRACE0001", "Grace Kim", "Auditor", "Asia/Seoul", "member"],
    ["U0GUS000001", "Gus Meyer", "Contractor", "Europe/Vienna", "guest"],
    ["U0DORA00001", "Dora Lang", "Left the company", "Europe/Zurich", "deactivated"],
    ["U0SAM000001", "Sam Stranger", "Partner, Globex", "America/Los_Angeles", "stranger"],
  ] as const
).map(([id, realName, title, tz, kind], index): Person => ({
  id,
  name: realName.split(" ")[0]?.toLowerCase() ?? id,
  realName,
  title,
  tz,
  kind,
  teamId: kind === "stranger" ? "T0GLOBEX001" : team.id,
  color: colours[index % colours.length] ?? "#455a64",
}));

const security = ["U0CHIARA001", "U0DMITRI001", "U0EMI000001"];

const channel = (id: string, name: string, topic: string, members: string[]): Channel => ({
  id,
  kind: "channel",
  name,
  private: false,
  archived: false,
  topic,
  members,
});

/** The workspace that local Slack opens with where no other is given. */
export const defaultWorkspace: WorkspaceSeed = {
  team,
  people,
  groups: [
    { id: "S0SECURITY1", handle: "security-approvers", name: "Security approvers", users: security },
    { id: "S0INCIDENT1", handle: "incident-responders", name: "Incident responders", users: ["U0FARID0001"] },
    { id: "S0AUDITORS1", handle: "auditors", name: "Auditors", users: ["U0GRACE0001"] },
  ],
  channels: [
    channel(
      "C0GENERAL01",
      "general",
      "Everybody, about everything",
      people.filter(({ kind }) => kind !== "stranger" && kind !== "deactivated").map(({ id }) => id),
    ),
    channel("C0APPROVALS", "key-approvals", "Requests for API keys", security),
    channel("C0INCIDENTS", "incidents", "What is on fire", [...security, "U0FARID0001"]),
    channel("C0AUDIT0001", "audit", "What was done, by whom", ["U0GRACE0001", "U0CHIARA001"]),
  ],
};
