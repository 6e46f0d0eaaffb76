import { expect } from "vitest";
import type { Role } from "../../src/domain/wants.ts";
import type { OpenView } from "../../src/local-slack/client-protocol.ts";
import type { Manager } from "../../src/usecases/ports.ts";
import { letCardsBeDrawn, messageWith, requestNamed, textOf, until } from "./conversation.ts";
import type { Client, Given } from "./local-slack.ts";
import type { Program } from "./program.ts";

/* What people do about roles, in the words of the tests. */

export const VIEW_COMPUTERS = "platformRights.computerRights.canViewOtherComputers";
export const EDIT_KEYS = "platformRights.apikeyRights.canEditApiKeyProperties";
export const VIEW_KEYS = "platformRights.apikeyRights.canViewApiKeys";

export const roleNamed = async (manager: Manager, name: string): Promise<Role | undefined> =>
  (await manager.roles()).find((role) => role.name === name);

/** A role that stands in the manager before anybody asks for anything. */
export const given = async (
  admin: Pick<Manager, "createRole">,
  name: string,
  rights = [VIEW_COMPUTERS],
): Promise<Role> =>
  admin.createRole({
    name,
    description: "as it was",
    rights,
    allComputers: false,
    allPolicies: false,
    allowUserInterface: false,
    allowWebService: true,
    onlyEqualOrLesserUsers: false,
    computerIds: [],
    computerGroupIds: [],
    policyIds: [],
  });

/** The window on top, once it has this in it. */
export const top = async (client: Client, words: string): Promise<OpenView> =>
  client.waitFor(({ modals }) => {
    const view = modals.at(-1);
    const has = view !== undefined && `${textOf(view)} ${JSON.stringify(view.view.blocks)}`.includes(words);
    return has ? view : undefined;
  });

export async function openForm(client: Client, line: string): Promise<OpenView> {
  expect(await client.command(`/apikey roles ${line}`)).toEqual({ ok: true });
  return top(client, '"role.name"');
}

export async function rightsNamed(
  client: Client,
  form: OpenView,
  typed: string,
): Promise<{ value: string }[]> {
  const { option_groups = [] } = await client.options(form, "role.rights", typed);
  return (option_groups as { options: { value: string }[] }[]).flatMap(({ options }) => options);
}

/** From the form to the review. */
export async function review(client: Client, filled: Record<string, Given>): Promise<OpenView> {
  expect(await client.submit(filled)).toEqual({ ok: true });
  return top(client, '"role.reason"');
}

/** From the review to the request. */
export async function ask(program: Program, client: Client, name: string): Promise<void> {
  expect(await client.submit({ "role.reason": "the new cluster" })).toEqual({ ok: true });
  await top(client, "is made");
  await client.closeModal();
  await requestNamed(program, name);
}

export async function approveOn(program: Program, client: Client, words: string): Promise<void> {
  const card = await messageWith(client, "#key-approvals", words, "[Approve]");
  letCardsBeDrawn(program);
  expect(await client.click(card, "decide.approve")).toEqual({ ok: true });
}

export const stateOf = async (program: Program, name: string): Promise<string> =>
  (await requestNamed(program, name)).value.state;
export const settles = async (program: Program, name: string, state: string): Promise<void> =>
  until(async () => (await stateOf(program, name)) === state);

export async function refusedIn(client: Client, line: string, words: string): Promise<void> {
  await client.command(`/apikey roles ${line}`);
  await top(client, words);
  await client.closeModal();
}
