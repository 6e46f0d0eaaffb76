import { DANGEROUS_RIGHTS, dangerousAmong } from "../../domain/dangerous-rights.ts";
import type { Role, RoleDraft } from "../../domain/wants.ts";
import { shorten } from "./words.ts";

/** Names whose words say something else when they are only taken apart. */
const SAID_OTHERWISE: Record<string, string> = {
  canViewNotRelatedToComputers: "view what is not related to computers",
};

const SPELLINGS: Record<string, string> = {
  apikeys: "API keys",
  apikey: "API key",
  awsmarketplace: "AWS marketplace",
  iplist: "IP list",
  samlidentity: "SAML identity",
  api: "API",
  ip: "IP",
  saml: "SAML",
  aws: "AWS",
  mac: "MAC",
  vcenters: "vCenters",
};

/** What a role may do, in one line: for a list of roles to choose from (75 characters, slack-rules.md 2.5). */
export function roleInBrief(role: Role): string {
  if (role.immutable) return "May do everything in the manager";
  if (role.rights.length === 0) return "Has no rights";
  const dangerous = dangerousRights(role.rights, DANGEROUS_RIGHTS);
  const first = [...new Set([...dangerous, ...role.rights.map(rightInWords)])];
  return shorten(`${count(role.rights.length, "right")}: ${first.join(", ")}`, 75);
}

/** What a role may do, in a line or two. */
export function roleInWords(role: Role, most = 12): string {
  if (role.immutable) return `everything in the manager (${role.rights.length} rights)`;
  const rights =
    role.rights.length === 0 ? "nothing: it has no rights" : some(role.rights.map(rightInWords), most);
  return `${rights}; ${reach(role)}`;
}

/** The names of those rights that the policy's patterns call dangerous, in their order. */
export function dangerousRights(rights: readonly string[], patterns: readonly string[]): string[] {
  return dangerousAmong(rights, patterns).map(rightInWords);
}

/** "platformRights.apikeyRights.canCreateNewApiKeys" as "create new API keys". */
export function rightInWords(path: string): string {
  const last = path.slice(path.lastIndexOf(".") + 1);
  const otherwise = SAID_OTHERWISE[last];
  if (otherwise !== undefined) return otherwise;
  return apart(last.replace(/^can/, ""));
}

/** "platformRights.apikeyRights" as "API key", "firewallRights.macListRights" as "firewall: MAC list". */
export function areaInWords(area: string): string {
  const parts = area.split(".").map((part) => apart(part.replace(/Rights$/, "")));
  return parts.filter((part, i) => i > 0 || part !== "platform").join(": ") || area;
}

/** The words of a name that is written in one, as people spell them. */
function apart(name: string): string {
  const words = name
    .replace(/ApiKeys|APIKeys/, "Apikeys")
    .replace(/VCenters/, "Vcenters")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase();
  return words.replace(/\w+/g, (word) => SPELLINGS[word] ?? word);
}

/** The first of many, and how many more there are. */
export function some(each: readonly string[], most: number): string {
  const rest = each.length - most;
  return rest <= 0 ? each.join(", ") : `${each.slice(0, most).join(", ")} and ${rest} more`;
}

/** Where its rights hold. */
export function reach(role: Role | RoleDraft): string {
  const computers = role.allComputers
    ? "all computers"
    : `${count(role.computerIds.length, "computer")} and ${count(role.computerGroupIds.length, "group")} of computers`;
  const policies = role.allPolicies ? "all policies" : count(role.policyIds.length, "policy", "policies");
  return `on ${computers}, ${policies}`;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number === 0 ? "no" : number} ${number === 1 ? one : many}`;
}
