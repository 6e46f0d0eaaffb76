import { isJson } from "../json.ts";
import type { StoredFile } from "../files.ts";
import { ApiError, Args, assertCanPost, type Call, conversationOf, type Method } from "./method.ts";

const scopes = ["files:write"];

export const fileMethods: Record<string, Method> = {
  "files.getUploadURLExternal": {
    scopes,
    tier: 4,
    run({ slack, app, args }) {
      const length = args.number("length", 0);
      if (!Number.isInteger(length) || length <= 0) throw new ApiError("invalid_arguments");
      return slack.files.begin(app, args.required("filename"), length);
    },
  },

  // One message in the channel for all files of a call, with the comment as its text.
  "files.completeUploadExternal": {
    scopes,
    tier: 4,
    run(call) {
      const { slack, app, args } = call;
      const wanted = filesIn(args);
      const channel = args.string("channel_id");
      const conversation =
        channel === undefined ? undefined : conversationOf({ ...call, args: new Args({ channel }) });
      if (conversation !== undefined) assertCanPost(call, conversation);
      const files = wanted.map(({ id, title }) => {
        const file = slack.files.complete(app, id, title);
        if (file === undefined) throw new ApiError("file_not_found");
        return file;
      });
      const threadTs = args.string("thread_ts");
      if (conversation !== undefined)
        slack.messages.post({
          channel: conversation.id,
          user: app.botUserId,
          app: app.appId,
          text: args.string("initial_comment") ?? "",
          blocks: [],
          files: files.map(shown),
          ...(threadTs !== undefined && { threadTs }),
        });
      return { files: files.map(({ id, title }) => ({ id, title })) };
    },
  },
};

function filesIn(args: Args): { id: string; title?: string | undefined }[] {
  const given = args.json("files", "invalid_arguments");
  if (!Array.isArray(given) || given.length === 0) throw new ApiError("invalid_arguments");
  return given.map((each: unknown) => {
    if (!isJson(each) || typeof each["id"] !== "string") throw new ApiError("invalid_arguments");
    const { title } = each;
    return { id: each["id"], title: typeof title === "string" ? title : undefined };
  });
}

function shown({ id, name, title, size }: StoredFile): {
  id: string;
  name: string;
  title: string;
  size: number;
} {
  return { id, name, title, size };
}

/** Whether a person sees a conversation in which this file was shared. */
export function seesFile({ slack }: Pick<Call, "slack">, user: string, file: string): boolean {
  return [...slack.workspace.conversations.values()].some(
    (conversation) =>
      slack.workspace.sees(user, conversation) &&
      slack.messages.of(conversation.id).some((message) => message.files?.some(({ id }) => id === file)),
  );
}
