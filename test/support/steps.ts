import type { Context } from "../../src/usecases/ports.ts";

/** The process died here: not a Fault, so nothing in the program may catch it. */
export class Killed extends Error {
  override readonly name = "Killed";
}

type Method = (...given: never[]) => unknown;
/** Which call it is (`store.commit`), and whether before it begins or after it is done. */
export type Step = { call: string; when: "before" | "after" };
export type OnStep = (step: Step, index: number) => void | Promise<void>;

/** Puts a hook around every call of the parts that a use case talks to; a hook that throws stops the use case there. */
export function stepped(context: Context, onStep: OnStep): Context {
  let index = 0;
  const around = <Part extends object>(name: string, part: Part): Part =>
    new Proxy(part, {
      get(target, property, receiver) {
        const value: unknown = Reflect.get(target, property, receiver);
        if (typeof value !== "function") return value;
        return async (...given: never[]) => {
          const call = `${name}.${String(property)}`;
          await onStep({ call, when: "before" }, index++);
          const answer = await (value as Method).apply(target, given);
          await onStep({ call, when: "after" }, index++);
          return answer;
        };
      },
    });
  return {
    ...context,
    store: around("store", context.store),
    manager: around("manager", context.manager),
    messages: around("messages", context.messages),
    directory: around("directory", context.directory),
  };
}

/** A process that dies at one step: from then on every call fails, as nothing runs any more. */
export function dyingAt(
  context: Context,
  step: number,
): { context: Context; died: () => string | undefined } {
  let at: string | undefined;
  const dying = stepped(context, ({ call, when }, index) => {
    if (at !== undefined) throw new Killed(call);
    if (index < step) return;
    at = `${when} ${call}`;
    throw new Killed(call);
  });
  return { context: dying, died: () => at };
}
