import type { Criterion } from "../../domain/criteria.ts";
import { Fault } from "../../domain/fault.ts";
import type { KeyRecord } from "../../domain/key.ts";
import { readMarker } from "../../domain/marker.ts";
import { LONGEST_PATTERN } from "../../domain/query.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { DAY, keyId, type KeyId, type PersonId, SECOND } from "../../domain/values.ts";
import type { ListedKey } from "../inventory-port.ts";
import { asMember, DECIDING, isIn, refused } from "../people.ts";
import type { Context, ManagedKey, Person } from "../ports.ts";

/** Stopping a key that we know waits for the manager this long, and then goes by what we know of it. */
export const STOPPING_PATIENCE = 2 * SECOND;
const MOST_NEAR = 5;
const MOST_CHOICES = 100;

/** What is done to a key, as refusals name it. */
export type Doing = "show" | "edit" | "extend" | "role" | "rotate" | "lock" | "unlock" | "assign" | "delete";

/** What somebody is to a key, by our record and the policy's groups. */
export type May = { owner: boolean; responder: boolean; auditor: boolean };

/** A key that somebody may do this to, as it is now. */
export type Found = {
  /** As the manager has it, without our marker behind the description. */
  key: ManagedKey;
  record: KeyRecord | undefined;
  may: May;
  person: Person;
};

/** Who may; a life or a role is the owner's alone to ask for. */
export function mayDo(doing: Doing, { owner, responder, auditor }: May): boolean {
  switch (doing) {
    case "extend":
    case "role":
      return owner;
    case "show":
      return owner || responder || auditor;
    case "edit":
    case "rotate":
    case "lock":
    case "unlock":
    case "assign":
    case "delete":
      return owner || responder;
  }
}

/**
 * The key that a text means: a bare number is an ID, anything else an exact name, letter case
 * aside. What is known of people may be `noOlderThan` milliseconds old. Throws manager and Slack faults.
 */
export async function findKey(
  context: Context,
  {
    by,
    text,
    doing,
    noOlderThan = DECIDING,
  }: { by: PersonId; text: string; doing: Doing; noOlderThan?: number },
): Promise<{ found: Found } | { refusal: Refusal }> {
  const no = async (refusal: Refusal, subject = `person:${by}`): Promise<{ refusal: Refusal }> =>
    refused(context, by, subject, refusal);
  const member = await asMember(context, by, noOlderThan);
  if ("refusal" in member) return no(member.refusal);
  const asked = text.trim();
  const seen = await seenKeys(context, asked, { by, noOlderThan });
  // Of two with one name, the newer is the one that there is.
  const theirs = seen.findLast(({ may }) => mayDo(doing, may));
  const listed = theirs ?? seen.at(-1);
  // Whose a key is stands in our own records, so nobody who is refused costs the manager a call. But the
  // list may be minutes old, and no lock is refused by it.
  if (listed !== undefined && theirs === undefined && doing !== "lock") {
    return no({ reason: "not-your-key", does: doing }, `key:${listed.key.id}`);
  }
  const anyKey = async (): Promise<boolean> =>
    mayDo(doing, await standing(context, by, undefined, noOlderThan));
  const stopping = doing === "lock" && (theirs !== undefined || (await anyKey()));
  const managed = await managedKey(context, asked, { doing, listed, stopping });
  if (managed === undefined) {
    return no({ reason: "no-such-key", asked, near: await nearNames(context, asked, by, noOlderThan) });
  }
  const record = (await context.store.key(managed.id))?.value;
  const may = await standing(context, by, record, noOlderThan);
  const subject = `key:${managed.id}`;
  if (!mayDo(doing, may)) return no({ reason: "not-your-key", does: doing }, subject);
  const own = doing === "show" ? undefined : await refuseOwnKey(context, { key: managed.id, record }, doing);
  if (own !== undefined) return no(own, subject);
  return { found: { key: shown(managed), record, may, person: member.person } };
}

/** A bare number is an ID, or none; anything else a name. */
function keyMeant(text: string): KeyId | string | undefined {
  if (text === "") return undefined;
  return /^\d+$/.test(text) ? keyId.safeParse(Number(text)).data : text;
}

/** A key as the list has it, our record of it, and what somebody is to it. */
type SeenKey = { key: ListedKey; record: KeyRecord | undefined; may: May };

/** Every key that may be meant, as the list has them: one that is gone may stand there beside its namesake. */
async function seenKeys(
  context: Context,
  text: string,
  { by, noOlderThan }: { by: PersonId; noOlderThan: number },
): Promise<SeenKey[]> {
  const meant = keyMeant(text);
  const seen: SeenKey[] = [];
  for (const key of meant === undefined ? [] : await inList(context, meant)) {
    const record = (await context.store.key(key.id))?.value;
    seen.push({ key, record, may: await standing(context, by, record, noOlderThan) });
  }
  return seen;
}

