import { randomBytes } from "node:crypto";
import { signIn } from "../manager/wire.ts";
import { SETTINGS } from "./decisions.ts";
import { callerOf, jsonBody, readAs, type Route } from "./exchange.ts";
import { Refused } from "./refused.ts";
import { sameBytes } from "./secrets.ts";
import type { User, UserRecords } from "./users.ts";

type Session = { sID: string; rID: string; userID: number; created: number; lastActivity: number };

export type Sessions = ReturnType<typeof openSessions>;

/** Who is signed in. Kept in memory: a restart signs everybody out. Times in ms. */
export function openSessions(now: () => number) {
  const sessions = new Map<string, Session>();

  function dropIdle(): void {
    for (const [sID, { lastActivity }] of sessions)
      if (now() - lastActivity >= SETTINGS.sessionIdle) sessions.delete(sID);
  }

  return {
    /** Throws a refusal when the user has as many sessions as one may have (contract 5). */
    open(user: User): Session {
      dropIdle();
      const mine = [...sessions.values()].filter(({ userID }) => userID === user.ID);
      if (mine.length >= SETTINGS.sessionsPerUser) throw new Refused("tooManySessions", `[${user.name}]`);
      const started = now();
      const [sID, rID] = [token(), token()];
      const session = { sID, rID, userID: user.ID, created: started, lastActivity: started };
      sessions.set(sID, session);
      return session;
    },

    /** The living session of a cookie, if the request ID belongs to it; its idle time starts again. */
    resume(sID: string, rID: string): Session | undefined {
      dropIdle();
      const session = sessions.get(sID);
      if (session === undefined || !sameBytes(Buffer.from(session.rID), Buffer.from(rID))) return undefined;
      session.lastActivity = now();
      return session;
    },

    close: (sID: string): void => void sessions.delete(sID),
  };
}

/** Sign in and sign out (contract 5). */
export function sessionRoutes(sessions: Sessions, users: UserRecords): Route[] {
  return [
    {
      path: "/sessions",
      open: true,
      methods: {
        POST: async (request, reply) => {
          const { userName, password } = readAs(signIn, jsonBody(request));
          const user = await users.authenticate(userName, password);
          if (user === undefined) throw new Refused("signInRefused");
          const { sID, rID, created, lastActivity } = sessions.open(user);
          // Always Secure, as the product sends it: clients echo the text themselves, also over http.
          reply.header("Set-Cookie", `sID=${sID}; Path=/; Secure; HttpOnly`);
          return { administratorID: user.ID, created, lastActivity, accessType: "webService", RID: rID };
        },
      },
    },
    {
      path: "/sessions/current",
      methods: {
        DELETE: (request, reply) => {
          const caller = callerOf(request);
          if (caller.kind !== "session") throw new Refused("sessionMissing");
          sessions.close(caller.sID);
          return reply.send();
        },
      },
    },
  ];
}

function token(): string {
  return randomBytes(16).toString("hex").toUpperCase();
}
