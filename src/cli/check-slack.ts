import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type WebAPICallResult, WebClient } from "@slack/web-api";
import { parse } from "yaml";
import { z } from "zod";
import type { Config } from "../config.ts";
import type { Group, Policy } from "../domain/policy.ts";
import type { PersonId } from "../domain/values.ts";
import { apiUrl, type SlackClients, slackClients } from "../slack/connection/clients.ts";
import { slackDirectory } from "../slack/people.ts";
import { slackError } from "../slack/connection/slack-error.ts";
import type { Directory, Log } from "../usecases/ports.ts";
import { isChannel } from "../usecases/keys/remind-of-keys.ts";
import { type Finding, note, well, wrong } from "./findings.ts";

const REINSTALL = "Compare the app with manifest.yml, and install it in the workspace again.";
const WATCHED =
  "leaks.watch-channels in the policy needs it: take scopes and events for it out of their comments in manifest.yml, and install the app again; or set it to false.";
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Slack: the tokens, what they may do, and the channels and groups that the policy names. Nobody sees a message of it. */
export async function checkSlack(config: Config["slack"], policy: Policy): Promise<Finding[]> {
  const clients = slackClients(config, silent);
  let identity: Awaited<ReturnType<SlackClients["ui"]["auth"]["test"]>>;
  try {
    identity = await clients.ui.auth.test();
  } catch (error) {
    return [wrong(`The bot token does not work (${nameOf(error)}).`, `Check SLACK_BOT_TOKEN. ${REINSTALL}`)];
  }
  const { team = "?", user = "?", user_id: self = "", is_enterprise_install: orgWide = false } = identity;
  if (orgWide) {
    const mend = "Install it in one workspace instead.";
    return [wrong("The app is installed for a whole organisation, and serves one workspace only.", mend)];
  }
  const directory = slackDirectory(clients);
  return [
    well(`The bot token belongs to ${user} in ${team}.`),
    ...checkScopes(identity, policy),
    await checkDelivery(config),
    ...(await Promise.all(
      channelsOf(policy).map(async ([what, id]) => checkChannel(clients, what, { id, self })),
    )),
    ...(await Promise.all(
      Object.entries(policy.groups).map(async ([name, group]) => checkGroup(directory, name, group)),
    )),
  ];
}

const manifest = z.object({ oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }) });

/** What watching channels takes besides: in the manifest it stands in comments. */
const WATCHING = ["channels:history", "groups:history"];

function checkScopes({ response_metadata: metadata }: WebAPICallResult, { leaks }: Policy): Finding[] {
  const path = fileURLToPath(new URL("../../manifest.yml", import.meta.url));
  const { bot } = manifest.parse(parse(readFileSync(path, "utf8"))).oauth_config.scopes;
  const given = metadata?.scopes ?? [];
  const lacking = (scopes: string[], mend: string): Finding[] => {
    const missing = scopes.filter((scope) => !given.includes(scope));
    return missing.length === 0 ? [] : [wrong(`It lacks the scope ${missing.join(", ")}.`, mend)];
  };
  const watching = leaks["watch-channels"] ? WATCHING : [];
  const own = bot.filter((scope) => !watching.includes(scope));
  const found = [...lacking(own, REINSTALL), ...lacking(watching, WATCHED)];
  return found.length > 0
    ? found
    : [well(`It has the scopes that it needs: ${[...own, ...watching].join(", ")}.`)];
}

/** Where cards and messages are posted, by what for. */
function channelsOf({ channels, expiry: { team } }: Policy): [string, string][] {
  return [
    ...Object.entries(channels),
    ...(team !== undefined && isChannel(team) ? [["expiry's team", team] satisfies [string, string]] : []),
  ];
}

async function checkDelivery(config: Config["slack"]): Promise<Finding> {
  if (config.mode.kind === "http") {
    return note(
      `Slack delivers to port ${config.mode.port}; whether it gets there, and the signing secret, show with the first /apikey.`,
    );
  }
  const app = new WebClient(config.mode.appToken.reveal(), {
    ...apiUrl(config),
    retryConfig: { retries: 0 },
    timeout: 5000,
  });
  try {
    await app.apps.connections.open();
    return well("Socket Mode can be connected to.");
  } catch (error) {
    return wrong(
      `Socket Mode cannot be connected to (${nameOf(error)}).`,
      "Check SLACK_APP_TOKEN, which needs connections:write, and that Socket Mode is on.",
    );
  }
}

/** Posts where Slack posts a card, but to the bot alone: asking in words would take a scope more. */
async function checkChannel(
  { ui }: SlackClients,
  what: string,
  { id, self }: { id: string; self: string },
): Promise<Finding> {
  try {
    await ui.chat.postEphemeral({ channel: id, user: self, text: "A check: nobody sees this." });
    return well(`The channel for ${what}, ${id}, can be posted to.`);
  } catch (error) {
    return wrong(
      `The channel for ${what}, ${id}, cannot be posted to (${nameOf(error)}).`,
      "Check its id in the policy, and say in it: /invite @Portcullis",
    );
  }
}

async function checkGroup(directory: Directory, name: string, group: Group): Promise<Finding> {
  try {
    return "people" in group
      ? await checkPeople(directory, name, group.people)
      : await checkSlackGroup(directory, name, group["slack-group"]);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : error;
    return wrong(`The group ${name} cannot be read (${nameOf(cause)}).`, REINSTALL);
  }
}

async function checkPeople(
  directory: Directory,
  name: string,
  people: readonly PersonId[],
): Promise<Finding> {
  const known = await Promise.all(people.map(async (id) => directory.readPerson(id)));
  const others = people.filter((_, i) => known[i]?.kind !== "member");
  return others.length === 0
    ? well(`The group ${name} names ${people.length}, all members of the workspace.`)
    : wrong(`In the group ${name}, ${others.join(", ")} never count: no members.`, "Correct the policy.");
}

async function checkSlackGroup(directory: Directory, name: string, id: string): Promise<Finding> {
  const members = await directory.readMembers(id);
  if (members === undefined) {
    const mend =
      "Check its id in the policy. Without a paid plan there are no groups: name people one by one.";
    return wrong(`Slack has no user group ${id}, which is ${name} in the policy.`, mend);
  }
  return members.length === 0
    ? wrong(`The group ${name} (${id}) has no members.`, "Nobody can decide for it: add somebody in Slack.")
    : well(`The group ${name} (${id}) has ${members.length} in it.`);
}

/** Slack's name for what is wrong; never what was sent or answered. */
function nameOf(error: unknown): string {
  const refused = slackError(error);
  if (refused !== undefined) return refused;
  return error instanceof Error && "code" in error ? String(error.code) : "no answer";
}
