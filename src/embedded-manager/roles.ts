import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { role, searchFilter } from "../manager/wire.ts";
import type { RefusalName } from "./decisions.ts";
import { exceeds, limitedToEquals } from "./escalation.ts";
import { callerOf, jsonBody, type Operation, pathID, readAs, requireRight, type Route } from "./exchange.ts";
import { Refused } from "./refused.ts";
import { rightsAnswer } from "./rights.ts";
import { changedRole, newRole, roleInput, type StoredRole } from "./role-change.ts";
import { ROLE_FIELDS, type RoleRecords } from "./role-records.ts";
import { compileSearch } from "./search.ts";

const answered = role.extend({ rights: rightsAnswer });
const listAnswered = z.object({ roles: z.array(answered) });

/** The six operations on roles (contract 4.1); bodies are read before rights are asked (2.3). */
export function roleRoutes(roles: RoleRecords): Route[] {
  return [
    { path: "/roles", methods: { GET: listRoles(roles), POST: createRole(roles) } },
    { path: "/roles/search", methods: { POST: searchRoles(roles) } },
    {
      path: String.raw`/roles/:ID(^\d+$)`,
      methods: { GET: describeRole(roles), POST: modifyRole(roles), DELETE: deleteRole(roles) },
    },
  ];
}

function listRoles(roles: RoleRecords): Operation {
  return {
    operationId: "listAdministratorRoles",
    answer: listAnswered,
    handle: (request) => {
      requireRight(request, "administratorRoleRights.canViewAdministratorRoles", "viewRoles");
      return { roles: roles.list().map(answer) };
    },
  };
}

function searchRoles(roles: RoleRecords): Operation {
  return {
    operationId: "searchAdministratorRoles",
    body: searchFilter,
    answer: listAnswered,
    handle: (request) => {
      const body = jsonBody(request);
      requireRight(request, "administratorRoleRights.canViewAdministratorRoles", "viewRoles");
      return { roles: roles.search(compileSearch(body, ROLE_FIELDS, "id")).map(answer) };
    },
  };
}

function describeRole(roles: RoleRecords): Operation {
  return {
    operationId: "describeAdministratorRole",
    answer: answered,
    handle: (request) => {
      requireRight(request, "administratorRoleRights.canViewAdministratorRoles", "viewRoles");
      return answer(existing(roles, request));
    },
  };
}

function createRole(roles: RoleRecords): Operation {
  return {
    operationId: "createAdministratorRole",
    body: roleInput,
    answer: answered,
    handle: (request) => {
      const body = jsonBody(request);
      requireRight(request, "administratorRoleRights.canCreateNewAdministratorRoles", "createRoles");
      const input = readAs(roleInput, body);
      if (input.name === undefined) throw new Refused("memberMissing", "name");
      const wanted = changedRole(newRole(input.name, limitedToEquals(callerOf(request).role)), input);
      if (roles.nameTaken(wanted.name, 0)) throw new Refused("duplicateRole");
      withinCaller(request, { ...wanted, ID: 0 }, "createRoles");
      return answer(roles.create(wanted));
    },
  };
}

function modifyRole(roles: RoleRecords): Operation {
  return {
    operationId: "modifyAdministratorRole",
    body: roleInput,
    answer: answered,
    handle: (request) => {
      const body = jsonBody(request);
      requireRight(request, "administratorRoleRights.canEditAdministratorRoleProperties", "modifyRoles");
      const present = existing(roles, request);
      if (present.immutable) throw new Refused("modifyRoles");
      const wanted = changedRole(present, readAs(roleInput, body));
      if (roles.nameTaken(wanted.name, present.ID)) throw new Refused("duplicateRole");
      withinCaller(request, present, "modifyRoles");
      withinCaller(request, wanted, "modifyRoles");
      return answer(roles.update(wanted));
    },
  };
}

function deleteRole(roles: RoleRecords): Operation {
  return {
    operationId: "deleteAdministratorRole",
    handle: (request, reply) => {
      requireRight(request, "administratorRoleRights.canDeleteAdministratorRoles", "deleteRoles");
      const present = existing(roles, request);
      if (present.immutable) throw new Refused("deleteRoles");
      withinCaller(request, present, "deleteRoles");
      if (roles.inUse(present.ID)) throw new Refused("roleInUse");
      roles.remove(present.ID);
      return reply.send();
    },
  };
}

function existing(roles: RoleRecords, request: FastifyRequest): StoredRole {
  const found = roles.find(pathID(request));
  if (found === undefined) throw new Refused("roleMissing");
  return found;
}

/** Nobody makes, changes or deletes a role that has what their own lacks (contract 2.4). */
function withinCaller(request: FastifyRequest, role: Omit<StoredRole, "urn">, refusal: RefusalName): void {
  if (exceeds(role, callerOf(request).role)) throw new Refused(refusal);
}

/** In the order of real answers; the lists are absent while the matching "all" is true (contract 4.2). */
function answer(stored: StoredRole) {
  const { name, description, urn, computerIDs, computerGroupIDs, policyIDs, ID, ...rest } = stored;
  return {
    name,
    description,
    urn,
    ...rest,
    ...(!stored.allComputers && { computerIDs, computerGroupIDs }),
    ...(!stored.allPolicies && { policyIDs }),
    ID,
  };
}
