import { Fault } from "../domain/fault.ts";
import type { Directory, Manager, Messages } from "../usecases/ports.ts";
import type { Store } from "../usecases/store-port.ts";

/*
 * What stands in for Slack, and where need be for the manager, while they cannot be reached from the
 * command line.
 */

/** People and groups as Slack last described them, however long ago; nothing of it is made to look newer. */
export function cachedDirectory(store: Store): { directory: Directory; store: Store } {
  return {
    directory: {
      readPerson: async (id) => (await store.person(id))?.person ?? unread(),
      readMembers: async (group) => (await store.members(group))?.members ?? unread(),
    },
    store: { ...store, putPerson: nothing, putMembers: nothing, forget: nothing },
  };
}

async function nothing(): Promise<void> {}

function unread(): never {
  throw new Fault("slack-unreachable", "Slack has not told about this person or group yet");
}

/** Cards are rows: the running program posts them when Slack is there again. */
export function noMessages(): Messages {
  return { draw: notNow, showSecret: notNow, publishHome: notNow, postHead: notNow, tell: notNow };
}

async function notNow(): Promise<never> {
  throw new Fault("slack-unreachable", "nothing is posted from the command line");
}

/** An embedded manager's keys are for the program alone in which it runs. */
export function withoutManager(): Manager {
  return new Proxy({ url: "" } as Manager, {
    get: (target, name) => (name in target ? Reflect.get(target, name) : notReached),
  });
}

async function notReached(): Promise<never> {
  throw new Fault("manager-unreachable", "the embedded manager is reached by the running program alone");
}
