import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import type { Secret } from "../domain/secret.ts";
import type { Trust } from "../domain/trust.ts";
import type { Manager } from "../usecases/ports.ts";
import { CALLS_PER_MINUTE, managerOver } from "./client.ts";
import { RateBudget } from "./rate-budget.ts";
import { roleWriting, type RoleWriting } from "./role-writing.ts";
import { call, exchange, type Transport } from "./transport.ts";
import { connectionsTo } from "./trust.ts";
import { session } from "./wire.ts";

export type SignIn = {
  /** Ends in /api. */
  url: string;
  trust: Trust;
  userName: string;
  password: Secret;
  tenantName?: string;
  mfaCode?: string;
  /** Milliseconds for one operation. */
  timeoutMs: number;
};

/** The manager as a person who signed in; `close` signs out, which a manager of few sessions needs (contract 5). */
export type ManagerSession = Manager & RoleWriting & { close(): Promise<void> };

/**
 * Signs in with a name and a password (contract 5). Throws `manager-refused-credentials` for whatever
 * is wrong with them, too many sessions included: a manager says no more.
 */
export async function openSession(given: SignIn): Promise<ManagerSession> {
  const { url, trust, userName, password, tenantName, mfaCode, timeoutMs } = given;
  const dispatcher = connectionsTo(trust);
  const plain = { "api-version": "v1", "content-type": "application/json" };
  const budget = new RateBudget(CALLS_PER_MINUTE);
  const transport: Transport = { url, headers: plain, dispatcher, budget, timeoutMs };
  const signIn = async (): Promise<Transport> => {
    const { answer, headers } = await exchange(transport, {
      method: "POST",
      path: "/sessions",
      body: {
        userName,
        password: password.reveal(),
        ...(tenantName !== undefined && { tenantName }),
        ...(mfaCode !== undefined && { mfaCode }),
      },
      read: session,
      retries: 0,
    });
    const cookie = [headers["set-cookie"]].flat()[0]?.split(";")[0];
    if (cookie === undefined) throw new Fault("manager-bad-answer", "POST /sessions (no cookie)");
    return { ...transport, headers: { ...plain, rID: answer.RID, cookie } };
  };
  try {
    const signed = await signIn();
    return {
      ...managerOver(signed),
      ...roleWriting(signed),
      close: async () => {
        try {
          await call(signed, { method: "DELETE", path: "/sessions/current", read: z.unknown(), retries: 2 });
        } finally {
          await dispatcher.close();
        }
      },
    };
  } catch (error) {
    await dispatcher.close();
    throw error;
  }
}
