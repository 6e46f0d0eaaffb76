import { createHash } from "node:crypto";
import { type WebClient, WebAPIRateLimitedError } from "@slack/web-api";
import type { Place } from "../domain/card.ts";
import { Fault, type FaultCode } from "../domain/fault.ts";
import type { PersonId } from "../domain/values.ts";
import type { Messages } from "../usecases/ports.ts";
import type { CardContent, LeakCard, RequestCard } from "../usecases/card-content.ts";
import { named } from "./card-name.ts";
import type { SlackClients } from "./connection/clients.ts";
import { adoptionCard } from "./views/adoption-card.ts";
import { claimCard } from "./views/claim-card.ts";
import { deadSecretCard } from "./views/dead-secret-card.ts";
import { departedCard } from "./views/departed-card.ts";
import { keyReminderCard } from "./views/key-reminder-card.ts";
import { headMessage } from "./views/head-message.ts";
import { homeView, lookOf } from "./views/home.ts";
import { leakCard, ownerLeakCard } from "./views/leak-card.ts";
import { lockoutCard } from "./views/lockout-card.ts";
import { ownerLockoutCard, timelineCard } from "./views/lockout-messages.ts";
import { outcomeCard } from "./views/outcome-card.ts";
import { outsideCard } from "./views/outside-card.ts";
import { privateNote } from "./views/private-note.ts";
import { requestCard } from "./views/request-card.ts";
import { secondClaimCard } from "./views/second-claim-card.ts";
import { escalationCard, reminderCard, stuckCard } from "./views/waiting-cards.ts";
import { secretMessage } from "./views/secret-message.ts";
import { isLasting, isNobody, slackError } from "./connection/slack-error.ts";
import type { Message } from "./words/words.ts";

/** The answers of Slack's that prove that an ephemeral message was not shown; any other proves nothing. */
const NOT_SHOWN = new Set(
  (
    "channel_not_found is_archived messages_tab_disabled msg_blocks_too_long msg_too_long no_text not_in_channel " +
    "restricted_action restricted_action_thread_locked user_not_in_channel user_not_found user_not_visible " +
    "invalid_blocks invalid_blocks_format invalid_arguments invalid_arg_name invalid_post_type missing_argument " +
    "account_inactive accesslimited ekm_access_denied invalid_auth missing_scope no_permission not_authed " +
    "not_allowed_token_type team_access_not_granted token_expired token_revoked"
  ).split(" "),
);

/** A message of ours that can be drawn no more (R38). */
const GONE = new Set(["message_not_found", "cant_update_message", "edit_window_closed"]);

/** What Slack says of a person's own conversation with us, where it is closed. */
const CLOSED = new Set(["channel_not_found", "is_archived", "not_in_channel"]);

/** Everything that we write into Slack of our own accord. */
export function slackMessages(clients: SlackClients): Messages {
  return {
    async draw(content) {
      try {
        return await draw(clients.notify, content);
      } catch (error) {
        throw "person" in content.card.to ? withNobody(error) : error;
      }
    },
    async showSecret(showing) {
      const channel = await asFault(
        "conversations.open",
        async () => openDm(clients.secret, showing.to),
        "slack-refused",
      );
      try {
        const message = { channel, user: showing.to, ...secretMessage(showing) };
        proving((await clients.secret.chat.postEphemeral(message)).message_ts, "chat.postEphemeral");
      } catch (cause) {
        // Only an answer of Slack's that says so proves that nothing was shown. The cause stays
        // behind: it may hold the message.
        const error = slackError(cause) ?? "";
        if (NOT_SHOWN.has(error)) throw new Fault("slack-refused", `chat.postEphemeral: ${error}`);
        throw new Fault("slack-uncertain", "chat.postEphemeral");
      }
    },
    async publishHome(content, lookBefore) {
      const view = homeView(content);
      const look = createHash("sha256").update(lookOf(view)).digest("hex");
      if (look !== lookBefore) {
        const { person: user_id } = content;
        const published = await asFault("views.publish", async () =>
          clients.notify.views.publish({ user_id, view }),
        );
        proving(published.view?.id, "views.publish");
      }
      return look;
    },
    async postHead(channel, posting) {
      return post(clients.notify, channel, headMessage(posting));
    },
    async tell(person, note) {
      await post(clients.notify, await openDirect(clients.notify, person), privateNote(note));
    },
  };
}

async function draw(client: WebClient, content: CardContent): Promise<Place> {
  const { id, place, to } = content.card;
  const message = named(look(content), id);
  const thread = "thread" in content ? content.thread : undefined;
  if (place !== undefined) {
    const { ts } = await asFault("chat.update", async () => client.chat.update({ ...at(place), ...message }));
    proving(ts, "chat.update");
    return place;
  }
  const channel = thread?.channel ?? ("channel" in to ? to.channel : await openDirect(client, to.person));
  return post(client, channel, message, thread);
}

