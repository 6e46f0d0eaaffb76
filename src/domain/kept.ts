/** Text as both databases keep it: well-formed, and without NUL, for which PostgreSQL has no place. */
export function kept(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}
