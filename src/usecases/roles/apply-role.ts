import { Fault } from "../../domain/fault.ts";
import { changedMembers } from "../../domain/role-diff.ts";
import type { Role, RoleDraft, Wants } from "../../domain/wants.ts";
import type { Manager } from "../ports.ts";

type RoleWants = Extract<Wants, { kind: "new-role" | "role-edit" | "role-delete" }>;

/** Carries an approved change to a role out, and believes it only when the manager's answer shows it. */
export async function changeRole(manager: Manager, wants: RoleWants): Promise<void> {
  switch (wants.kind) {
    case "new-role":
      await nameIsFree(manager, wants.draft.name);
      return mustShow(await manager.createRole(wants.draft), wants.draft);
    case "role-edit":
      await nameIsFree(manager, wants.draft.name, wants.roleId);
      return mustShow(await manager.modifyRole(wants.roleId, wants.draft), wants.draft);
    case "role-delete":
      return manager.deleteRole(wants.roleId);
  }
}

/** Whether the manager has it so already: an attempt was cut off before we could write that down. */
export async function roleStands(manager: Manager, wants: RoleWants): Promise<boolean> {
  if (wants.kind === "role-delete") return (await manager.role(wants.roleId)) === undefined;
  const role =
    wants.kind === "new-role" ? await roleNamed(manager, wants.draft.name) : await manager.role(wants.roleId);
  return role !== undefined && changedMembers(role, wants.draft).length === 0;
}

/** Asked before it is tried: the manager's answer to a taken name is that to any bad value (contract 4.2). */
async function nameIsFree(manager: Manager, name: string, except?: number): Promise<void> {
  const twin = await roleNamed(manager, name);
  if (twin !== undefined && twin.id !== except) throw new Fault("manager-conflict", "POST /roles");
}

async function roleNamed(manager: Manager, name: string): Promise<Role | undefined> {
  return (await manager.roles()).find((each) => each.name.toLowerCase() === name.toLowerCase());
}

/** All that was approved, and nothing more. */
function mustShow(answered: Role, draft: RoleDraft): void {
  const [wrong] = changedMembers(answered, draft);
  if (wrong !== undefined)
    throw new Fault("manager-bad-answer", `POST /roles/${answered.id}: ${wrong} is not what was set`);
}
