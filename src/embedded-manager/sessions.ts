import { randomBytes } from "node:crypto";
import { session as sessionAnswered, signIn } from "../manager/wire.ts";
import { SETTINGS } from "./decisions.ts";
import {
  afterAnswer,
  callerOf,
  jsonBody,
  type ManagerLog,
  type Operation,
  readAs,
  type Route,
} from "./exchange.ts";
import type { LockOut } from "./lock-out.ts";
import { Refused } from "./refused.ts";
import { sameBytes } from "./secrets.ts";
import type { ManagerSettings } from "./settings.ts";
import type { User, UserRecords } from "./users.ts";

type Session = { sID: string; rID: string; userID: number; created: number; lastActivity: number };

export type Sessions = ReturnType<typeof openSessions>;

const MINUTE = 60_000;

/** Who is signed in. Kept in memory: a restart signs everybody out. Times in ms. */
export function openSessions(settings: ManagerSettings, now: () => number) {
  const idle = (settings.sessionIdleMinutes || Infinity) * MINUTE;
  const longest = (settings.sessionMinutes || Infinity) * MINUTE;
  // In the order in which they were opened.
  const sessions = new Map<string, Session>();

  function dropEnded(): void {
    for (const [sID, { created, lastActivity }] of sessions)
      if (now() - lastActivity >= idle || now() - created >= longest) sessions.delete(sID);
  }

  return {
    /** Where a user has as many sessions as one may have: throws a refusal, or ends the oldest (contract 5). */
    open(user: User): Session {
      dropEnded();
      const mine = [...sessions.values()].filter(({ userID }) => userID === user.ID);
      if (mine.length >= (settings.sessionsPerUser || Infinity)) {
        if (settings.sessionsExceeded === "refuse") throw new Refused("tooManySessions", `[${user.name}]`);
        sessions.delete(mine[0]?.sID ?? "");
      }
      const started = now();
      const [sID, rID] = [token(), token()];
      const session = { sID, rID, userID: user.ID, created: started, lastActivity: started };
      sessions.set(sID, session);
      return session;
    },

    /** The living session of a cookie, if the request ID belongs to it; its idle time starts again. */
    resume(sID: string, rID: string): Session | undefined {
      dropEnded();
      const session = sessions.get(sID);
      if (session === undefined || !sameBytes(Buffer.from(session.rID), Buffer.from(rID))) return undefined;
      session.lastActivity = now();
      return session;
    },

    close: (sID: string): void => void sessions.delete(sID),
  };
}

type Register = {
  sessions: Sessions;
  users: UserRecords;
  lockOut: LockOut;
  /** Counts a call and returns 0, or after how many seconds to try again. */
  count: (caller: number) => number;
  log: ManagerLog | undefined;
};

/** Sign in and sign out (contract 5). */
export function sessionRoutes(register: Register): Route[] {
  return [
    { path: "/sessions", open: true, methods: { POST: openSession(register) } },
    { path: "/sessions/current", methods: { DELETE: closeSession(register.sessions) } },
  ];
}

function openSession({ sessions, users, lockOut, count, log }: Register): Operation {
  let underWay = 0;
  return {
    operationId: "openSession",
    body: signIn,
    answer: sessionAnswered,
    handle: async (request, reply) => {
      // There is one tenant and no second factor, so tenantName and mfaCode have nothing to decide.
      const { userName, password } = readAs(signIn, jsonBody(request));
      if (underWay >= SETTINGS.signInsAtOnce) throw new Refused("tooManyCalls", "", 1);
      underWay += 1;
      const outcome = await users.authenticate(userName, password).finally(() => (underWay -= 1));
      if ("failed" in outcome) {
        const { failed } = outcome;
        if (failed !== undefined) afterAnswer(reply, () => users.countFailure(failed, lockOut), log);
        throw new Refused("signInRefused");
      }
      const wait = count(outcome.ID);
      if (wait > 0) throw new Refused("tooManyCalls", "", wait);
      const { sID, rID, created, lastActivity } = sessions.open(outcome);
      // Always Secure, as the product sends it: clients echo the text themselves, also over http.
      reply.header("Set-Cookie", `sID=${sID}; Path=/; Secure; HttpOnly`);
      return { administratorID: outcome.ID, created, lastActivity, accessType: "webService", RID: rID };
    },
  };
}

function closeSession(sessions: Sessions): Operation {
  return {
    operationId: "closeSession",
    handle: (request, reply) => {
      const caller = callerOf(request);
      if (caller.kind !== "session") throw new Refused("sessionMissing");
      sessions.close(caller.sID);
      return reply.send();
    },
  };
}

function token(): string {
  return randomBytes(16).toString("hex").toUpperCase();
}
