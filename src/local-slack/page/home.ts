import { html } from "htm/preact";
import { useMemo } from "preact/hooks";
import type { KnownBlock } from "@slack/types";
import type { AppListing, OpenView } from "../client-protocol.ts";
import { Blocks } from "./blocks.ts";
import type { Client } from "./client.ts";
import { SurfaceContext, useSurface } from "./surface.ts";

/** The Home that an app has published for this person. */
export function Home({ app, home, client }: { app: AppListing; home: OpenView | undefined; client: Client }) {
  if (home === undefined) {
    return html`<div class="home empty">
      <h2>Nothing here yet</h2>
      <p>${app.name} has not published its Home for you.</p>
    </div>`;
  }
  return html`<${PublishedHome} key=${home.id} home=${home} client=${client} />`;
}

function PublishedHome({ home, client }: { home: OpenView; client: Client }) {
  const blocks = home.view.blocks as KnownBlock[];
  const where = useMemo(() => ({ view: home.id }), [home.id]);
  const surface = useSurface({ client, where, blocks, served: home.values, errors: home.errors });
  return html`<div class="home">
    <div class="home-inner">
      <${SurfaceContext.Provider} value=${surface}><${Blocks} blocks=${blocks} /><//>
    </div>
  </div>`;
}
