import type { PersonId } from "../domain/values.ts";
import { LookUps } from "../usecases/keys/look-ups.ts";
import type { Context } from "../usecases/ports.ts";
import { Boundary } from "./boundary.ts";
import { apiUrl, bridge, type SlackClients, type SlackConfig } from "./connection/clients.ts";
import { refuseReplays } from "./connection/freshness.ts";
import { connect, type Connecting } from "./connection/connect.ts";
import { GuardedApp } from "./connection/guarded-app.ts";
import { adoption } from "./listeners/adoption.ts";
import { audit } from "./listeners/audit.ts";
import { claim } from "./listeners/claim.ts";
import { assign, changeRole, extend } from "./listeners/ask-about-key.ts";
import { decide } from "./listeners/decide.ts";
import { deletion } from "./listeners/delete-key.ts";
import { edit } from "./listeners/edit-key.ts";
import { exporting } from "./listeners/export.ts";
import { helping } from "./listeners/help.ts";
import { home } from "./listeners/home.ts";
import type { Bot, Conversation } from "./interaction.ts";
import { leaking } from "./listeners/leak.ts";
import { list } from "./listeners/list.ts";
import { lockoutCard } from "./listeners/lockout-card.ts";
import { lockout } from "./listeners/lockout.ts";
import { lock, unlock } from "./listeners/lock-key.ts";
import { outside } from "./listeners/outside.ts";
import { reminding } from "./listeners/reminding.ts";
import { request } from "./listeners/request.ts";
import { requests } from "./listeners/requests.ts";
import { roleChange } from "./listeners/role-change.ts";
import { roles } from "./listeners/roles.ts";
import { rotate } from "./listeners/rotate-key.ts";
import { show } from "./listeners/show.ts";
import { why } from "./listeners/why.ts";
import { whoami } from "./listeners/whoami.ts";
import { watchPeople } from "./people.ts";
import { Port } from "./port.ts";
import { route } from "./routes.ts";
import { Sockets } from "./connection/sockets.ts";

/** In the order in which help names what they are for. */
export const CONVERSATIONS: readonly Conversation[] = [
  request,
  requests,
  why,
  list,
  show,
  exporting,
  audit,
  edit,
  extend,
  changeRole,
  rotate,
  lock,
  unlock,
  assign,
  deletion,
  lockout,
  lockoutCard,
  roles,
  whoami,
  decide,
  claim,
  roleChange,
  outside,
  adoption,
  leaking,
  reminding,
  home,
];

/** How long one call, or one answer by its URL, may take; milliseconds. */
const TIMEOUT = 5000;

/** Bolt gives up no answer by its URL, and whoever waits for one would never be told in another way. */
const inTime: typeof fetch = async (url, given) =>
  fetch(url, { signal: AbortSignal.timeout(TIMEOUT), ...given });

/** How long a stop may take, in milliseconds: less than the program has, which closes the store after it. */
const STOP = 11_000;

export type RunningSlack = {
  /** Where Slack's requests are taken, in HTTP mode. */
  port: number | undefined;
  /** How many sockets are up; in HTTP mode 1 for the port. */
  connected(): number;
  /** Lets go of Slack, and lets what is under way finish: eleven seconds at most. */
  stop(): Promise<void>;
};

/**
 * Connects to Slack, however long it cannot be reached, and answers what people do there. Throws
 * `SlackStartError` where Slack will not have us, and the signal's reason where it is given.
 */
export async function startSlack({
  config,
  context,
  clients,
  socketLost = () => {},
  lookUpsEach = Infinity,
  signal = new AbortController().signal,
  pause,
}: {
  config: SlackConfig;
  context: Context;
  clients: SlackClients;
  /** A socket has ended, and another one is on its way. */
  socketLost?: () => void;
  /** How often one person may look something up in the manager within a minute. */
  lookUpsEach?: number;
} & Partial<Pick<Connecting, "signal" | "pause">>): Promise<RunningSlack> {
  const receiver = receiverFor(config, context, socketLost);
  const bot = { context, clients };
  const boundary = new Boundary(bot);
  const app = new GuardedApp(bot, boundary, {
    token: config.botToken.reveal(),
    receiver,
    logger: bridge(context.log),
    clientOptions: {
      ...apiUrl(config),
      retryConfig: { retries: 1, minTimeout: 100 },
      timeout: TIMEOUT,
      rejectRateLimitedCalls: true,
      fetch: inTime,
    },
    convoStore: false,
    ignoreSelf: true,
    extendedErrorHandler: true,
    deferInitialization: true,
  });
  if (config.mode.kind === "http") app.use(refuseReplays(context));
  const lookUps = new LookUps(lookUpsEach);
  const botFor = (by: PersonId): Bot => ({ ...bot, context: lookUps.by(by, context) });
  route(app, { bot, botFor, boundary, conversations: [...CONVERSATIONS, helping(CONVERSATIONS)] });
  watchPeople(app, boundary, context);
  app.error(async ({ error }: { error: Error }) =>
    context.log.error({ err: error }, "a payload could not be taken"),
  );
  const { log } = context;
  const { mode } = config;
  await connect({ app, receiver, clients, mode, log, signal, ...(pause !== undefined && { pause }) });
  return {
    port: receiver instanceof Port ? receiver.number : undefined,
    connected: () => (receiver instanceof Sockets ? receiver.connected : 1),
    stop: async () => {
      const until = performance.now() + STOP;
      // Which waits for answers that Slack waits for, three seconds at most (R1); what goes on then needs no socket.
      await receiver.stop();
      if (!(await boundary.drained(until - performance.now())))
        log.warn({}, "what is still being handled is left to whoever comes after");
    },
  };
}

function receiverFor({ mode, ...config }: SlackConfig, { log }: Context, lost: () => void): Sockets | Port {
  switch (mode.kind) {
    case "socket":
      return new Sockets({
        appToken: mode.appToken.reveal(),
        clientOptions: () => ({
          ...apiUrl({ ...config, mode }),
          retryConfig: { retries: 0 },
          timeout: 10_000,
          rejectRateLimitedCalls: true,
        }),
        log,
        lost,
      });
    case "http":
      return new Port({ ...mode, signingSecret: mode.signingSecret.reveal(), log });
  }
}
