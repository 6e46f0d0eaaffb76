import { z } from "zod";

const values = z.record(z.string(), z.record(z.string(), z.looseObject({ type: z.string() })));

const place = z.union([z.object({ channel: z.string(), ts: z.string() }), z.object({ view: z.string() })]);

export const openSession = z.object({ user: z.string() });

export const sendMessage = z.object({
  channel: z.string(),
  text: z.string().min(1).max(40_000),
  threadTs: z.string().exactOptional(),
});

export const act = z.object({
  in: place,
  blockId: z.string(),
  actionId: z.string(),
  chosen: z.record(z.string(), z.unknown()).exactOptional(),
  values: values.exactOptional(),
});

export const askOptions = z.object({
  in: place,
  blockId: z.string(),
  actionId: z.string(),
  query: z.string(),
  values: values.exactOptional(),
});

export const submitView = z.object({ view: z.string(), values });

export const closeView = z.object({ view: z.string(), all: z.boolean().exactOptional() });

export const openConversation = z.object({
  channel: z.string(),
  tab: z.enum(["home", "messages", "about"]).exactOptional(),
});

export const shortcut = z.discriminatedUnion("type", [
  z.object({ type: z.literal("global"), app: z.string(), callbackId: z.string() }),
  z.object({
    type: z.literal("message"),
    app: z.string(),
    callbackId: z.string(),
    channel: z.string(),
    ts: z.string(),
  }),
]);

export const faults = z.object({
  rules: z.array(
    z.object({
      fault: z.enum([
        "http_429",
        "http_500",
        "hang",
        "cut_before",
        "cut_after",
        "internal_error",
        "drop_ack",
        "delay_delivery",
        "deliver_twice",
        "socket_close",
        "socket_disconnect",
      ]),
      method: z.string().exactOptional(),
      times: z.int().positive().exactOptional(),
      seconds: z.number().nonnegative().exactOptional(),
      reason: z
        .enum(["warning", "refresh_requested", "link_disabled", "too_many_websockets"])
        .exactOptional(),
    }),
  ),
  away: z.array(z.string()),
});

const timeZone = z.string().refine((tz) => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: tz }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}, "not a time zone that this machine knows");

export const changePerson = z.object({
  kind: z.enum(["member", "guest", "deactivated", "stranger"]).exactOptional(),
  realName: z.string().min(1).exactOptional(),
  title: z.string().exactOptional(),
  tz: timeZone.exactOptional(),
});

export const changeGroup = z.object({ users: z.array(z.string()) });

export const createChannel = z.object({
  name: z.string().regex(/^[\p{Ll}\p{N}_-]{1,80}$/u),
  private: z.boolean().default(false),
  members: z.array(z.string()).default([]),
});

export const changeChannel = z.object({
  archived: z.boolean().exactOptional(),
  add: z.array(z.string()).default([]),
  remove: z.array(z.string()).default([]),
});
