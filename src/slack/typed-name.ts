/** A name as it was meant: Slack may escape &, < and >, and people quote names with spaces (R8). */
export function typedName(escaped: string): string {
  const text = escaped
    .replace(/&(amp|lt|gt);/g, (_, name: string) => ({ amp: "&", lt: "<", gt: ">" })[name] ?? "")
    .trim();
  return /^["“”„‟«»](.*)["“”„‟«»]$/su.exec(text)?.[1]?.trim() ?? text;
}
