import { nearestNames } from "../../domain/near-names.ts";
import type { Refusal } from "../../domain/refusal.ts";
import type { Instant, PersonId } from "../../domain/values.ts";
import type { Role } from "../../domain/wants.ts";
import { asMember, DECIDING, isIn, refused } from "../people.ts";
import type { Context } from "../ports.ts";

/** Roles on one page of a list (a message of Slack's has 50 blocks). */
const PAGE = 10;
/** Keys that are looked at for whose they are; of more, the count says enough. */
const LOOKED_AT = 500;
/** Counting ends here. */
const MOST_COUNTED = 100_000;
const MOST_NEAR = 3;

/** Which keys have a role, as the inventory last saw them. */
export type Touched = {
  keys: number;
  /** Names of some of them, in order. */
  names: string[];
  /** Whose those are; `more`: of keys beyond those looked at nobody knows. */
  owners: PersonId[];
  more: boolean;
  asOf: Instant;
};

export type RolesPage = {
  roles: { role: Role; keys: number | undefined }[];
  text: string;
  /** From 0. */
  page: number;
  pages: number;
  total: number;
  /** This person may ask for changes to roles. */
  mayAsk: boolean;
};

/** One page of the roles whose name has this text in it, in order of name. Throws manager and Slack faults. */
export async function listRoles(
  context: Context,
  { by, text, page }: { by: PersonId; text: string; page: number },
): Promise<RolesPage | { refusal: Refusal }> {
  const member = await asMember(context, by, DECIDING);
  if ("refusal" in member) return refused(context, by, `person:${by}`, member.refusal);
  const wanted = text.trim().toLowerCase();
  const found = (await context.manager.roles())
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .toSorted((a, b) => a.name.localeCompare(b.name) || a.id - b.id);
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  const shown = Math.min(Math.max(0, page), pages - 1);
  const synced = (await context.store.inventoryState()) !== undefined;
  const roles = await Promise.all(
    found.slice(shown * PAGE, (shown + 1) * PAGE).map(async (role) => ({
      role,
      keys: synced ? await context.store.countKeys(havingRole(role.id), MOST_COUNTED) : undefined,
    })),
  );
  const mayAsk = await isIn(context, context.policy().policy.approvers, by, DECIDING);
  return { roles, text: text.trim(), page: shown, pages, total: found.length, mayAsk };
}

/** A role as anybody may see it. */
export type RoleSeen = {
  role: Role;
  touched: Touched | undefined;
  mayAsk: boolean;
  /** Patterns of the rights that the policy calls dangerous. */
  dangerous: readonly string[];
};

/** One role, by ID or exact name, with who has it; `mayAsk`: this person may ask for changes to it. */
export async function showRole(
  context: Context,
  { by, text }: { by: PersonId; text: string },
): Promise<RoleSeen | { refusal: Refusal }> {
  const no = async (refusal: Refusal) => refused(context, by, `person:${by}`, refusal);
  const member = await asMember(context, by, DECIDING);
  if ("refusal" in member) return no(member.refusal);
  const found = await roleMeant(context, text);
  if ("refusal" in found) return no(found.refusal);
  const { approvers, "dangerous-rights": dangerous } = context.policy().policy;
  const mayAsk = await isIn(context, approvers, by, DECIDING);
  return { role: found.role, touched: await touchedBy(context, found.role.id), mayAsk, dangerous };
}

/** The role that a text means: a bare number is an ID, anything else an exact name, letter case aside. */
export async function roleMeant(
  { manager }: Context,
  text: string,
): Promise<{ role: Role } | { refusal: Refusal }> {
  const asked = text.trim();
  const wanted = asked.toLowerCase();
  const roles = await manager.roles();
  const isId = /^\d+$/.test(asked);
  const role = roles.find((each) => (isId ? each.id === Number(asked) : each.name.toLowerCase() === wanted));
  if (role !== undefined) return { role };
  const names = roles.map(({ name }) => name);
  const near = asked === "" ? [] : nearestNames(asked, names, MOST_NEAR);
  return { refusal: { reason: "no-such-role", asked, near } };
}

/** `undefined`: the inventory has not been read yet. */
export async function touchedBy({ store }: Context, role: number): Promise<Touched | undefined> {
  const state = await store.inventoryState();
  if (state === undefined) return undefined;
  const keys = await store.countKeys(havingRole(role), MOST_COUNTED);
  const { keys: some, more } = await store.findKeys(havingRole(role), { limit: LOOKED_AT });
  const owners = new Set(some.map(({ owner }) => owner).filter((owner) => owner !== undefined));
  return {
    keys,
    names: some.map(({ name }) => name),
    owners: [...owners],
    more,
    asOf: state.asOf,
  };
}

function havingRole(role: number): [{ on: "roleId"; is: number }] {
  return [{ on: "roleId", is: role }];
}
