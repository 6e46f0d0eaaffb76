import type { SQLOutputValue } from "node:sqlite";
import type { FastifyRequest } from "fastify";
import type { Rights, Role } from "../manager/wire.ts";
import type { ManagerDatabase } from "./database.ts";
import { callerOf, jsonBody, pathID, type Route } from "./exchange.ts";
import { Refused } from "./refused.ts";
import { auditorRights, fullAccessRights, holds } from "./rights.ts";
import { compileSearch, type SearchField } from "./search.ts";

/** The built-in role that may do everything; the first user has it (contract 4.4). */
export const FULL_ACCESS = 1;

/** The fields by which roles can be searched (contract 4.2). */
const ROLE_FIELDS: ReadonlyMap<string, SearchField> = new Map([
  ["name", { kind: "String", sql: "fold(name)" }],
  ["description", { kind: "String", sql: "fold(description)" }],
  ["canOnlyManipulateUsersWithEqualOrLesserRights", { kind: "Boolean", sql: "only_equal_rights" }],
  ["allComputers", { kind: "Boolean", sql: "all_computers" }],
  ["allPolicies", { kind: "Boolean", sql: "all_policies" }],
  ["allowUserInterface", { kind: "Boolean", sql: "allow_user_interface" }],
  ["allowWebService", { kind: "Boolean", sql: "allow_web_service" }],
]);

export type RoleRecords = ReturnType<typeof roleRecords>;

/** The roles, held in memory because every call needs one; the built-in two are made at first start. */
export function roleRecords({ sql, transaction }: ManagerDatabase) {
  const all = sql.prepare("SELECT * FROM roles ORDER BY id");
  if (all.get() === undefined) transaction(() => insertBuiltIn(sql));
  const byID = new Map(all.all().map((row) => [Number(row["id"]), toRole(row)]));

  return {
    find: (id: number): Role | undefined => byID.get(id),
    list: (): Role[] => [...byID.values()],
    search(body: unknown): Role[] {
      const { where, values, limit } = compileSearch(body, ROLE_FIELDS, "id");
      const found = sql.prepare(`SELECT * FROM roles WHERE ${where} ORDER BY id LIMIT ?`);
      return found.all(...values, limit).map(toRole);
    },
  };
}

/** List, search and describe of /roles (contract 4.1). */
export function roleRoutes(roles: RoleRecords): Route[] {
  return [
    {
      path: "/roles",
      methods: {
        GET: (request) => {
          requireView(request);
          return { roles: roles.list() };
        },
      },
    },
    {
      path: "/roles/search",
      methods: {
        POST: (request) => {
          const body = jsonBody(request);
          requireView(request);
          return { roles: roles.search(body) };
        },
      },
    },
    {
      path: String.raw`/roles/:ID(^\d+$)`,
      methods: {
        GET: (request) => {
          requireView(request);
          const role = roles.find(pathID(request));
          if (role === undefined) throw new Refused("roleMissing");
          return role;
        },
      },
    },
  ];
}

function requireView(request: FastifyRequest): void {
  if (!holds(callerOf(request).role, "platformRights.administratorRoleRights.canViewAdministratorRoles"))
    throw new Refused("viewRoles");
}

function insertBuiltIn(sql: ManagerDatabase["sql"]): void {
  const insert = sql.prepare(
    `INSERT INTO roles (id, name, description, immutable, only_equal_rights, all_computers, all_policies,
       allow_user_interface, allow_web_service, allow_link, allow_migration, rights)
     VALUES (?, ?, '', ?, 0, 1, 1, 1, 1, ?, ?, ?)`,
  );
  // The last two flags change things, so the read-only role is not given them; no real value is known.
  insert.run(FULL_ACCESS, "Full Access", 1, 1, 1, JSON.stringify(fullAccessRights));
  insert.run(2, "Auditor", 0, 0, 0, JSON.stringify(auditorRights));
}

/** In the order of real answers; the lists of computers and policies are absent while "all" is true. */
function toRole(row: Record<string, SQLOutputValue>): Role {
  const name = String(row["name"]);
  return {
    name,
    description: String(row["description"]),
    urn: `urn:tmds:identity::0:role/${name}`,
    immutable: row["immutable"] === 1,
    canOnlyManipulateUsersWithEqualOrLesserRights: row["only_equal_rights"] === 1,
    allComputers: row["all_computers"] === 1,
    allPolicies: row["all_policies"] === 1,
    allowUserInterface: row["allow_user_interface"] === 1,
    allowWebService: row["allow_web_service"] === 1,
    allowManageWorkloadSecurityLink: row["allow_link"] === 1,
    allowMigration: row["allow_migration"] === 1,
    rights: JSON.parse(String(row["rights"])) as Rights,
    ID: Number(row["id"]),
  };
}
