import { Fault } from "../../domain/fault.ts";
import type { Proof } from "../../domain/leak.ts";
import type { Found } from "../../domain/secret.ts";
import { HOUR, keyId } from "../../domain/values.ts";
import type { Context, ManagedKey } from "../ports.ts";

/** The manager may take so many milliseconds to say whether a secret works. */
const PATIENCE = 5000;

/** Wrong secrets since the last right one, from which on a found one is not tried: the manager may lock the key. */
const MOST_FAILURES = 2;

/** `opened`: the key as the manager described it to whoever has this secret. */
type Whose = {
  key: Pick<ManagedKey, "id" | "name"> | undefined;
  proof: Proof;
  own: boolean;
  opened?: ManagedKey;
};

/** Which key a secret opens, as far as may be known. */
export async function whose(context: Context, { secret, id }: Found, mark: string): Promise<Whose> {
  const { store, manager, clock } = context;
  const named = id === undefined ? undefined : await keyNumbered(context, id);
  const key = typeof named === "string" ? undefined : named;
  const untried = (because: Untried["because"]) =>
    ({ key, proof: { is: "untried", because }, own: false }) as const;
  if (!context.policy().policy.leaks["try-secret"]) return untried("policy");
  // A wrong secret counts against the key that the number names (contract 10.1), so they are few.
  if (typeof named === "string") return untried(named);
  if (key !== undefined && key.failures >= MOST_FAILURES) return untried("failures");
  const now = clock();
  if (!(await store.takeTurn(`leak:${id ?? mark}`, now, now + HOUR))) return untried("hour");
  try {
    const own = await manager.describeCurrent({ timeout: PATIENCE });
    const opened = await manager.keyOpenedBy(secret, { timeout: PATIENCE });
    if (opened === undefined) return { key, proof: { is: "refused", at: clock() }, own: false };
    return { key: opened, opened, proof: { is: "works", at: clock() }, own: own.id === opened.id };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.log.warn({ code: error.code }, "a found secret was not tried");
    return untried("manager");
  }
}

type Untried = Extract<Proof, { is: "untried" }>;

/** The key that a number in front of a secret names, as it is now; or why it cannot be looked at. */
async function keyNumbered(context: Context, id: number): Promise<ManagedKey | "manager" | "no-key"> {
  const key = keyId.safeParse(id);
  if (!key.success) return "no-key";
  try {
    return (await context.manager.describeKey(key.data)) ?? "no-key";
  } catch (error) {
    if (error instanceof Fault) return "manager";
    throw error;
  }
}
