import { html, render } from "htm/preact";
import { App } from "./app.ts";

const root = document.querySelector<HTMLElement>("#app");
if (root !== null) render(html`<${App} />`, root);

// A page that the browser kept whole would show a session that has ended.
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});
