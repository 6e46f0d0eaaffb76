import type { Refusal } from "../../domain/refusal.ts";
import type { PersonId } from "../../domain/values.ts";
import { searchFor } from "./browse-keys.ts";
import type { Cursor, ListedKey } from "../inventory-port.ts";
import { refused } from "../people.ts";
import type { Context } from "../ports.ts";

/** Keys read at once. */
const PAGE = 1000;
/** What one file has room for. */
const MOST = 100_000;

/** Pages of keys for a file, and whether some had no room. Recorded before the first is read. */
export type Export = { line: string; pages: AsyncIterable<readonly ListedKey[]> };

/**
 * All keys that a line finds, for auditors; the trail says who took which list. Throws Slack's and
 * the store's faults.
 */
export async function exportKeys(
  context: Context,
  { by, line }: { by: PersonId; line: string },
): Promise<Export | { refusal: Refusal }> {
  const search = await searchFor(context, { by, line });
  if ("refusal" in search) return search;
  if (!search.auditor) return refused(context, by, `person:${by}`, { reason: "not-an-auditor" });
  const { criteria } = search;
  const keys = await context.store.countKeys(criteria, MOST);
  await context.store.commit({
    changes: [],
    events: [
      {
        at: context.clock(),
        actor: by,
        subject: `person:${by}`,
        event: "keys.exported",
        evidence: { query: search.line, keys },
      },
    ],
  });
  return { line: search.line, pages: pagesOf(context, criteria) };
}

async function* pagesOf(
  { store }: Context,
  criteria: Parameters<Context["store"]["findKeys"]>[0],
): AsyncGenerator<readonly ListedKey[]> {
  let after: Cursor | undefined;
  for (let read = 0; read < MOST;) {
    const { keys, more } = await store.findKeys(criteria, {
      limit: Math.min(PAGE, MOST - read),
      ...(after === undefined ? {} : { after }),
    });
    yield keys;
    read += keys.length;
    const last = keys.at(-1);
    if (!more || last === undefined) return;
    after = { name: last.name, id: last.id };
  }
}
