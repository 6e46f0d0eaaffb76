import { type Hold, nextEnd } from "../../domain/hold.ts";
import type { KeyRecord } from "../../domain/key.ts";
import type { ListedKey } from "../../usecases/inventory-port.ts";
import type { ManagedKey } from "../../usecases/ports.ts";
import { owner } from "./wants-words.ts";
import { code, day, field, list, person, shorten, time, type Words } from "./words.ts";

/** A key as it is now, in labelled lines; `role`: the role's name, where the manager told it. */
export function keyInBrief(
  key: Pick<ManagedKey, "id" | "name" | "role" | "active" | "expiresAt">,
  { record, role, now }: { record: KeyRecord | undefined; role: string | undefined; now: number },
): Words[] {
  return [
    field("Key", [code(key.name), ` (ID ${key.id})`]),
    field("Role", [role ?? `ID ${key.role}`]),
    field("Owner", owner(record?.owner)),
    field("State", stateOfKey(key, record?.holds?.reasons ?? [])),
    field("Expires", expiryInWords(key.expiresAt, now)),
  ];
}

export function stateOfKey({ active }: Pick<ManagedKey, "active">, holds: readonly Hold[]): Words {
  const held = list(holds.map(holdInWords));
  if (holds.length === 0) return [active ? "active" : "locked in the manager, by nobody here"];
  return active ? ["active still; to be locked by ", ...held] : ["locked by ", ...held];
}

export function expiryInWords(at: number | undefined, now: number): Words {
  if (at === undefined) return ["never"];
  return at <= now ? ["it has: ", time(at)] : [time(at)];
}

/** Characters of a reason in a line about a key; the whole stands in its history. */
const LONGEST = 200;

/** What holds a key, after "locked by". */
export function holdInWords(hold: Hold): Words {
  switch (hold.kind) {
    case "lock": {
      const until: Words = hold.until === undefined ? [] : [", until ", time(hold.until)];
      const as = hold.as === "owner" ? "its owner" : "an incident responder";
      return [
        person(hold.by),
        ` as ${as} (`,
        time(hold.at),
        ...until,
        `: ${shorten(hold.because, LONGEST)})`,
      ];
    }
    case "lockout":
      return ["a lockout (", time(hold.at), ")"];
    case "compromised":
      return hold.by === "portcullis"
        ? ["its secret, which worked and stood in a message (", time(hold.at), ")"]
        : ["the word of ", person(hold.by), " that its secret got out (", time(hold.at), ")"];
  }
}

/** For a list, after "Locked": until when, where somebody said so. */
export function lockedInWords({ active, holds }: Pick<ListedKey, "active" | "holds">): Words {
  const end = nextEnd(holds);
  if (active || holds === undefined) return [];
  return end === undefined ? [" by a hold from here"] : [" until ", time(end), " at the earliest"];
}

/** How a key is used, as far as the manager knows: by the day. */
export function useInWords({ lastUsedAt, failures }: Pick<ManagedKey, "lastUsedAt" | "failures">): Words {
  const used: Words = lastUsedAt === undefined ? ["Never used"] : ["Last used ", day(lastUsedAt)];
  if (failures === 0) return used;
  return [...used, `; ${failures} failed ${failures === 1 ? "attempt" : "attempts"} since`];
}
