import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { KnownBlock, ModalView } from "@slack/types";
import type { OpenView, SubmitResult } from "../client-protocol.ts";
import { Avatar } from "./avatar.ts";
import { Blocks } from "./blocks.ts";
import type { Client } from "./client.ts";
import { Dialog } from "./dialog.ts";
import { useDirectory } from "./directory.ts";
import { Icon } from "./icon.ts";
import { plainText } from "./mrkdwn-view.ts";
import { SurfaceContext, useSurface } from "./surface.ts";

/** The top of the stack is what one sees; those below keep what was entered. */
export function ModalStack({ modals, client }: { modals: OpenView[]; client: Client }) {
  const { workspace } = useDirectory();
  const top = modals.at(-1);
  if (top === undefined || top.view.type !== "modal") return undefined;
  const app = workspace.apps.find(({ id }) => id === top.app);
  const close = (all: boolean) => void client.close(all ? { view: top.id, all } : { view: top.id });
  return html`<${Dialog}
    title=${plainText(top.view.title)}
    icon=${html`<${Avatar} name=${app?.name ?? "?"} color=${colorOf(app?.botUser, workspace.people)} class="small" />`}
    contentKey=${top.id}
    onClose=${() => close(false)}
    onDismiss=${() => close(true)}
  >
    ${modals.map(
      (open) =>
        open.view.type === "modal" &&
        html`<${ModalForm}
          key=${open.id}
          open=${open}
          view=${open.view}
          client=${client}
          hidden=${open !== top}
          onClose=${() => close(false)}
        />`,
    )}
  <//>`;
}

type FormProps = { open: OpenView; view: ModalView; client: Client; hidden: boolean; onClose: () => void };

function ModalForm({ open, view, client, hidden, onClose }: FormProps) {
  const blocks = view.blocks as KnownBlock[];
  const [waiting, setWaiting] = useState(false);
  const [result, setResult] = useState<SubmitResult>();
  const form = useRef<HTMLFormElement>(null);
  const where = useRef({ view: open.id }).current;
  const errors = { ...open.errors, ...result?.errors };
  const banner = result?.banner ?? open.banner;
  const surface = useSurface({ client, where, blocks, served: open.values, errors });
  const drawn = JSON.stringify(blocks);
  useEffect(() => setResult(undefined), [drawn]); // an update answers the submission that went before
  useEffect(() => {
    if (!waiting) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [result, waiting]);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (waiting || view.submit === undefined) return;
    setWaiting(true);
    setResult(undefined);
    const answer = await client.submit({ view: open.id, values: surface.values });
    setWaiting(false);
    setResult(answer);
  };
  return html`<form ref=${form} class="modal" hidden=${hidden} novalidate onSubmit=${submit}>
    ${banner && html`<p class="banner" role="alert"><${Icon} name="warning" /> ${banner}</p>`}
    <div class="dialog-body">
      <${SurfaceContext.Provider} value=${surface}><${Blocks} blocks=${blocks} /><//>
    </div>
    <footer class="dialog-footer">
      <button type="button" class="button" onClick=${onClose}>
        ${view.close ? plainText(view.close) : "Close"}
      </button>
      ${
        view.submit &&
        html`<button type="submit" class="button primary solid" aria-disabled=${waiting} aria-busy=${waiting}>
          ${waiting && html`<span class="spinner" aria-hidden="true"></span>`} ${plainText(view.submit)}
        </button>`
      }
    </footer>
  </form>`;
}

const colorOf = (id: string | undefined, people: { id: string; color: string }[]) =>
  people.find((person) => person.id === id)?.color ?? "";
