import { actOf } from "../../domain/acts.ts";
import type { Verdict } from "../../domain/verdict.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { changedMembers, draftOf } from "../../domain/role-diff.ts";
import { checkRoleTexts, NEW_ROLE, type RoleDrafting } from "../../domain/role-draft.ts";
import { DAY, type PersonId, requestId, type RequestId, roleId } from "../../domain/values.ts";
import { type Role, type RoleDraft, type Wants } from "../../domain/wants.ts";
import { checkReasonText } from "../../domain/typed.ts";
import { asRefusal } from "../claims/claim-state.ts";
import { judgeNow } from "../requests/demands.ts";
import { effectNow } from "../requests/effect.ts";
import { asMember, DECIDING, isIn, refused, unreachable } from "../people.ts";
import { type Made, madeBefore, placeRequest } from "../requests/place-request.ts";
import type { Context } from "../ports.ts";
import { roleMeant, type Touched, touchedBy } from "./roles.ts";
import { lookAtOwnKey } from "../whoami.ts";

/** How long a half-made change is kept. */
const KEPT = DAY;

type Of = { id: RequestId; by: PersonId };

/** What would be asked for, as it stands now. */
export type RoleReview = {
  drafting: RoleDrafting;
  /** The role as the manager describes it now; absent for a new one. */
  before: Role | undefined;
  touched: Touched | undefined;
  verdict: Verdict;
  /** Nobody could approve it. */
  open?: Refusal;
};

/** Opens a draft: of a new role, or of a change to the one that a text means. Throws manager and Slack faults. */
export async function startDraft(
  context: Context,
  { by, does, text }: { by: PersonId; does: RoleDrafting["does"]; text: string },
): Promise<{ drafting: RoleDrafting } | { refusal: Refusal }> {
  const no = async (refusal: Refusal) => refused(context, by, `person:${by}`, refusal);
  const notMine = await notAnApprover(context, by);
  if (notMine !== undefined) return no(notMine);
  const meant = does === "make" ? undefined : await roleMeant(context, text);
  if (meant !== undefined && "refusal" in meant) return no(meant.refusal);
  const before = meant?.role;
  const locked = await notChangeable(context, before);
  if (locked !== undefined) return no(locked);
  const drafting: RoleDrafting = {
    id: requestId.parse(context.newId()),
    by,
    startedAt: context.clock(),
    does,
    ...(before === undefined ? {} : { before: { ...draftOf(before), id: before.id } }),
    draft: before === undefined ? { ...NEW_ROLE, name: text.trim() } : draftOf(before),
    reason: "",
  };
  await context.store.putDraft(drafting);
  return { drafting };
}

/** Keeps what was chosen so far, whatever is wrong with it yet. */
export async function keepDraft(
  context: Context,
  { id, by, change, reason }: Of & { change?: Partial<RoleDraft>; reason?: string },
): Promise<{ drafting: RoleDrafting } | { refusal: Refusal }> {
  const before = await context.store.draft(id, by);
  if (before === undefined) return refused(context, by, `person:${by}`, { reason: "draft-gone" });
  const drafting = {
    ...before,
    draft: { ...before.draft, ...change },
    reason: reason ?? before.reason,
  };
  await context.store.putDraft(drafting);
  return { drafting };
}

/** Whether it could be asked for as it stands, what it would change, and who would be asked. */
export async function reviewDraft(context: Context, of: Of): Promise<RoleReview | { refusal: Refusal }> {
  const reviewed = await review(context, of);
  return "refusal" in reviewed
    ? refused(context, of.by, `request:${of.id}`, reviewed.refusal)
    : reviewed.seen;
}

/** Asks for what was put together. The draft's id is the request's: sent twice, it is one request. */
export async function askForDraft(
  context: Context,
  { id, by, reason }: Of & { reason: string },
): Promise<Made | { refusal: Refusal }> {
  const no = async (refusal: Refusal) => refused(context, by, `request:${id}`, refusal);
  const drafting = await context.store.draft(id, by);
  const act = actOf(id, { reason, draft: drafting?.draft }, context.seal);
  const earlier = await madeBefore(context, { id, act, by, subject: `request:${id}` });
  if (earlier !== undefined && (drafting !== undefined || "refusal" in earlier)) return earlier;
  // Without its draft nothing can be put together anew, and what was typed is the reason alone.
  if (earlier !== undefined) return { ...earlier, same: earlier.made.value.reason === reason.trim() };
  const wrong = checkReasonText(reason, context.policy().policy.limits["reason-at-least"]);
  if (wrong !== undefined) return no(wrong);
  // Kept first, so that whatever fails from here on loses nothing that was typed.
  if (drafting !== undefined) await context.store.putDraft({ ...drafting, reason });
  const reviewed = await review(context, { id, by });
  if ("refusal" in reviewed) return no(reviewed.refusal);
  const effect = await effectNow(context, reviewed.asked, by);
  if ("gone" in effect) return no(asRefusal(effect.gone));
  const placed = await placeRequest(context, { id, act, reason, effect: { ...effect, asker: by } });
  if ("made" in placed) await context.store.dropDraft(id);
  return placed;
}

