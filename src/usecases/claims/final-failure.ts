import type { Fault } from "../../domain/fault.ts";
import type { Failure } from "../../domain/request.ts";
import type { Wants } from "../../domain/wants.ts";

/** Answers of the manager that trying again will not change. */
const FINAL = new Map<Fault["code"], Failure>([
  ["manager-forbidden", "forbidden"],
  ["manager-not-found", "key-gone"],
  ["manager-conflict", "name-taken"],
  ["manager-rejected", "rejected"],
]);

/** How a request ends by that answer; `undefined` where it may be tried again. */
export function failureOf(code: Fault["code"], { kind }: Wants): Failure | undefined {
  // The manager has no other reason to keep a role, and no other thing to miss (contract 4.2).
  if (kind === "role-delete" && code === "manager-rejected") return "role-in-use";
  if (kind === "role-edit" && code === "manager-not-found") return "role-gone";
  return FINAL.get(code);
}
