import type { App } from "@slack/bolt";
import type { UsersInfoResponse } from "@slack/web-api";
import { Fault } from "../domain/fault.ts";
import { type Locale, personId, type PersonId } from "../domain/values.ts";
import type { PersonKind } from "../domain/refusal.ts";
import { checkTimeZone } from "../domain/typed.ts";
import type { Context, Directory, Person } from "../usecases/ports.ts";
import type { Store } from "../usecases/store-port.ts";
import type { Boundary } from "./boundary.ts";
import type { SlackClients, Tenant } from "./connection/clients.ts";
import { type Delivery, deliveryOf } from "./connection/delivery.ts";
import { slackError } from "./connection/slack-error.ts";

type SlackUser = NonNullable<UsersInfoResponse["user"]>;

/** Slack's own knowledge of people and groups (R41, R42), read anew at each call. Throws `slack-unreachable`. */
export function slackDirectory(clients: SlackClients): Directory {
  return {
    async readPerson(id) {
      const answer = await read("users.info", ["user_not_found", "user_not_visible"], async () =>
        clients.ui.users.info({ user: id, include_locale: true }),
      );
      if (answer === undefined) return undefined;
      // An answer without it is none of Slack's, and says nothing of the person.
      if (answer.user === undefined) throw new Fault("slack-unreachable", "users.info: no person");
      const tenant = await read("auth.test", [], async () => clients.tenant());
      return tenant === undefined ? undefined : personOf(id, answer.user, tenant);
    },
    async readMembers(slackGroup) {
      const answer = await read(
        "usergroups.users.list",
        ["no_such_subteam", "plan_upgrade_required"],
        async () => clients.ui.usergroups.users.list({ usergroup: slackGroup }),
      );
      if (answer === undefined) return undefined;
      const { users: members } = answer;
      if (members === undefined) throw new Fault("slack-unreachable", "usergroups.users.list: no people");
      return members.flatMap((id) => personId.safeParse(id).data ?? []);
    },
  };
}

/** `undefined` for the errors that mean "there is no such thing"; any other failure lets nobody through. */
async function read<Answer>(
  method: string,
  none: readonly string[],
  call: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await call();
  } catch (cause) {
    const why = slackError(cause);
    if (why !== undefined && none.includes(why)) return undefined;
    throw new Fault("slack-unreachable", method, { cause });
  }
}

function personOf(id: PersonId, user: SlackUser, tenant: Tenant): Person {
  const name = user.profile?.display_name || user.real_name || user.name || id;
  return {
    id,
    kind: kindOf(id, user, tenant),
    name,
    timeZone: zoneOf(user.tz),
    locale: localeOf(user.locale),
  };
}

/** What sort of account counts as what. Whoever is not surely a full member of our tenant is not one. */
function kindOf(id: PersonId, user: SlackUser, tenant: Tenant): PersonKind {
  if (user.is_stranger === true || !belongs(user, tenant)) return "stranger";
  if (user.deleted === true || user.is_invited_user === true) return "deactivated";
  if (user.is_bot === true || id === "USLACKBOT") return "bot";
  if (user.is_restricted === true || user.is_ultra_restricted === true) return "guest";
  return "member";
}

/** `is_stranger` misses people of Slack Connect who share a channel, so the tenant is compared too (R41). */
function belongs(user: SlackUser, tenant: Tenant): boolean {
  if (user.team_id === tenant.team) return true;
  const grid = user.enterprise_user;
  return (
    tenant.enterprise !== undefined &&
    grid?.enterprise_id === tenant.enterprise &&
    (grid.teams ?? []).includes(tenant.team)
  );
}

/** Slack's list of zones and ours may differ by a release; nobody shall be unable to ask because of that. */
function zoneOf(zone = ""): string {
  return checkTimeZone(zone) === undefined ? zone : "UTC";
}

function localeOf(locale: string | undefined): Locale {
  return locale?.startsWith("ja") === true ? "ja-JP" : "en-US";
}

/**
 * Forgets what has changed, so that the next decision reads it anew (R42), and has it looked at soon
 * whether somebody is left who could decide, and whether an owner of keys has left.
 */
export function watchPeople(
  app: App,
  boundary: Boundary,
  { store, clock, log }: Pick<Context, "store" | "clock" | "log">,
): void {
  const noted = async (delivery: Delivery, write: () => Promise<void>): Promise<void> => {
    try {
      await write();
    } catch (error) {
      // What is cached is at most a minute old for whatever lets somebody do something.
      log.warn({ err: error }, "a change of people could not be noted");
      delivery.failed();
    }
  };
  const forget = async (
    delivery: Delivery,
    what: Parameters<Store["forget"]>[0],
    reach = true,
  ): Promise<void> =>
    noted(delivery, async () => {
      await store.forget(what);
      if (reach) await store.callTurn("reach");
    });
  app.event("subteam_updated", async ({ event, context }) =>
    boundary.awaited(forget(deliveryOf(context), { slackGroup: event.subteam.id })),
  );
  app.event("subteam_members_changed", async ({ event, context }) =>
    boundary.awaited(forget(deliveryOf(context), { slackGroup: event.subteam_id })),
  );
  app.event("user_change", async ({ event, context }) => {
    const id = personId.safeParse(event.user.id);
    if (!id.success) return;
    const delivery = deliveryOf(context);
    // Profiles change all day long; who could decide changes when an account does.
    const { deleted, is_restricted, is_ultra_restricted } = event.user;
    const change = async (): Promise<void> => {
      await forget(delivery, { person: id.data }, deleted || is_restricted || is_ultra_restricted);
      await noted(delivery, () => store.personChanged(id.data, deleted));
      // What was not to be told to somebody who had left.
      if (!deleted) await noted(delivery, () => store.cardsWait(id.data, clock()));
    };
    await boundary.awaited(change());
  });
}
