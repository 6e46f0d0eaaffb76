import { z } from "zod";
import { personId } from "../../domain/values.ts";

/*
 * What we read of Slack's payloads, and nothing else of them: whatever Slack adds, or leaves empty,
 * passes. A signature says that a payload came from Slack, not that it is what our listeners take it for.
 */

const text = z.string();
/** What we hand back to Slack, which takes no half characters. */
const handle = text.regex(/^[!-~]{1,200}$/);
const flag = z.union([z.boolean(), z.enum(["true", "false"])]).nullish();
/** Bolt takes it for the name of a member of an object: "constructor" is one of every object's. */
const tenantId = text.regex(/^(?:[TE][A-Z0-9]{1,20})?$/);
const tenant = z.object({ id: tenantId, enterprise_id: tenantId.nullish() }).nullish();

const option = z.object({ value: text, text: z.object({ text }) });
const value = z.object({
  value: text.nullish(),
  selected_date: z.iso.date().nullish(),
  selected_time: text.nullish(),
  selected_user: text.nullish(),
  selected_option: option.nullish(),
  selected_options: z.array(option).nullish(),
});
/** Slack writes an empty object as a list now and then (slack-go#943). */
const nothing = z.array(z.never());
const view = z.object({
  id: handle,
  type: z.enum(["modal", "home"]),
  hash: handle,
  callback_id: text,
  private_metadata: text,
  app_installed_team_id: tenantId.nullish(),
  state: z.object({
    values: z.union([z.record(z.string(), z.record(z.string(), value)), nothing]),
  }),
});
const action = z.object({
  action_id: text,
  action_ts: text,
  selected_option: option.nullish(),
});

const interaction = {
  user: z.object({ id: personId, team_id: tenantId.nullish() }),
  team: tenant,
  enterprise: tenant,
  is_enterprise_install: flag,
};
const place = text.regex(/^[A-Z][A-Z0-9]{1,20}$/);
const stamp = text.regex(/^\d{1,12}\.\d{1,9}$/);
const channel = z.object({ id: place });

const interactive = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("block_actions"),
    ...interaction,
    trigger_id: handle,
    response_url: text.nullish(),
    container: z.object({
      channel_id: place.nullish(),
      message_ts: stamp.nullish(),
      is_ephemeral: z.boolean().nullish(),
    }),
    channel: channel.optional(),
    actions: z.array(action).min(1),
    view: view.optional(),
  }),
  z.object({ type: z.literal("shortcut"), ...interaction, callback_id: text, trigger_id: handle }),
  z.object({
    type: z.literal("message_action"),
    ...interaction,
    callback_id: text,
    response_url: text,
    channel,
    message: z.object({ ts: stamp }),
  }),
  z.object({
    type: z.literal("view_submission"),
    ...interaction,
    view,
    response_urls: z.array(z.object({ response_url: text })).optional(),
  }),
  z.object({
    type: z.literal("block_suggestion"),
    ...interaction,
    action_id: text,
    block_id: text,
    value: text,
    channel: channel.optional(),
  }),
]);

const command = z.object({
  command: text.startsWith("/"),
  text,
  user_id: personId,
  team_id: tenantId,
  enterprise_id: tenantId.nullish(),
  is_enterprise_install: flag,
  trigger_id: handle,
  response_url: text,
});

/** Bolt looks into these, whatever the event. */
const named = z.union([text, z.object({})]).optional();
const looked = { user: named, channel: named, item: z.object({}).optional() };
const READ = ["app_home_opened", "message", "user_change", "subteam_updated", "subteam_members_changed"];
const happening = z.union([
  z.object({ ...looked, type: text.refine((type) => !READ.includes(type)) }),
  z.object({ ...looked, type: z.literal("app_home_opened"), user: personId, tab: text.nullish() }),
  z.object({ ...looked, type: z.literal("message"), channel: place, ts: stamp.optional() }),
  z.object({ ...looked, type: z.literal("user_change"), user: z.object({ id: text }) }),
  z.object({ ...looked, type: z.literal("subteam_updated"), subteam: z.object({ id: text }) }),
  z.object({ ...looked, type: z.literal("subteam_members_changed"), subteam_id: text }),
]);
const event = z.object({
  type: z.literal("event_callback"),
  team_id: tenantId.nullish(),
  enterprise_id: tenantId.nullish(),
  authorizations: z
    .array(z.object({ team_id: tenantId.nullish(), enterprise_id: tenantId.nullish() }))
    .nullish(),
  event: happening,
});

const payload = z.union([command, interactive, event]);

/** Whether it is something that we listen to, and all that we read of it is as Slack sends it. */
export function isInForm(body: unknown): boolean {
  return payload.safeParse(body).success;
}

const tenantOf = z.object({ id: text }).optional().catch(undefined);
const anybody = z.union([
  z
    .object({
      user: z.object({ id: personId, team_id: text.optional().catch(undefined) }),
      team: tenantOf,
    })
    .transform(({ user, team }) => ({ by: user.id, team: user.team_id ?? team?.id })),
  z
    .object({ user_id: personId, team_id: text.optional().catch(undefined) })
    .transform(({ user_id: by, team_id: team }) => ({ by, team })),
]);

/** Who sent it, and from which workspace, as far as that can be read. */
export function senderOf(body: unknown): z.infer<typeof anybody> | undefined {
  return anybody.safeParse(body).data;
}
