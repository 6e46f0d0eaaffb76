import { join } from "node:path";
import { openStore } from "../../src/store/store.ts";
import { titleOf } from "../../src/domain/wants.ts";
import { requestId } from "../../src/domain/values.ts";
import type { Manager } from "../../src/usecases/ports.ts";
import type { Store } from "../../src/usecases/store-port.ts";
import { verifyAudit } from "../../src/usecases/audit/verify-audit.ts";
import { nameOf, planOf } from "./people.ts";

export type Looking = {
  /** With a key of its own. */
  manager: Manager;
  /** Which keys were there before, and which of them were active. */
  before: ReadonlyMap<number, boolean>;
  folder: string;
};

/** What the store and the manager have that they should not, or lack, and how each request ended; looked at once the program has ended. */
export async function lost(
  { manager, before, folder }: Looking,
  secrets: ReadonlyMap<string, string>,
  asked: ReadonlySet<number>,
): Promise<{ amiss: string[]; ended: string[] }> {
  const store = await openStore({ sqlite: join(folder, "portcullis.sqlite") });
  try {
    const { flaws } = await verifyAudit(store, []);
    const keys = await manager.keysAfter(0, 10_000);
    const changed = keys.filter(({ id, active }) => before.has(id) && before.get(id) !== active);
    const requests = await requestsAmiss(store, asked);
    const amiss = [
      ...flaws.map((flaw) => `the trail: ${JSON.stringify(flaw)}`),
      ...changed.map(({ name, active }) => `${name} is ${active ? "active" : "locked"}`),
      ...requests.amiss,
      ...keysAmiss(keys, asked),
      ...(await secretsAmiss(manager.url, secrets)),
    ];
    return { amiss, ended: requests.ended };
  } finally {
    await store.close();
  }
}

async function requestsAmiss(
  store: Store,
  asked: ReadonlySet<number>,
): Promise<{ amiss: string[]; ended: string[] }> {
  const states = new Map<string, string>();
  const amiss: string[] = [];
  for (let before: { at: number; seq: number } | undefined; ;) {
    const made = await store.findAudit(
      { events: ["request.made"] },
      { ...(before && { before }), limit: 500 },
    );
    for (const { subject } of made) {
      const request = (await store.request(requestId.parse(subject.slice("request:".length))))?.value;
      if (request?.wants.kind !== "new-key") continue;
      const name = titleOf(request.wants);
      if (states.has(name)) amiss.push(`${name} was made twice`);
      states.set(name, request.state);
    }
    const last = made.at(-1);
    if (last === undefined) break;
    before = last;
  }
  for (const n of asked) {
    const state = states.get(nameOf(n));
    if (state !== planOf(n).ending) amiss.push(`${nameOf(n)} is ${state}, not ${planOf(n).ending}`);
  }
  return { amiss, ended: [...states.values()] };
}

function keysAmiss(keys: readonly { name: string; active: boolean }[], asked: ReadonlySet<number>): string[] {
  const made = new Map<string, boolean>();
  const amiss: string[] = [];
  for (const { name, active } of keys) {
    if (made.has(name)) amiss.push(`there are two keys ${name}`);
    made.set(name, active);
  }
  for (const n of asked) {
    const wanted = planOf(n).ending === "fulfilled" ? true : undefined;
    if (made.get(nameOf(n)) !== wanted) amiss.push(`the key ${nameOf(n)} is ${String(made.get(nameOf(n)))}`);
  }
  return amiss;
}

/** Every fiftieth secret that was shown opens the manager. */
async function secretsAmiss(url: string, secrets: ReadonlyMap<string, string>): Promise<string[]> {
  const amiss: string[] = [];
  for (const [name, secret] of [...secrets].filter((_, i) => i % 50 === 0)) {
    const headers = { "api-secret-key": secret, "api-version": "v1" };
    const { status } = await fetch(`${url}/apikeys/current`, { headers });
    if (status !== 200) amiss.push(`the secret of ${name} does not work: ${status}`);
  }
  return amiss;
}
