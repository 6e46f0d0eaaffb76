import { lackingRights, NEEDED, OWN_ROLE } from "../domain/own-rights.ts";
import type { Secret } from "../domain/secret.ts";
import type { Role } from "../domain/wants.ts";
import type { ManagerSession } from "../manager/session.ts";
import type { ManagedKey, Manager, OwnKey } from "../usecases/ports.ts";

/* The steps by which our own key and its role come to be, through the session of somebody who may. */

export type OwnInPlace = { key: ManagedKey; role: Role | undefined; granted: string[] };

/** Where the name is taken, a replacement has this one until it takes its place. */
const nextName = (name: string): string => `${name}-next`;

/** Our own key, if it is there, and its role; one that was made for it is given the rights that it lacks. */
export async function findOwnKey(session: ManagerSession, name: string): Promise<OwnInPlace | undefined> {
  const key = (await session.keyNamed(name)) ?? (await session.keyNamed(nextName(name)));
  if (key === undefined) return undefined;
  const role = await session.role(key.role);
  if (role?.name !== OWN_ROLE) return { key, role, granted: [] };
  const granted = lackingRights(role);
  if (granted.length === 0) return { key, role, granted };
  return { key, role: await session.grantRights(role.id, granted), granted };
}

/**
 * The role for our own key: Full Access where roles are to be changed, since a manager lets nobody
 * hand out rights that they lack (contract 2.4), else one with the rights that are needed, and no more.
 */
export async function roleForOwnKey(session: ManagerSession, changesRoles: boolean): Promise<Role> {
  const roles = await session.roles();
  if (changesRoles) {
    const full = roles.find((role) => role.immutable);
    if (full === undefined) throw new Error("The manager shows no role with full access to this user.");
    return full;
  }
  const found = roles.find((role) => role.name === OWN_ROLE);
  if (found === undefined) {
    const description = "For the key that Portcullis works with, and for no other";
    return session.createRoleForKeys({ name: OWN_ROLE, description, rights: NEEDED });
  }
  const lacking = lackingRights(found);
  return lacking.length === 0 ? found : session.grantRights(found.id, lacking);
}

/** Works with a new secret as Portcullis will. */
type Prover = { describeCurrent(): Promise<OwnKey> };

/**
 * Makes our own key beside the one that it may replace, hands its secret over, and proves it with a
 * call. Where that goes wrong the new key is deleted and the old one is as it was.
 */
export async function makeOwnKey(
  session: ManagerSession,
  wish: { name: string; role: Role; replacing: ManagedKey | undefined },
  handOver: (secret: Secret) => Prover,
): Promise<ManagedKey> {
  const { name, role, replacing } = wish;
  const inTheWay = replacing !== undefined && sameName(replacing.name, name);
  if (inTheWay) {
    // Left by a replacement that was cut short; its name is needed.
    const left = await session.keyNamed(nextName(name));
    if (left !== undefined) await session.deleteKey(left.id);
  }
  const { key, secret } = await session.createKey({
    name: inTheWay ? nextName(name) : name,
    description: "The key that Portcullis works with",
    role: role.id,
    locale: "en-US",
    timeZone: "Etc/UTC",
    active: true,
  });
  try {
    const own = await handOver(secret).describeCurrent();
    if (own.id !== key.id) throw new Error(`The new secret belongs to key ${own.id}, not to key ${key.id}.`);
    return key;
  } catch (error) {
    await session.deleteKey(key.id);
    throw error;
  }
}

/** Deletes the key that was replaced; the new one takes its name. */
export async function retireKey(
  session: Pick<ManagerSession, "deleteKey">,
  old: ManagedKey,
  { name, prover }: { name: string; prover: Pick<Manager, "modifyCurrent"> },
): Promise<void> {
  await session.deleteKey(old.id);
  if (sameName(old.name, name)) await prover.modifyCurrent({ name });
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
