import { html } from "htm/preact";
import { useCallback } from "preact/hooks";
import { useDirectory } from "../directory.ts";
import { plainText } from "../mrkdwn-view.ts";
import { useSurfaceContext } from "../surface.ts";
import { useElement, type Slot } from "../use-element.ts";
import { Combobox } from "./combobox.ts";
import { choiceOf, findChoices, type Choice, type SelectElement } from "./option-source.ts";

/** All ten selects: static, external, people, conversations and channels, for one or for several. */
export function SelectElementView({ element, slot }: { element: SelectElement; slot: Slot }) {
  const { held, set } = useElement(element, slot);
  const directory = useDirectory();
  const surface = useSurfaceContext();
  const many = element.type.startsWith("multi_");
  const external = element.type === "external_select" || element.type === "multi_external_select";
  const items = Array.isArray(held) ? (held as unknown[]) : held ? [held] : [];

  const find = useCallback(
    (query: string) =>
      findChoices(element, query, directory, (text) =>
        surface.options(slot.blockId, element.action_id ?? "", text),
      ),
    [element, directory, surface, slot.blockId],
  );
  const choose = (choices: Choice[]) => {
    const values = choices.map(({ value }) => value);
    void set(many ? values : (values[0] ?? null));
  };
  return html`<${Combobox}
    slot=${slot}
    chosen=${items.map((item) => choiceOf(item, directory))}
    many=${many}
    most=${"max_selected_items" in element ? element.max_selected_items : undefined}
    minQuery=${external ? (element.min_query_length ?? 3) : 0}
    placeholder=${element.placeholder ? plainText(element.placeholder) : many ? "Select…" : "Select one…"}
    autofocus=${element.focus_on_load ?? false}
    debounce=${external ? 200 : 0}
    find=${find}
    choose=${choose}
  />`;
}