/** Every right that the manager knows, by path: its built-in Full Access has them all (contract 4.4). */
export async function allRights(
  { manager }: Context,
  options?: { timeout?: number },
): Promise<readonly string[]> {
  return (await manager.roles(options)).find(({ immutable }) => immutable)?.rights ?? [];
}

/** Forgets what was put together more than a day ago. */
export async function dropOldDrafts({ store, clock }: Context): Promise<void> {
  await store.dropDraftsBefore(clock() - KEPT);
}

async function review(
  context: Context,
  { id, by }: Of,
): Promise<{ seen: RoleReview; asked: Wants } | { refusal: Refusal }> {
  const { manager, store } = context;
  const drafting = await store.draft(id, by);
  if (drafting === undefined) return { refusal: { reason: "draft-gone" } };
  const notMine = await notAnApprover(context, by);
  if (notMine !== undefined) return { refusal: notMine };
  const roles = await manager.roles();
  const before = roles.find((each) => each.id === drafting.before?.id);
  if (drafting.before !== undefined && before === undefined) return { refusal: { reason: "role-gone" } };
  const touched = before && (await touchedBy(context, before.id));
  const wrong =
    (await notChangeable(context, before)) ??
    staleRole(drafting, before) ??
    (drafting.does === "delete" ? inUse(touched) : wrongDraft(drafting, before, roles));
  if (wrong !== undefined) return { refusal: wrong };
  const asked = wantsOf(drafting, before);
  const effect = { asked, roles: before === undefined ? [] : [before] };
  const { verdict } = await judgeNow(context, effect, by, context.clock());
  const seen = { drafting, before, touched, verdict };
  const open = verdict.outcome === "needs" ? await unreachable(context, verdict.demands, [by]) : undefined;
  return { seen: open === undefined ? seen : { ...seen, open }, asked };
}

function wantsOf({ does, draft }: RoleDrafting, before: Role | undefined): Wants {
  if (before === undefined) return { kind: "new-role", roleName: draft.name, draft: draftOf(draft) };
  const role = { roleId: roleId.parse(before.id), roleName: before.name };
  return does === "delete"
    ? { kind: "role-delete", ...role }
    : { kind: "role-edit", ...role, draft: draftOf(draft) };
}

/** Somebody edited the role meanwhile: what is put together would silently undo that. */
function staleRole({ before: seen }: RoleDrafting, before: Role | undefined): Refusal | undefined {
  if (seen === undefined || before === undefined) return undefined;
  const changed = changedMembers(seen, before);
  return changed.length === 0 ? undefined : { reason: "role-stale", changed };
}

function inUse(touched: Touched | undefined): Refusal | undefined {
  return touched === undefined || touched.keys === 0
    ? undefined
    : { reason: "role-in-use", keys: touched.keys };
}

function wrongDraft(
  { draft }: RoleDrafting,
  before: Role | undefined,
  roles: readonly Role[],
): Refusal | undefined {
  const texts = checkRoleTexts(draft, before);
  if (texts !== undefined) return texts;
  const name = draft.name.toLowerCase();
  if (roles.some((each) => each.id !== before?.id && each.name.toLowerCase() === name))
    return { reason: "role-name-taken" };
  const known = new Set(roles.flatMap(({ rights }) => rights));
  const unknown = draft.rights.filter((right) => !known.has(right));
  if (unknown.length > 0) return { reason: "unknown-rights", rights: unknown };
  return before !== undefined && changedMembers(before, draft).length === 0
    ? { reason: "no-change" }
    : undefined;
}

async function notAnApprover(context: Context, by: PersonId): Promise<Refusal | undefined> {
  const member = await asMember(context, by, DECIDING);
  if ("refusal" in member) return member.refusal;
  const { approvers } = context.policy().policy;
  return (await isIn(context, approvers, by, DECIDING))
    ? undefined
    : { reason: "only-approvers", groups: approvers };
}

/** Roles that nobody changes by way of us: our own, the manager's own, and any while our key is too weak for it. */
async function notChangeable(context: Context, role: Role | undefined): Promise<Refusal | undefined> {
  const { own, role: ownRole, changesRoles } = await lookAtOwnKey(context.manager);
  if (role?.immutable === true) return { reason: "role-immutable" };
  if (role?.id === own.role) return { reason: "own-key", what: "role" };
  return changesRoles
    ? undefined
    : { reason: "own-key-too-weak", role: ownRole?.name ?? `with the ID ${own.role}` };
}
