import { html } from "htm/preact";

type Image = { alt_text: string; image_url?: string; slack_file?: object; title?: { text: string } };

/** An image by its address; one that is a Slack file, or of another scheme, is named only. */
export function ImageView({ image, class: className = "" }: { image: Image; class?: string }) {
  const url = image.image_url;
  if (url === undefined || !/^(https?:\/\/|data:image\/)/i.test(url)) {
    return html`<span class="undrawn">Image: ${image.alt_text}</span>`;
  }
  return html`<img class=${className} src=${url} alt=${image.alt_text} referrerpolicy="no-referrer" />`;
}
