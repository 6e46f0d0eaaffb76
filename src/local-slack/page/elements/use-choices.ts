import { useEffect, useRef, useState } from "preact/hooks";
import type { ChoiceGroup } from "./option-source.ts";

export type Found = { state: "too-short" | "loading" | "failed" } | { state: "found"; groups: ChoiceGroup[] };

type Find = (query: string) => Promise<ChoiceGroup[] | undefined>;

/** The choices for what has been typed; an answer that was overtaken by a newer question is dropped. */
export function useChoices(
  open: boolean,
  query: string,
  minQuery: number,
  debounce: number,
  find: Find,
): Found {
  const [found, setFound] = useState<Found>({ state: "loading" });
  const latest = useRef(find);
  latest.current = find;
  useEffect(() => {
    if (!open) return undefined;
    if (query.length < minQuery) {
      setFound({ state: "too-short" });
      return undefined;
    }
    let overtaken = false;
    setFound({ state: "loading" });
    const ask = async () => {
      const groups = await latest.current(query);
      if (!overtaken) setFound(groups === undefined ? { state: "failed" } : { state: "found", groups });
    };
    const timer = setTimeout(() => void ask(), debounce);
    return () => {
      overtaken = true;
      clearTimeout(timer);
    };
  }, [open, query, minQuery, debounce]);
  return found;
}
