import { setTimeout as pause } from "node:timers/promises";
import { type Kysely } from "kysely";
import { lockoutOver } from "../../src/domain/key.ts";
import { holding } from "../../src/domain/lockout.ts";
import { RESTORING } from "../../src/domain/lockout-item.ts";
import { countIn } from "../../src/domain/lockout.ts";
import { MINUTE } from "../../src/domain/values.ts";
import { openDatabase, type Where } from "../../src/store/dialects.ts";
import { readClaim, readKey, readLockout, readRequest, type Tables } from "../../src/store/tables.ts";
import { heldWish } from "../../src/usecases/claims/claim-state.ts";
import type { Context } from "../../src/usecases/ports.ts";

/** What is looked at from outside, while others work on it. */
export type Scene = {
  /** Over the same store, the manager itself and Slack itself, with nothing put between. */
  context: Context;
  /** Where the store is; a file or a server, since it is opened a second time. */
  where: Where;
  /** Moves the clock of everybody on, in milliseconds. */
  advance(ms: number): void;
};

/** Something that has not come to its end, and the moment from which somebody may go on with it. */
type Open = { what: string; at: number };

/** Real milliseconds without a pause, after which it is given up. */
const PATIENCE = 60_000;

/**
 * Waits until nothing is due or under way any more, by the store alone. Where all that is left waits for
 * a moment, the clock is moved on to it. `lacking`: while the manager answers badly, cards may lack what
 * only it could say. Throws with what is left, when it does not come to rest.
 */
export async function waitUntilQuiet(scene: Scene, { lacking = false } = {}): Promise<void> {
  const { kysely } = openDatabase(scene.where);
  try {
    await settled(scene, kysely, lacking);
    // What only comes a while after: what was refused is counted up, leases and pauses end.
    scene.advance(2 * MINUTE);
    await settled(scene, kysely, lacking);
  } finally {
    await kysely.destroy();
  }
}

async function settled(scene: Scene, kysely: Kysely<Tables>, lacking: boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  // A click that was only just taken has written nothing yet: one quiet look is not enough.
  for (let quiet = 0; quiet < QUIET_LOOKS; quiet += 1) {
    const open = await whatIsOpen(scene.context, kysely, lacking);
    if (open.length === 0) {
      await pause(100);
      continue;
    }
    quiet = -1;
    if (Date.now() > deadline) throw new Error(`it does not come to rest:\n${JSON.stringify(open, null, 1)}`);
    const wait = Math.min(...open.map(({ at }) => at)) - scene.context.clock();
    // Nothing that was cut off may have to wait for hours.
    if (wait > LONGEST_WAIT)
      throw new Error(`it stands still for too long:\n${JSON.stringify(open, null, 1)}`);
    if (wait > 0) scene.advance(wait);
    await pause(100);
  }
}

const QUIET_LOOKS = 8;
const LONGEST_WAIT = 10 * MINUTE;

async function whatIsOpen(context: Context, kysely: Kysely<Tables>, lacking: boolean): Promise<Open[]> {
  const now = context.clock();
  return [
    ...(await openRequests(context, kysely, now)),
    ...(await openClaims(context, kysely, now)),
    ...(await openKeys(context, kysely, now)),
    ...(await openLockouts(kysely, now)),
    ...(await openCards(kysely, now, lacking)),
  ];
}

async function openRequests(context: Context, kysely: Kysely<Tables>, now: number): Promise<Open[]> {
  const open: Open[] = [];
  for (const row of await kysely
    .selectFrom("requests")
    .selectAll()
    .where("due_at", "is not", null)
    .execute()) {
    const { value } = readRequest(row);
    const carriedOut = value.state === "approved" && value.claim === undefined;
    const at = row.due_at ?? now;
    if (carriedOut ? await waits(context, value) : at > now) continue;
    open.push({ what: `request ${value.id}, a ${value.wants.kind}, is ${value.state}`, at });
  }
  return open;
}

