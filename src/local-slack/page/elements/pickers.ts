import { html } from "htm/preact";
import type { Datepicker, DateTimepicker, Timepicker } from "@slack/types";
import { useDirectory } from "../directory.ts";
import { fromWallClock, wallClock } from "../time.ts";
import { controlAttributes, useElement, type Slot } from "../use-element.ts";

type Picker = Datepicker | Timepicker | DateTimepicker;
const types = { datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" };

/** Date, time of day, or a moment, which is shown and read in the viewer's time zone. */
export function PickerElement({ element, slot }: { element: Picker; slot: Slot }) {
  const { held, set } = useElement(element, slot);
  const { viewer } = useDirectory();
  const isMoment = element.type === "datetimepicker";
  const zone = element.type === "timepicker" ? element.timezone : isMoment ? viewer.tz : undefined;
  const shown = typeof held === "number" ? wallClock(held, viewer.tz) : typeof held === "string" ? held : "";

  const changed = (event: Event) => {
    if (!(event.currentTarget instanceof HTMLInputElement)) return;
    const { value } = event.currentTarget;
    event.currentTarget.value = shown; // until a confirm dialog, if any, has been agreed to
    void set(value === "" ? null : isMoment ? fromWallClock(value, viewer.tz) : value);
  };
  return html`<span class="picker">
    <input
      type=${types[element.type]}
      ...${controlAttributes(slot)}
      value=${shown}
      data-autofocus=${element.focus_on_load ? "" : undefined}
      onChange=${changed}
    />
    ${zone && html`<span class="zone">${zone}</span>`}
  </span>`;
}