/** A channel that is closed to us somebody may open at any time; a person who is not there stays away. */
function withNobody(error: unknown): unknown {
  if (!(error instanceof Fault) || error.code !== "slack-refused") return error;
  const why = slackError(error.cause) ?? "";
  return isNobody(why) || CLOSED.has(why)
    ? new Fault("slack-nobody", error.message, { cause: error.cause })
    : error;
}

/** Says something to one person in our own direct message with them. */
export async function sayDirectly(clients: SlackClients, person: PersonId, message: Message): Promise<void> {
  await post(clients.notify, await openDirect(clients.ui, person), message);
}

/** Shares a file with one person in our own direct message. Throws `slack-…`. */
export async function shareFile(
  clients: SlackClients,
  person: PersonId,
  { name, title, bytes }: { name: string; title: string; bytes: Buffer },
): Promise<void> {
  const channel_id = await openDirect(clients.ui, person);
  await asFault("files.uploadV2", async () =>
    clients.uploads.files.uploadV2({ channel_id, filename: name, title, file: bytes }),
  );
}

function look(content: CardContent): Message {
  if ("report" in content) return outsideCard(content);
  if ("leak" in content) return leakLook(content);
  if ("adoption" in content) return adoptionCard(content);
  if ("reminder" in content) return keyReminderCard(content);
  if ("departure" in content) return departedCard(content);
  if ("timeline" in content) return timelineCard(content);
  if ("held" in content) return ownerLockoutCard(content);
  if ("lockout" in content) return lockoutCard(content);
  return requestLook(content);
}

function leakLook(content: LeakCard): Message {
  return content.card.kind === "leak" ? leakCard(content) : ownerLeakCard(content);
}

function requestLook(content: RequestCard): Message {
  switch (content.card.kind) {
    case "approval":
      return requestCard(content);
    case "claim":
      return claimCard(content);
    case "outcome":
      return outcomeCard(content);
    case "second-claim":
      return secondClaimCard(content);
    case "dead-secret":
      return deadSecretCard(content);
    case "reminder":
      return reminderCard(content);
    case "escalation":
      return escalationCard(content);
    case "stuck":
      return stuckCard(content);
    case "outside":
    case "adoption":
    case "leak":
    case "owner-leak":
    case "key-reminder":
    case "team-reminder":
    case "departed":
    case "lockout":
    case "lockout-timeline":
    case "lockout-owner":
      throw new Error(`a ${content.card.kind} card shows no request`);
  }
}

/** `thread`: the message below which it is to stand. */
async function post(client: WebClient, channel: string, message: Message, thread?: Place): Promise<Place> {
  const below = thread === undefined ? {} : { thread_ts: thread.ts };
  const { ts, channel: posted } = await asFault("chat.postMessage", async () =>
    client.chat.postMessage({ channel, ...message, ...below, unfurl_links: false, unfurl_media: false }),
  );
  return { channel: posted ?? channel, ts: proving(ts, "chat.postMessage") };
}

/** What only Slack can answer: without it, "ok" is some other's, and nobody knows what was done. */
function proving(made: string | undefined, method: string): string {
  if (made === undefined) throw new Fault("slack-uncertain", `${method}: no answer of Slack's`);
  return made;
}

async function openDirect(client: WebClient, person: PersonId): Promise<string> {
  return asFault("conversations.open", async () => openDm(client, person));
}

/** Our own direct message: one that was opened by somebody else is closed to us (R35). */
async function openDm(client: WebClient, person: PersonId): Promise<string> {
  const { channel } = await client.conversations.open({ users: person });
  if (channel?.id === undefined) throw new Fault("slack-unreachable", "conversations.open: no channel");
  return channel.id;
}

function at({ channel, ts }: Place): { channel: string; ts: string } {
  return { channel, ts };
}

/** What Slack refused by name is `slack-refused` with that name; the rest may work when tried again. */
async function asFault<Answer>(
  method: string,
  call: () => Promise<Answer>,
  always?: "slack-refused",
): Promise<Answer> {
  try {
    return await call();
  } catch (cause) {
    const { code, why } = reading(cause);
    throw new Fault(always ?? code, why === "" ? method : `${method}: ${why}`, { cause });
  }
}

function reading(cause: unknown): { code: FaultCode; why: string } {
  if (cause instanceof WebAPIRateLimitedError) {
    return { code: "slack-unreachable", why: `rate limited, again in ${cause.retryAfter} s` };
  }
  const why = slackError(cause);
  if (why !== undefined && GONE.has(why)) return { code: "slack-message-gone", why };
  return { code: isLasting(why) ? "slack-refused" : "slack-unreachable", why: why ?? "" };
}
