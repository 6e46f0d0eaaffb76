import { useState } from "preact/hooks";
import { useConfirm } from "./confirm-dialog.ts";
import type { ElementValue } from "../client-protocol.ts";
import type { ConfirmationDialog } from "@slack/types";
import { initialValue, valueField, type AnyElement } from "./element-values.ts";
import { useSurfaceContext } from "./surface.ts";

/** What every element gets from the block that it stands in. */
export type Slot = {
  blockId: string;
  /** Whether a change is told to the app: always outside input blocks, there by `dispatch_action` (R28). */
  dispatches: boolean;
  /** The accessible name: the input's label, or what stands beside the element. */
  label: string;
  /** DOM ids of the label, and of hint and error. */
  labelledBy?: string | undefined;
  describedBy?: string | undefined;
  inputId?: string | undefined;
  invalid?: boolean;
  /** Whether a choice may be taken back. */
  optional?: boolean;
};

/** The present value of an element and how to change it, with its confirm dialog and its message to the app. */
export function useElement(element: AnyElement & { confirm?: ConfirmationDialog }, slot: Slot) {
  const surface = useSurfaceContext();
  const confirm = useConfirm();
  const [waiting, setWaiting] = useState(false);
  const actionId = element.action_id ?? "";
  const field = valueField(element.type);
  const value: ElementValue = surface.values[slot.blockId]?.[actionId] ??
    initialValue(element) ?? { type: element.type };

  /** Keeps a value without telling the app: text that is still being typed. */
  const keep = (next: unknown) => surface.change(slot.blockId, actionId, { ...value, [field]: next });
  /** Tells the app, with what it is to see as chosen. */
  const act = async (chosen: Record<string, unknown>, after?: ElementValue) => {
    if (element.confirm && !(await confirm(element.confirm))) return;
    setWaiting(true);
    await surface.act(slot.blockId, actionId, chosen, after);
    setWaiting(false);
  };
  const set = (next: unknown) =>
    slot.dispatches ? act({ [field]: next }, { ...value, [field]: next }) : keep(next);
  return { held: value[field], keep, set, act, waiting };
}

/** Attributes that tie a control to its label, hint and error. */
export function controlAttributes(slot: Slot) {
  return {
    id: slot.inputId,
    "aria-labelledby": slot.labelledBy,
    "aria-label": slot.labelledBy === undefined ? slot.label : undefined,
    "aria-describedby": slot.describedBy,
    "aria-invalid": slot.invalid ? "true" : undefined,
  };
}
