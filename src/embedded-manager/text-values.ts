import { SETTINGS } from "./decisions.ts";

/** Whether a key or role may have this name: not blank, not overlong, on one line. */
export function validName(name: string): boolean {
  return name.trim() !== "" && name.length <= SETTINGS.keyNameLength && !/\p{Cc}/u.test(name);
}

/** Whether this may be a description. */
export function validText(text: string): boolean {
  return text.length <= SETTINGS.descriptionLength && !text.includes("\0");
}