/** The key as the manager has it; to lock it, as it was `listed` last where the manager is silent. */
async function managedKey(
  context: Context,
  text: string,
  { doing, listed, stopping }: { doing: Doing; listed: SeenKey | undefined; stopping: boolean },
): Promise<ManagedKey | undefined> {
  const meant = keyMeant(text);
  if (meant === undefined) return undefined;
  const known = doing === "lock" && listed?.record !== undefined ? listed.key : undefined;
  const looking = { stopping, ...(stopping && known !== undefined && { timeout: STOPPING_PATIENCE }) };
  try {
    return await (typeof meant === "string"
      ? context.manager.keyNamed(meant, looking)
      : context.manager.describeKey(meant, looking));
  } catch (error) {
    if (known !== undefined && isSilence(error)) return known;
    throw error;
  }
}

/**
 * A key by its ID as it was last seen: to lock it while the manager is silent, and for nothing else.
 * Only one that we have a record of, which the key that we work with ourselves never gets.
 */
export async function lastSeen(context: Context, key: KeyId): Promise<ManagedKey | undefined> {
  const [found] = await inList(context, key);
  return found !== undefined && (await context.store.key(found.id)) !== undefined ? found : undefined;
}

/** Whether the world does not answer, for which no lock waits; that we do not ask, for a limit of ours, is no silence. */
export function isSilence(error: unknown): boolean {
  return error instanceof Fault && error.limit === undefined;
}

async function inList({ store }: Context, key: KeyId | string): Promise<ListedKey[]> {
  const named: Criterion = typeof key === "string" ? { on: "name", like: key } : { on: "id", is: key };
  const { keys } = await store.findKeys([named], { limit: MOST_CHOICES });
  return typeof key === "string" ? keys.filter(({ name }) => same(name, key)) : keys;
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Names near to what was typed, of keys that this person may see. */
async function nearNames(
  context: Context,
  asked: string,
  by: PersonId,
  noOlderThan: number,
): Promise<string[]> {
  const { owner: _, ...all } = await standing(context, by, undefined, noOlderThan);
  const near = { limit: MOST_NEAR, ...(all.responder || all.auditor ? {} : { of: by }) };
  return context.store.nearNames(asked, near);
}

/**
 * The key that we work with ourselves is nobody's to change here, and never gets a record: stopping one
 * that has does not wait long to hear which our own is.
 */
export async function refuseOwnKey(
  { manager }: Context,
  { key, record }: { key: KeyId; record: KeyRecord | undefined },
  doing: Doing,
): Promise<Refusal | undefined> {
  const stopping = doing === "lock";
  const other = stopping && record !== undefined;
  try {
    const own = await manager.ownId({ stopping, ...(other && { timeout: STOPPING_PATIENCE }) });
    return key === own ? { reason: "own-key", what: "name" } : undefined;
  } catch (error) {
    if (other && isSilence(error)) return undefined;
    throw error;
  }
}

/** Keys to choose from for doing something: whose it may be done to, with this text in the name; at most 100 (R40). */
export async function keysToChoose(
  context: Context,
  { by, typed, doing }: { by: PersonId; typed: string; doing: Doing },
): Promise<ListedKey[]> {
  const member = await asMember(context, by, DAY);
  if ("refusal" in member) return [];
  const { owner: _, ...all } = await standing(context, by, undefined, DECIDING);
  const whose: Criterion[] = mayDo(doing, { ...all, owner: false }) ? [] : [{ on: "owner", is: by }];
  const text = typed.trim();
  if (text.length > LONGEST_PATTERN) return [];
  const named: Criterion[] = text === "" ? [] : [{ on: "name", like: `*${text}*` }];
  const byId: Criterion[] = /^\d{1,10}$/.test(text) ? [{ on: "id", is: Number(text) }] : [];
  const lists = await Promise.all(
    [byId, named].map(async (each, i) =>
      i === 0 && each.length === 0
        ? []
        : (await context.store.findKeys([...whose, ...each], { limit: MOST_CHOICES })).keys,
    ),
  );
  return [...new Map(lists.flat().map((key) => [key.id, key])).values()].slice(0, MOST_CHOICES);
}

/** Who somebody is to a key: its owner by our record, responder and auditor by the policy's groups. */
export async function standing(
  context: Context,
  person: PersonId,
  record: KeyRecord | undefined,
  noOlderThan: number,
): Promise<May> {
  const { responders, auditors } = context.policy().policy;
  return {
    owner: record?.owner === person,
    responder: await isIn(context, responders, person, noOlderThan),
    auditor: await isIn(context, auditors, person, noOlderThan),
  };
}

/** A key as people see it: the marker behind its description is not for them. */
export function shown(managed: ManagedKey): ManagedKey {
  return { ...managed, description: readMarker(managed.description)?.text ?? managed.description };
}
