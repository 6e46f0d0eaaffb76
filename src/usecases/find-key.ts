import type { KeyRecord } from "../domain/key.ts";
import { readMarker } from "../domain/marker.ts";
import type { Refusal } from "../domain/refusal.ts";
import { keyId, type KeyId, type PersonId } from "../domain/values.ts";
import { asMember, DECIDING, isIn, refused } from "./people.ts";
import type { Context, ManagedKey, Person } from "./ports.ts";

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
  const managed = await managedKey(context, text.trim());
  if (managed === undefined) return no({ reason: "no-such-key", asked: text.trim(), near: [] });
  const record = (await context.store.key(managed.id))?.value;
  const may = await standing(context, by, record, noOlderThan);
  if (!mayDo(doing, may)) return no({ reason: "not-your-key", does: doing }, `key:${managed.id}`);
  return { found: { key: shown(managed), record, may, person: member.person } };
}

async function managedKey({ manager }: Context, text: string): Promise<ManagedKey | undefined> {
  if (text === "") return undefined;
  if (!/^\d+$/.test(text)) return manager.keyNamed(text);
  const id = keyId.safeParse(Number(text));
  return id.success ? manager.describeKey(id.data) : undefined;
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

/** The ID that a button carries. */
export function keyOfButton(value: string): KeyId | undefined {
  return keyId.safeParse(Number(value)).data;
}
