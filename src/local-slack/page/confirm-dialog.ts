import { html } from "htm/preact";
import { createContext, type ComponentChildren } from "preact";
import { useCallback, useContext, useState } from "preact/hooks";
import type { ConfirmationDialog } from "@slack/types";
import { Dialog } from "./dialog.ts";
import { plainText, Text } from "./mrkdwn-view.ts";

type Ask = (confirm: ConfirmationDialog) => Promise<boolean>;
const ConfirmContext = createContext<Ask>(async () => true);

/** Asks "are you sure?" in the app's words; resolves with the answer. */
export const useConfirm = (): Ask => useContext(ConfirmContext);

export function ConfirmProvider({ children }: { children: ComponentChildren }) {
  const [open, setOpen] = useState<{ confirm: ConfirmationDialog; answer: (yes: boolean) => void }>();
  const ask = useCallback<Ask>(
    (confirm) =>
      new Promise((resolve) => {
        const answer = (yes: boolean) => {
          setOpen(undefined);
          resolve(yes);
        };
        setOpen({ confirm, answer });
      }),
    [],
  );
  return html`<${ConfirmContext.Provider} value=${ask}>
    ${children} ${open && html`<${ConfirmDialog} ...${open} />`}
  <//>`;
}

function ConfirmDialog({ confirm, answer }: { confirm: ConfirmationDialog; answer: (yes: boolean) => void }) {
  const title = confirm.title ? plainText(confirm.title) : "Are you sure?";
  return html`<${Dialog} title=${title} onClose=${() => answer(false)} class="confirm">
    <div class="dialog-body"><${Text} text=${confirm.text} /></div>
    <footer class="dialog-footer">
      <button type="button" class="button" onClick=${() => answer(false)} data-autofocus>
        ${confirm.deny ? plainText(confirm.deny) : "Cancel"}
      </button>
      <button
        type="button"
        class=${confirm.style === "danger" ? "button danger solid" : "button primary solid"}
        onClick=${() => answer(true)}
      >
        ${confirm.confirm ? plainText(confirm.confirm) : "Yes"}
      </button>
    </footer>
  <//>`;
}
