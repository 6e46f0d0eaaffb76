/** Who one is and where one looks; it stands in the URL's hash (`#/U1/C1/home`), so a reload keeps it. */
export type Place = { user?: string; conversation?: string; tab?: "home" | "messages" };

export function readPlace(hash: string): Place {
  const [user, conversation, tab] = hash.replace(/^#\/?/, "").split("/");
  return {
    ...(user ? { user } : {}),
    ...(conversation ? { conversation } : {}),
    ...(tab === "home" || tab === "messages" ? { tab } : {}),
  };
}

export function hashOf({ user, conversation, tab }: Place): string {
  return `#/${[user, conversation, tab].filter((part) => part !== undefined).join("/")}`;
}
