import { createContext } from "preact";
import { useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { KnownBlock } from "@slack/types";
import type { Act, ElementValue, ViewValues } from "../client-protocol.ts";
import type { Client, OptionsAnswer } from "./client.ts";
import { currentValues, prune } from "./element-values.ts";

/** A message, a modal or a Home: where blocks stand, what they hold, and whom a click reaches. */
export type Surface = {
  values: ViewValues;
  errors: Record<string, string>;
  /** The block whose last click came to nothing, and why. */
  trouble: { blockId: string; text: string } | undefined;
  change: (blockId: string, actionId: string, value: ElementValue) => void;
  act: (
    blockId: string,
    actionId: string,
    chosen: Record<string, unknown>,
    value?: ElementValue,
  ) => Promise<void>;
  options: (blockId: string, actionId: string, query: string) => Promise<OptionsAnswer>;
};

const inert: Surface = {
  values: {},
  errors: {},
  trouble: undefined,
  change: () => {},
  act: async () => {},
  options: async () => ({ ok: false, error: "no_surface" }),
};
export const SurfaceContext = createContext<Surface>(inert);
export const useSurfaceContext = (): Surface => useContext(SurfaceContext);

type Shown = {
  client: Client;
  where: Act["in"];
  blocks: KnownBlock[];
  served?: ViewValues;
  errors?: Record<string, string>;
};

const nothing = {};

export function useSurface({ client, where, blocks, served = nothing, errors = nothing }: Shown): Surface {
  const [touched, setTouched] = useState<ViewValues>({});
  const [trouble, setTrouble] = useState<Surface["trouble"]>();
  useEffect(() => setTouched((values) => prune(values, blocks)), [blocks]);

  const values = useMemo(() => currentValues(blocks, touched, served), [blocks, touched, served]);
  const latest = useRef(values); // a change and the click right after it meet before the next drawing
  latest.current = values;

  const change: Surface["change"] = (blockId, actionId, value) => {
    latest.current = withValue(latest.current, blockId, actionId, value);
    setTouched((now) => withValue(now, blockId, actionId, value));
  };
  return {
    values,
    errors,
    trouble,
    change,
    async act(blockId, actionId, chosen, value) {
      if (value !== undefined) change(blockId, actionId, value);
      setTrouble(undefined);
      const answer = await client.act({ in: where, blockId, actionId, chosen, values: latest.current });
      if (!answer.ok) setTrouble({ blockId, text: troubleInWords(answer.error) });
    },
    options: (blockId, actionId, query) =>
      client.options({ in: where, blockId, actionId, query, values: latest.current }),
  };
}

function withValue(values: ViewValues, block: string, action: string, value: ElementValue): ViewValues {
  return { ...values, [block]: { ...values[block], [action]: value } };
}

function troubleInWords(error: string | undefined): string {
  if (error === "no_connection") return "Local Slack cannot be reached.";
  return `The app did not take this: ${error ?? "no reason was given"}.`;
}
