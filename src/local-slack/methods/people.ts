import { isJson } from "../json.ts";
import { groupJson, userJson } from "../listings.ts";
import { enterprise } from "../payload.ts";
import { ApiError, type Call, type Method, page } from "./method.ts";

/** An org-wide install has to say which workspace it means (R44). */
function assertTeam({ slack, app, args }: Call): void {
  const teamId = args.string("team_id");
  if (teamId !== undefined && teamId !== slack.workspace.team.id) throw new ApiError("team_not_found");
  if (teamId === undefined && app.manifest.settings.org_deploy_enabled)
    throw new ApiError("missing_argument", {
      response_metadata: { messages: ["[ERROR] missing required field: team_id"] },
    });
}

// R41, R42.
export const peopleMethods: Record<string, Method> = {
  "users.info": {
    scopes: ["users:read"],
    tier: 4,
    run({ slack, app, args }) {
      const person = slack.workspace.people.get(args.required("user", "user_not_found"));
      if (person === undefined) throw new ApiError("user_not_found");
      return { user: userJson(person, slack.workspace, app.scopes.includes("users:read.email")) };
    },
  },

  "users.lookupByEmail": {
    scopes: ["users:read.email"],
    tier: 3,
    run({ slack, args }) {
      const email = args.required("email", "users_not_found").toLowerCase();
      const found = [...slack.workspace.people.values()]
        .filter(({ kind }) => kind === "member" || kind === "guest")
        .map((person) => userJson(person, slack.workspace, true))
        .find(({ profile }) => isJson(profile) && profile["email"] === email);
      if (found === undefined) throw new ApiError("users_not_found");
      return { user: found };
    },
  },

  "users.list": {
    scopes: ["users:read"],
    tier: 2,
    run(call) {
      assertTeam(call);
      const { slack, app, args } = call;
      const own = [...slack.workspace.people.values()].filter(({ kind }) => kind !== "stranger");
      const { items, next } = page(own, args);
      const withEmail = app.scopes.includes("users:read.email");
      return { members: items.map((person) => userJson(person, slack.workspace, withEmail)), ...next };
    },
  },

  "usergroups.list": {
    scopes: ["usergroups:read"],
    tier: 2,
    run(call) {
      assertTeam(call);
      const { slack, args } = call;
      const withUsers = args.flag("include_users");
      return {
        usergroups: [...slack.workspace.groups.values()].map((group) => {
          const { users, ...rest } = groupJson(group, slack.workspace.team.id);
          return withUsers ? { ...rest, users } : rest;
        }),
      };
    },
  },

  "usergroups.users.list": {
    scopes: ["usergroups:read"],
    tier: 2,
    run(call) {
      assertTeam(call);
      const group = call.slack.workspace.groups.get(call.args.required("usergroup"));
      if (group === undefined) throw new ApiError("no_such_subteam");
      return { users: group.users };
    },
  },

  "team.info": {
    scopes: ["team:read"],
    tier: 3,
    run({ slack, app }) {
      const { team } = slack.workspace;
      const orgWide = app.manifest.settings.org_deploy_enabled;
      return {
        team: {
          ...team,
          email_domain: "example.com",
          icon: {},
          ...(orgWide && { enterprise_id: enterprise.id, enterprise_name: enterprise.name }),
        },
      };
    },
  },

  "bots.info": {
    scopes: ["users:read"],
    tier: 3,
    run({ slack, args }) {
      const bot = args.string("bot");
      const app = slack.apps.all().find(({ botId }) => botId === bot);
      if (app === undefined) throw new ApiError("bot_not_found");
      return {
        bot: {
          id: app.botId,
          app_id: app.appId,
          user_id: app.botUserId,
          name: app.name,
          deleted: false,
          icons: {},
        },
      };
    },
  },
};
