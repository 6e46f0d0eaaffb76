/** Control characters, and those that turn the writing's direction. */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu;

/** Text of people's, without what would lay out anew the text around it, on a page or a terminal. */
export function clean(text: string): string {
  return text.toWellFormed().replace(UNSEEN, "");
}
