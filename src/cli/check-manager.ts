import type { Config } from "../config.ts";
import { Fault } from "../domain/fault.ts";
import { lackingRights, mayChangeRoles, OWN_KEY } from "../domain/own-rights.ts";
import type { Policy } from "../domain/policy.ts";
import type { When } from "../domain/rule.ts";
import { DAY, type Instant } from "../domain/values.ts";
import type { Role } from "../domain/wants.ts";
import { SETTINGS } from "../embedded-manager/decisions.ts";
import { CALLS_PER_MINUTE, managerClient } from "../manager/client.ts";
import { sharesOf } from "../manager/rate-budget.ts";
import { openSession } from "../manager/session.ts";
import type { ManagedKey, Manager } from "../usecases/ports.ts";
import { lookAtOwnKey } from "../usecases/whoami.ts";
import { type Finding, note, well, wrong } from "./findings.ts";
import { explainManager } from "./manager-faults.ts";

/** Milliseconds for one call. */
const PATIENCE = 10_000;
const SOON = 30 * DAY;

/** The manager: whether it is reached and trusted, and what our own key may do there, until when. */
export async function checkManager(config: Config["manager"], policy: Policy): Promise<Finding[]> {
  return config.kind === "remote" ? checkRemote(config, policy) : checkEmbedded(config, policy);
}

async function checkRemote(
  config: Extract<Config["manager"], { kind: "remote" }>,
  policy: Policy,
): Promise<Finding[]> {
  const { url, trust, callsPerMinute } = config;
  const client = managerClient({ ...config, timeoutMs: PATIENCE });
  try {
    const { own, role, lacking } = await lookAtOwnKey(client);
    return [
      well(`${url} is a manager${url.startsWith("https:") ? ", and its certificate is trusted" : ""}.`),
      ...checkKey(own, Date.now()),
      ...checkRights(role, lacking),
      ...(role === undefined ? [] : await checkRules(client, policy)),
      budgetInWords(callsPerMinute),
    ];
  } catch (error) {
    const explained = await explainManager(error, { url, trust });
    return [wrong(explained.wrong, explained.mend)];
  } finally {
    await client.close();
  }
}

/** Its key gets a new secret at each start, so it is looked at as its first user. */
async function checkEmbedded(
  { port, adminPassword, callsPerMinute }: Extract<Config["manager"], { kind: "embedded" }>,
  policy: Policy,
): Promise<Finding[]> {
  const url = `http://127.0.0.1:${port}/api`;
  const trust = { kind: "system" } as const;
  try {
    const session = await openSession({
      url,
      trust,
      userName: SETTINGS.firstUser,
      password: adminPassword,
      timeoutMs: PATIENCE,
    });
    try {
      const key = await session.keyNamed(OWN_KEY);
      const role = key && (await session.role(key.role));
      return [
        well(`The embedded manager runs at ${url}.`),
        ...(key === undefined ? [note(`It has no key ${OWN_KEY} yet.`)] : checkKey(key, Date.now())),
        ...(role === undefined ? [] : checkRights(role, lackingRights(role))),
        ...(await checkRules(session, policy)),
        budgetInWords(callsPerMinute),
      ];
    } finally {
      await session.close();
    }
  } catch (error) {
    if (error instanceof Fault && error.code === "manager-unreachable")
      return [note("The embedded manager does not run now; it starts with npm start.")];
    const explained = await explainManager(error, { url, trust });
    return [wrong(explained.wrong, explained.mend)];
  }
}

function checkKey({ id, name, expiresAt }: ManagedKey, now: Instant): Finding[] {
  const whose = well(`Portcullis works with the key ${name} (ID ${id}).`);
  if (expiresAt === undefined) return [whose, note("The key does not expire.")];
  const end = `The key expires on ${new Date(expiresAt).toISOString().slice(0, 10)}`;
  return expiresAt - now > SOON
    ? [whose, well(`${end}.`)]
    : [whose, wrong(`${end}, which is soon.`, "npm run portcullis -- first-key --replace")];
}

function checkRights(role: Role | undefined, lacking: readonly string[]): Finding[] {
  const name = role === undefined ? "its role" : `its role, ${role.name},`;
  const rights =
    lacking.length === 0
      ? well(`The key has the rights that it needs: ${name} lacks none.`)
      : wrong(
          `The key lacks rights: ${name} needs ${lacking.join(", ")}.`,
          "npm run portcullis -- first-key gives them to the role that it made; others are changed in the manager.",
        );
  const roles =
    role !== undefined && mayChangeRoles(role)
      ? note("Changes to roles can be carried out: the key has full access.")
      : note("Changes to roles are refused: the key would need full access for them.");
  return [rights, roles];
}

/**
 * A rule about a role that does not exist matches nothing, and an exception for one lets nothing
 * through, which nobody would notice.
 */
async function checkRules(manager: Pick<Manager, "roles">, policy: Policy): Promise<Finding[]> {
  const known = new Set((await manager.roles()).map((role) => role.name));
  const unknown = (whens: readonly (When | undefined)[]): string[] => [
    ...new Set(whens.flatMap((each) => each?.roles ?? []).filter((role) => !known.has(role))),
  ];
  return policy.rules.flatMap(({ name, when, except = [] }) =>
    [
      ...unknown([when]).map((role) => `is about a role ${role}`),
      ...unknown(except).map((role) => `makes an exception for a role ${role}`),
    ].map((does) =>
      wrong(
        `The rule "${name}" ${does}, which the manager does not have.`,
        "Correct its name in the policy, or make the role.",
      ),
    ),
  );
}

function budgetInWords(calls = CALLS_PER_MINUTE): Finding {
  const { ordinary, lock, unlock } = sharesOf(calls);
  return note(
    `It is called at most ${calls} times a minute: ${ordinary} for everything, ${lock} more for locking alone, ${unlock} more for unlocking alone.`,
  );
}
