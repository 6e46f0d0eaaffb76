import { MINUTE } from "../../src/domain/values.ts";
import type { AuditRow } from "../../src/domain/audit.ts";
import { trail } from "./audit.ts";
import { until } from "./conversation.ts";
import type { Program } from "./program.ts";

/** Five minutes later, all keys are read again, and what happened to them outside is reported. */
export async function keysReadAgain({ context: { store }, clock }: Program): Promise<void> {
  const asOf = async (): Promise<number> => (await store.inventoryState())?.asOf ?? 0;
  const before = await asOf();
  clock.advance(5 * MINUTE);
  await until(async () => (await asOf()) > before);
}

/** Each report that there was, in their order. */
export async function reports({ context: { store } }: Program): Promise<AuditRow[]> {
  return (await trail(store)).filter(({ event }) => event === "outside.reported");
}
