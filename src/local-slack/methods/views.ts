import { limits } from "../block-kit/limits.ts";
import { messageProblems, type Told, viewProblems } from "../block-kit/validate.ts";
import { isJson, type Json } from "../json.ts";
import { type KeptView, type Modal, stackLimit } from "../modals.ts";
import type { Trigger } from "../triggers.ts";
import { ApiError, type Call, type Method } from "./method.ts";

const pointer = (message: string, at: string): string => `[ERROR] ${message} [json-pointer:${at}]`;

/** A valid view, or `invalid_arguments` with what is wrong (2.5). */
function viewOf(call: Call, surface: "modal" | "home"): Json {
  const view = call.args.json("view", "invalid_arguments");
  const problems = viewProblems(view, surface);
  if (problems.length > 0 || !isJson(view))
    throw new ApiError("invalid_arguments", {
      response_metadata: { messages: problems.map(({ line }) => line) },
    });
  if (Buffer.byteLength(JSON.stringify(view)) > limits.viewBytes.max) throw new ApiError("view_too_large");
  return view;
}

function triggerOf({ slack, app, args }: Call): { id: string; trigger: Trigger } {
  const id = args.required("trigger_id");
  const trigger = slack.triggers.check(id, app.appId);
  if (!("error" in trigger)) return { id, trigger };
  const messages = [pointer("`trigger_id` is not valid", "/trigger_id")];
  throw new ApiError(trigger.error, { response_metadata: { messages } });
}

function assertNewExternalId({ slack, app }: Call, view: Json, except?: Modal): void {
  const id = view["external_id"];
  if (id === undefined || id === "" || except?.view["external_id"] === id) return;
  if (slack.modals.hasExternalId(app.appId, id)) throw new ApiError("duplicate_external_id");
}

function assertHash({ args }: Call, kept: KeptView | undefined): void {
  const hash = args.string("hash");
  if (hash !== undefined && kept !== undefined && hash !== kept.hash) throw new ApiError("hash_conflict");
}

function answer({ slack, app }: Call, kept: KeptView | Modal): Json {
  return { view: slack.payloads.view(kept, app, kept.values) };
}

function problemsAnswer(error: string, problems: Told[]): Json {
  if (problems.length === 0) return {};
  throw new ApiError(error, {
    errors: problems.map(({ pointer: at, message, constraint }) => ({
      pointer: at,
      code: "failed_constraint",
      message,
      constraint,
    })),
  });
}

// R22, R25 to R27.
export const viewMethods: Record<string, Method> = {
  "views.open": {
    scopes: [],
    tier: 4,
    run(call) {
      const { slack, app } = call;
      const { id, trigger } = triggerOf(call);
      const view = viewOf(call, "modal");
      assertNewExternalId(call, view);
      slack.triggers.burn(id);
      const session = slack.sessions.find(trigger.session);
      // The person has left meanwhile: Slack has nobody to show it to and says so no better.
      if (session === undefined) throw new ApiError("expired_trigger_id");
      return answer(call, slack.modals.open(session, app.appId, view));
    },
  },

  "views.push": {
    scopes: [],
    tier: 4,
    run(call) {
      const { slack, app } = call;
      const { id, trigger } = triggerOf(call);
      const view = viewOf(call, "modal");
      assertNewExternalId(call, view);
      const below = slack.modals.find(trigger.view ?? "");
      if (below === undefined) throw new ApiError("invalid_trigger_id");
      if (below.session.modals.length >= stackLimit) throw new ApiError("push_limit_reached");
      slack.triggers.burn(id);
      return answer(call, slack.modals.push(below.session, app.appId, view));
    },
  },

  "views.update": {
    scopes: [],
    tier: 4,
    run(call) {
      const { slack, app, args } = call;
      const id = args.string("view_id");
      const externalId = args.string("external_id");
      if (id === undefined && externalId === undefined) args.required("view_id");
      const modal = slack.modals
        .all()
        .find(
          (one) =>
            one.app === app.appId &&
            (id === undefined ? one.view["external_id"] === externalId : one.id === id),
        );
      if (modal !== undefined) {
        assertHash(call, modal);
        const view = viewOf(call, "modal");
        assertNewExternalId(call, view, modal);
        slack.modals.update(modal, view);
        return answer(call, modal);
      }
      const home = slack.homes.find(id ?? "");
      if (home === undefined || home.app !== app.appId) throw new ApiError("not_found");
      assertHash(call, home);
      return answer(call, slack.homes.publish(app.appId, home.user, viewOf(call, "home")));
    },
  },

  "views.publish": {
    scopes: [],
    tier: 4,
    run(call) {
      const { slack, app, args } = call;
      if (!app.manifest.features.app_home.home_tab_enabled) throw new ApiError("not_enabled");
      const user = args.required("user_id");
      const person = slack.workspace.people.get(user);
      if (person === undefined || person.kind === "bot") throw new ApiError("invalid_arguments");
      assertHash(call, slack.homes.get(app.appId, user));
      return answer(call, slack.homes.publish(app.appId, user, viewOf(call, "home")));
    },
  },

  "blocks.validate": {
    scopes: [],
    tier: "special",
    run({ args }) {
      const given = ["blocks", "message", "view"].filter((name) => args.string(name) !== undefined);
      const [name = ""] = given;
      if (given.length !== 1) throw new ApiError("invalid_arguments");
      const value = args.json(name, "invalid_arguments");
      if (name === "blocks") return problemsAnswer("invalid_blocks", messageProblems(value));
      if (name === "message")
        return problemsAnswer(
          "invalid_message",
          messageProblems(isJson(value) ? (value["blocks"] ?? []) : value),
        );
      const home = isJson(value) && value["type"] === "home";
      return problemsAnswer("invalid_view", viewProblems(value, home ? "home" : "modal"));
    },
  },
};
