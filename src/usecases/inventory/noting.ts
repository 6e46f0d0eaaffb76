import { Fault } from "../../domain/fault.ts";
import { type KeyId, MINUTE, SECOND } from "../../domain/values.ts";
import { listed } from "./inventory.ts";
import type { Context, ManagedKey, Manager } from "../ports.ts";

/** A role's name as a list shows it may have been read this long ago: the sync mends it. */
const ROLE_AGE = 5 * MINUTE;
/** No change waits longer than this for a name in a list. */
const ROLE_LIMIT = SECOND;

/**
 * The manager, with each change of ours noted in the inventory from the manager's own answer, so
 * that lists show it without waiting for the next sync, which else would take it for somebody else's.
 * It is noted at once with the role's name that the list knows; only one that it does not know is
 * asked for. A note that cannot be written holds nothing up: the sync mends the list.
 */
export function noting(manager: Manager, context: Pick<Context, "store" | "clock" | "log">): Manager {
  const { store, clock, log } = context;
  const quietly = async (key: KeyId, write: () => Promise<void>): Promise<void> => {
    try {
      await write();
    } catch (error) {
      log.warn({ key, code: error instanceof Fault ? error.code : "bug" }, "the list of keys lags behind");
    }
  };
  const noted = async <Answer>(
    answering: Promise<Answer>,
    keyIn: (answer: Answer) => ManagedKey,
  ): Promise<Answer> => {
    const answer = await answering;
    const key = keyIn(answer);
    // Of the moment of the answer: a page of a sync that was asked for earlier may be older.
    const answeredAt = clock();
    await quietly(key.id, async () => {
      if (await store.putKey(listed(key, undefined), answeredAt)) return;
      const role = await manager.role(key.role, { timeout: ROLE_LIMIT, noOlderThan: ROLE_AGE });
      if (role !== undefined) await store.putKey(listed(key, role.name), answeredAt);
    });
    return answer;
  };
  return {
    ...manager,
    createKey: async (making) => noted(manager.createKey(making), ({ key }) => key),
    setActive: async (id, active) => noted(manager.setActive(id, active), itself),
    modifyKey: async (id, change) => noted(manager.modifyKey(id, change), itself),
    newSecret: async (id) => noted(manager.newSecret(id), ({ key }) => key),
    modifyCurrent: async (change) => noted(manager.modifyCurrent(change), itself),
    deleteKey: async (id) => {
      await manager.deleteKey(id);
      await quietly(id, () => store.dropKey(id));
    },
  };
}

function itself(key: ManagedKey): ManagedKey {
  return key;
}
