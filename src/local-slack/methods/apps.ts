import { enterprise } from "../payload.ts";
import { ApiError, type Method } from "./method.ts";

export const appMethods: Record<string, Method> = {
  "api.test": {
    scopes: [],
    tier: 4,
    run({ args }) {
      const error = args.string("error");
      if (error !== undefined) throw new ApiError(error, { args: { error } });
      return { args: {} };
    },
  },

  "auth.test": {
    scopes: [],
    tier: "special",
    run({ slack, app }) {
      const { team } = slack.workspace;
      const orgWide = app.manifest.settings.org_deploy_enabled;
      return {
        url: `https://${team.domain}.slack.com/`,
        team: team.name,
        user: slack.workspace.people.get(app.botUserId)?.name,
        team_id: team.id,
        user_id: app.botUserId,
        bot_id: app.botId,
        is_enterprise_install: orgWide,
        ...(orgWide && { enterprise_id: enterprise.id }),
      };
    },
  },

  // R15.
  "apps.connections.open": {
    scopes: ["connections:write"],
    tier: 3,
    token: "app",
    run({ slack, app }) {
      if (app.delivery.mode !== "socket") throw new ApiError("socket_mode_not_enabled");
      const url = `${slack.responseUrls.base.replace(/^http/, "ws")}/link/?ticket=${slack.sockets.ticket(app.appId)}`;
      return { url: `${url}&app_id=${app.appId}` };
    },
  },
};