/** What is approved, and a lockout holds: only the restore lets it go on. */
async function waits(
  context: Context,
  { wants, asker }: ReturnType<typeof readRequest>["value"],
): Promise<boolean> {
  if (!("key" in wants)) return false;
  const record = (await context.store.key(wants.key))?.value;
  // It stands in the manager already, of which nobody heard: that is still to go on record.
  const managed = await context.manager.describeKey(wants.key);
  if (wants.kind === "role-change" && managed?.role === wants.toRoleId) return false;
  if (wants.kind === "longer-life" && wants.life.kind === "until" && managed?.expiresAt === wants.life.at)
    return false;
  if (record !== undefined && lockoutOver(record) !== undefined) return true;
  return (await heldWish(context, wants, record?.owner ?? asker)).heldBy !== undefined;
}

async function openClaims(context: Context, kysely: Kysely<Tables>, now: number): Promise<Open[]> {
  const open: Open[] = [];
  for (const row of await kysely.selectFrom("claims").selectAll().where("due_at", "is not", null).execute()) {
    const { value } = readClaim(row);
    const at = row.due_at ?? now;
    const strays = value.strays.map(({ until }) => until);
    const what = `claim ${value.id} is ${value.state}, with ${strays.length} strays`;
    if (strays.length > 0) open.push({ what, at: Math.max(at, Math.min(...strays)) });
    else if (value.state === "open" ? at <= now : !(await isHeldDown(context, value)))
      open.push({ what, at });
  }
  return open;
}

/** Delivered, and not active since something holds it: that may last for weeks. */
async function isHeldDown(
  { store }: Context,
  claim: ReturnType<typeof readClaim>["value"],
): Promise<boolean> {
  if (claim.state !== "delivered") return false;
  const record = (await store.key(claim.key))?.value;
  if (record?.holds !== undefined) return true;
  return record !== undefined && holding((await store.gate(claim.key)).lockouts, record) !== undefined;
}

async function openKeys(context: Context, kysely: Kysely<Tables>, now: number): Promise<Open[]> {
  const open: Open[] = [];
  for (const row of await kysely.selectFrom("keys").selectAll().where("due_at", "is not", null).execute()) {
    const { value } = readKey(row);
    const at = row.due_at ?? now;
    const { lockouts } = await context.store.gate(value.id);
    const held = value.due?.active === true && holding(lockouts, value) !== undefined;
    if (value.due === undefined ? at > now : held) continue;
    open.push({ what: `key ${value.id} owes the manager ${JSON.stringify(value.due)}`, at });
  }
  return open;
}

async function openLockouts(kysely: Kysely<Tables>, now: number): Promise<Open[]> {
  return (await kysely.selectFrom("lockouts").selectAll().execute()).flatMap((row) => {
    const { value } = readLockout(row);
    const moving = countIn(value, ["waiting", "locked", ...RESTORING]) > 0;
    const underWay = moving || value.state === "declared" || value.state === "restoring";
    const leased = row.leased_by !== "" && row.leased_until > now;
    const due = row.due_at !== null && row.due_at <= now;
    if (!underWay && !leased && !due) return [];
    const at = leased ? now : Math.max(row.due_at ?? now, row.leased_by === "" ? 0 : row.leased_until);
    return [{ what: `lockout ${value.id} is ${value.state}: ${JSON.stringify(value.counts)}`, at }];
  });
}

async function openCards(kysely: Kysely<Tables>, now: number, lacking: boolean): Promise<Open[]> {
  const rows = await kysely.selectFrom("cards").selectAll().where("gone", "=", 0).execute();
  const behind = rows
    .filter(({ shows, wanted }) => shows < wanted)
    .map((row) => ({ what: `card ${row.id} is behind`, at: Math.max(row.not_before, row.leased_until) }));
  // Drawn again with the next reading of all keys, of which no row says when it is.
  const incomplete = rows
    .filter((row) => !lacking && row.incomplete === 1)
    .map(({ id }) => ({ what: `card ${id} lacks something`, at: now + MINUTE }));
  return [...behind, ...incomplete];
}
