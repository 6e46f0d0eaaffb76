import { parse } from "yaml";
import { z } from "zod";

const command = z.object({
  command: z.string().regex(/^\/[a-z0-9_-]+$/),
  description: z.string().default(""),
  usage_hint: z.string().default(""),
  url: z.string().optional(),
  should_escape: z.boolean().default(false),
});

const shortcut = z.object({
  name: z.string(),
  type: z.enum(["global", "message"]),
  callback_id: z.string(),
  description: z.string().default(""),
});

const schema = z.object({
  display_information: z.object({ name: z.string().min(1), description: z.string().optional() }),
  features: z
    .object({
      bot_user: z.object({ display_name: z.string(), always_online: z.boolean().optional() }).optional(),
      app_home: z
        .object({
          home_tab_enabled: z.boolean().default(false),
          messages_tab_enabled: z.boolean().default(true),
          messages_tab_read_only_enabled: z.boolean().default(false),
        })
        .prefault({}),
      slash_commands: z.array(command).default([]),
      shortcuts: z.array(shortcut).default([]),
    })
    .prefault({}),
  oauth_config: z
    .object({ scopes: z.object({ bot: z.array(z.string()).default([]) }).prefault({}) })
    .prefault({}),
  settings: z
    .object({
      event_subscriptions: z
        .object({ request_url: z.string().optional(), bot_events: z.array(z.string()).default([]) })
        .prefault({}),
      interactivity: z
        .object({
          is_enabled: z.boolean().default(false),
          request_url: z.string().optional(),
          message_menu_options_url: z.string().optional(),
        })
        .prefault({}),
      socket_mode_enabled: z.boolean().default(false),
      org_deploy_enabled: z.boolean().default(false),
    })
    .prefault({}),
});

/** What of Slack's app manifest decides how an app behaves here. */
export type Manifest = z.infer<typeof schema>;

/** Reads an app manifest, YAML or JSON. Throws an `Error` that lists all that is wrong with it. */
export function parseManifest(text: string): Manifest {
  const result = schema.safeParse(yaml(text));
  if (!result.success) throw new Error(`The manifest is not valid:\n${z.prettifyError(result.error)}`);
  return result.data;
}

function yaml(text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The manifest is not valid:\n${why}`, { cause });
  }
}
