import { isJson, type Json } from "../json.ts";

/** An interactive element with the block that holds it. */
export type Placed = { blockId: string; block: Json; element: Json };

const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : []);

/** Every element with an `action_id`, in order. */
export function elementsOf(blocks: readonly unknown[]): Placed[] {
  return blocks.filter(isJson).flatMap((block) => {
    if (block["type"] === "container") return elementsOf(list(block["child_blocks"]));
    if (block["type"] === "carousel") return elementsOf(list(block["elements"]));
    return [
      ...list(block["elements"]),
      ...list(block["actions"]),
      ...list([block["element"], block["accessory"]]),
    ]
      .filter((element) => typeof element["action_id"] === "string")
      .map((element) => ({ blockId: String(block["block_id"]), block, element }));
  });
}

export function findElement(
  blocks: readonly unknown[],
  blockId: string,
  actionId: string,
): Placed | undefined {
  return elementsOf(blocks).find(
    (placed) => placed.blockId === blockId && placed.element["action_id"] === actionId,
  );
}

/** All options of a static element, those in groups included. */
export function optionsOf(element: Json): Json[] {
  return [
    ...list(element["options"]),
    ...list(element["option_groups"]).flatMap((group) => list(group["options"])),
  ];
}
