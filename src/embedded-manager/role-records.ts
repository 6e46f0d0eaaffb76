import type { SQLOutputValue } from "node:sqlite";
import type { Rights } from "../manager/wire.ts";
import { fold, type ManagerDatabase } from "./database.ts";
import { auditorRights, fullAccessRights } from "./rights.ts";
import { newRole, type StoredRole } from "./role-change.ts";
import type { Search, SearchField } from "./search.ts";

/** The fields by which roles can be searched (contract 4.2). */
export const ROLE_FIELDS: ReadonlyMap<string, SearchField> = new Map([
  ["name", { kind: "String", sql: "fold(name)" }],
  ["description", { kind: "String", sql: "fold(description)" }],
  ["canOnlyManipulateUsersWithEqualOrLesserRights", { kind: "Boolean", sql: "only_equal_rights" }],
  ["allComputers", { kind: "Boolean", sql: "all_computers" }],
  ["allPolicies", { kind: "Boolean", sql: "all_policies" }],
  ["allowUserInterface", { kind: "Boolean", sql: "allow_user_interface" }],
  ["allowWebService", { kind: "Boolean", sql: "allow_web_service" }],
]);

const COLUMNS = `name, description, immutable, only_equal_rights, all_computers, all_policies,
  allow_user_interface, allow_web_service, allow_link, allow_migration, rights, computer_ids,
  computer_group_ids, policy_ids`;

export type RoleRecords = ReturnType<typeof roleRecords>;

/** The roles, held in memory because every call needs one; the built-in two are made at first start. */
export function roleRecords({ sql, statement, transaction }: ManagerDatabase) {
  const insert = sql.prepare(`INSERT INTO roles (${COLUMNS}) VALUES (${COLUMNS.replaceAll(/\w+/g, "?")})`);
  const update = sql.prepare(
    `UPDATE roles SET (${COLUMNS}) = (${COLUMNS.replaceAll(/\w+/g, "?")}) WHERE id = ?`,
  );
  const remove = sql.prepare("DELETE FROM roles WHERE id = ?");
  const used = sql.prepare(
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM keys WHERE role_id = ?1) OR EXISTS (SELECT 1 FROM users WHERE role_id = ?1)",
  );
  const all = sql.prepare("SELECT * FROM roles ORDER BY id");
  if (all.get() === undefined)
    transaction(() => {
      for (const role of builtIn()) insert.run(...columns(role));
    });
  const byID = new Map(all.all().map((row) => [Number(row["id"]), toRole(row)]));

  return {
    find: (id: number): StoredRole | undefined => byID.get(id),
    list: (): StoredRole[] => [...byID.values()],

    search({ where, values, limit }: Search): StoredRole[] {
      const found = statement(`SELECT * FROM roles WHERE ${where} ORDER BY id LIMIT ?`);
      return found.all(...values, limit).map(toRole);
    },

    /** Whether another role has this name; letter case does not matter, as with keys. */
    nameTaken: (name: string, id: number): boolean =>
      byID.values().some((role) => role.ID !== id && fold(role.name) === fold(name)),

    /** Whether a key or a user has this role. */
    inUse: (id: number): boolean => used.get(id) !== undefined,

    create(role: Omit<StoredRole, "ID" | "urn">): StoredRole {
      const ID = Number(insert.run(...columns(role)).lastInsertRowid);
      const made = { ...role, urn: urnOf(role.name), ID };
      byID.set(ID, made);
      return made;
    },

    update(role: StoredRole): StoredRole {
      update.run(...columns(role), role.ID);
      const next = { ...role, urn: urnOf(role.name) };
      byID.set(role.ID, next);
      return next;
    },

    remove(id: number): void {
      remove.run(id);
      byID.delete(id);
    },
  };
}

/** Full Access gets ID 1 and Auditor ID 2, as everywhere (contract 4.4). */
function builtIn(): Omit<StoredRole, "ID" | "urn">[] {
  // Link and migration change things, so the read-only role is not given them; no real value is known.
  const flags = { allowManageWorkloadSecurityLink: true, allowMigration: true, immutable: true };
  return [
    { ...newRole("Full Access", false), ...flags, allowWebService: true, rights: fullAccessRights },
    { ...newRole("Auditor", false), allowWebService: true, rights: auditorRights },
  ];
}

/** On-premises primary tenant; the space of a name stays as it is (contract 4.2). */
function urnOf(name: string): string {
  return `urn:tmds:identity::0:role/${name}`;
}

function columns(role: Omit<StoredRole, "ID" | "urn">) {
  return [
    role.name,
    role.description,
    Number(role.immutable),
    Number(role.canOnlyManipulateUsersWithEqualOrLesserRights),
    Number(role.allComputers),
    Number(role.allPolicies),
    Number(role.allowUserInterface),
    Number(role.allowWebService),
    Number(role.allowManageWorkloadSecurityLink),
    Number(role.allowMigration),
    JSON.stringify(role.rights),
    JSON.stringify(role.computerIDs),
    JSON.stringify(role.computerGroupIDs),
    JSON.stringify(role.policyIDs),
  ] as const;
}

/** In the order of real answers. */
function toRole(row: Record<string, SQLOutputValue>): StoredRole {
  const name = String(row["name"]);
  return {
    name,
    description: String(row["description"]),
    urn: urnOf(name),
    immutable: row["immutable"] === 1,
    canOnlyManipulateUsersWithEqualOrLesserRights: row["only_equal_rights"] === 1,
    allComputers: row["all_computers"] === 1,
    allPolicies: row["all_policies"] === 1,
    allowUserInterface: row["allow_user_interface"] === 1,
    allowWebService: row["allow_web_service"] === 1,
    allowManageWorkloadSecurityLink: row["allow_link"] === 1,
    allowMigration: row["allow_migration"] === 1,
    rights: JSON.parse(String(row["rights"])) as Rights,
    computerIDs: idsIn(row["computer_ids"]),
    computerGroupIDs: idsIn(row["computer_group_ids"]),
    policyIDs: idsIn(row["policy_ids"]),
    ID: Number(row["id"]),
  };
}

function idsIn(column: SQLOutputValue | undefined): number[] {
  return JSON.parse(String(column)) as number[];
}
