import { html } from "htm/preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Person, Workspace } from "../client-protocol.ts";
import { fetchWorkspace } from "./client.ts";
import { ConfirmProvider } from "./confirm-dialog.ts";
import { ConversationView } from "./conversation.ts";
import { DirectoryContext, type Directory } from "./directory.ts";
import { ModalStack } from "./modal.ts";
import { hashOf, readPlace, type Place } from "./place.ts";
import { useSession, type Connection } from "./session.ts";
import { Sidebar } from "./sidebar.ts";
import { NoticeView } from "./timeline.ts";
import { TopBar } from "./top-bar.ts";

export function App() {
  const place = usePlace();
  const [workspace, setWorkspace] = useState<Workspace>();
  const { connection, markRead } = useSession(place.user, place.conversation);
  const [menuOpen, setMenuOpen] = useState(false);
  // Again for whoever is refused: what has become of them explains it.
  const refused = connection.state === "refused";
  useEffect(() => loadUntilThere(setWorkspace), [refused]);

  const known = "seen" in connection ? connection.seen.workspace : workspace;
  const viewer = known?.people.find(({ id }) => id === place.user);
  useEffect(() => {
    const first = known?.people.find(({ kind }) => kind === "member");
    if (viewer === undefined && first !== undefined) location.replace(hashOf({ user: first.id }));
  }, [known, viewer]);

  if (known === undefined) return html`<p class="splash" role="status">Connecting to local Slack…</p>`;
  return html`<div class=${menuOpen ? "app menu-open" : "app"}>
    <${TopBar}
      workspace=${known}
      viewer=${viewer}
      menuOpen=${menuOpen}
      onMenu=${() => setMenuOpen(!menuOpen)}
    />
    <${Session}
      connection=${connection}
      viewer=${viewer}
      place=${place}
      onChoose=${() => setMenuOpen(false)}
      onRead=${markRead}
    />
  </div>`;
}

type SessionProps = {
  connection: Connection;
  viewer: Person | undefined;
  place: Place;
  onChoose: () => void;
  onRead: (id: string) => void;
};

/** Everything that one person sees. */
function Session({ connection, viewer, place, onChoose, onRead }: SessionProps) {
  const seen = "seen" in connection ? connection.seen : undefined;
  const conversations = seen?.snapshot.conversations;
  const workspace = seen?.workspace;
  const directory = useMemo<Directory | undefined>(
    () => (workspace && conversations && viewer ? { workspace, conversations, viewer } : undefined),
    [workspace, conversations, viewer],
  );
  const room = conversations?.find(({ id }) => id === place.conversation);
  const first = conversations?.[0];
  useEffect(() => {
    const user = viewer?.id;
    if (room === undefined && first !== undefined && user !== undefined)
      location.replace(hashOf({ user, conversation: first.id }));
  }, [room, first, viewer]);

  if (connection.state === "refused") return html`<${Refused} viewer=${viewer} error=${connection.error} />`;
  if (!("seen" in connection) || directory === undefined || connection.seen.snapshot.user !== viewer?.id) {
    return html`<p class="splash" role="status">Connecting…</p>`;
  }
  const { client } = connection;
  const { snapshot } = connection.seen;
  return html`<${DirectoryContext.Provider} value=${directory}>
    <${ConfirmProvider}>
      <${Sidebar} snapshot=${snapshot} current=${room?.id} onChoose=${onChoose} />
      ${
        room &&
        html`<${ConversationView}
          room=${room}
          snapshot=${snapshot}
          place=${place}
          client=${client}
          onRead=${onRead}
        />`
      }
      ${conversations?.length === 0 && html`<main class="splash nowhere"><p>${viewer.realName} is in no channel.</p></main>`}
      <div class="toasts" aria-live="polite">
        ${snapshot.notices
          .filter(({ channel }) => channel === undefined)
          .slice(-2)
          .map((notice) => html`<${NoticeView} key=${notice.id} notice=${notice} />`)}
      </div>
      ${
        connection.state === "lost" &&
        html`<p class="lost" role="alert">Local Slack is not answering. Trying again…</p>`
      }
      <${ModalStack} modals=${snapshot.modals} client=${client} />
    <//>
  <//>`;
}

function Refused({ viewer, error }: { viewer: Person | undefined; error: string }) {
  const name = viewer?.realName ?? "This person";
  const why =
    viewer?.kind === "deactivated"
      ? "The account is deactivated, so nobody can sign in with it. Act as somebody else."
      : error === "no_connection"
        ? "Local Slack is not answering. Trying again…"
        : `Local Slack answered “${error}”.`;
  return html`<main class="splash">
    <h1>${name} cannot sign in</h1>
    <p>${why}</p>
  </main>`;
}

function usePlace(): Place {
  const [place, setPlace] = useState(() => readPlace(location.hash));
  useEffect(() => {
    const changed = () => setPlace(readPlace(location.hash));
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  return place;
}

/** Asks for the workspace until local Slack is there; returns what stops it. */
function loadUntilThere(found: (workspace: Workspace) => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const load = async () => {
    const answer = await fetchWorkspace();
    if (answer.ok) found(answer);
    else timer = setTimeout(() => void load(), 1000);
  };
  void load();
  return () => clearTimeout(timer);
}
