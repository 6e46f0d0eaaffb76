import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ClientEvent } from "../client-protocol.ts";
import { Client, fetchWorkspace } from "./client.ts";
import { afterEvent, read, type Seen } from "./snapshot.ts";

export type Connection =
  | { state: "connecting" }
  | { state: "refused"; error: string }
  | { state: "open" | "lost"; client: Client; seen: Seen };

/**
 * One session for as long as this tab is this person. A reload opens a new one, which is why
 * ephemeral messages do not survive it (R33).
 */
export function useSession(user: string | undefined, conversation: string | undefined) {
  const [connection, setConnection] = useState<Connection>({ state: "connecting" });
  const [attempt, setAttempt] = useState(0);
  const looking = useRef(conversation);
  looking.current = conversation;
  const update = useCallback((change: (seen: Seen) => Seen) => {
    setConnection((now) => ("seen" in now ? { ...now, seen: change(now.seen) } : now));
  }, []);

  useEffect(() => {
    if (user === undefined) return undefined;
    let over = false;
    let end = () => {};
    let later: ReturnType<typeof setTimeout> | undefined;
    setConnection({ state: "connecting" });
    const again = () => setAttempt((count) => count + 1);

    void Client.open(user).then((client) => {
      if (over) return typeof client === "string" ? undefined : client.leave();
      if (typeof client === "string") {
        setConnection({ state: "refused", error: client });
        if (client === "no_connection") later = setTimeout(again, 2000);
        return undefined;
      }
      let meanwhile: ClientEvent[] | undefined; // what happens while the snapshot is on its way may not be in it
      const load = async () => {
        meanwhile = [];
        const [workspace, snapshot] = await Promise.all([fetchWorkspace(), client.snapshot()]);
        if (over || !workspace.ok || !snapshot.ok) return;
        const after = (seen: Seen, event: ClientEvent) => afterEvent(seen, event, looking.current);
        const seen = (meanwhile ?? []).reduce(after, { workspace, snapshot });
        meanwhile = undefined;
        setConnection({ state: "open", client, seen: read(seen, looking.current) });
      };
      const stop = client.listen({
        event: (event) => {
          meanwhile?.push(event);
          update((seen) => afterEvent(seen, event, looking.current));
        },
        opened: () => void load(),
        lost: () => setConnection((now) => (now.state === "open" ? { ...now, state: "lost" } : now)),
        gone: () => (later = setTimeout(again, 1000)),
      });
      const leave = () => client.leave();
      window.addEventListener("pagehide", leave);
      end = () => {
        window.removeEventListener("pagehide", leave);
        stop();
        client.leave();
      };
      return undefined;
    });
    return () => {
      over = true;
      clearTimeout(later);
      end();
    };
  }, [user, attempt, update]);

  const markRead = useCallback((id: string) => update((seen) => read(seen, id)), [update]);
  return { connection, markRead };
}
