import type { Person } from "../../src/local-slack/client-protocol.ts";
import type { Channel, WorkspaceSeed } from "../../src/local-slack/default-workspace.ts";

/* A company of 5,000 people: a few of them decide, the others ask and look. */

const PEOPLE = 5000;
const TEAM = { id: "T0BENCH0001", name: "Bench", domain: "bench" };

const idOf = (n: number): string => `U0P${String(n).padStart(7, "0")}`;
const ids = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => idOf(from + i));

export const SECURITY = ids(0, 10);
export const RESPONDERS = ids(10, 14);
export const AUDITORS = ids(14, 20);
/** Everybody else. */
export const STAFF = ids(20, PEOPLE);

export const GENERAL = "C0GENERAL01";
export const APPROVALS = "C0APPROVALS";
export const INCIDENTS = "C0INCIDENTS";
const AUDIT = "C0AUDIT0001";
export const CHANNELS = [GENERAL, APPROVALS, INCIDENTS, AUDIT];

const ZONES = ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Africa/Lagos"];

const person = (id: string, i: number): Person => ({
  id,
  name: id.toLowerCase(),
  realName: `Person ${i}`,
  title: "",
  tz: ZONES[i % ZONES.length] ?? "UTC",
  kind: "member",
  teamId: TEAM.id,
  color: "#1264a3",
});

const channel = (id: string, name: string, members: string[]): Channel => ({
  id,
  kind: "channel",
  name,
  private: id !== GENERAL,
  archived: false,
  topic: "",
  members,
});

export const workspace: WorkspaceSeed = {
  team: TEAM,
  people: ids(0, PEOPLE).map(person),
  groups: [
    { id: "S0SECURITY1", handle: "security", name: "Security", users: SECURITY },
    { id: "S0INCIDENT1", handle: "responders", name: "Responders", users: RESPONDERS },
    { id: "S0AUDITORS1", handle: "auditors", name: "Auditors", users: AUDITORS },
  ],
  channels: [
    channel(GENERAL, "general", ids(0, PEOPLE)),
    channel(APPROVALS, "key-approvals", SECURITY),
    channel(INCIDENTS, "incidents", [...SECURITY, ...RESPONDERS]),
    channel(AUDIT, "audit", AUDITORS),
  ],
};

/** One approval up to 90 days, two beyond. */
export const policyText = JSON.stringify({
  groups: {
    security: { "slack-group": "S0SECURITY1" },
    responders: { "slack-group": "S0INCIDENT1" },
    auditors: { "slack-group": "S0AUDITORS1" },
  },
  approvers: ["security"],
  responders: ["responders"],
  auditors: ["auditors"],
  channels: { approvals: APPROVALS, incidents: INCIDENTS, audit: AUDIT },
  limits: { "longest-life": "365 days", "default-life": "90 days", "keys-per-person": 100 },
  times: { "requests-lapse-after": "3 days", "claims-lapse-after": "24 hours" },
  restores: { needs: [{ group: "security", approvals: 1 }] },
  rules: [
    { name: "Short lives", when: { "life-up-to": "90 days" }, needs: [{ group: "security", approvals: 1 }] },
    { name: "Long lives", when: { "life-over": "90 days" }, needs: [{ group: "security", approvals: 2 }] },
  ],
});
