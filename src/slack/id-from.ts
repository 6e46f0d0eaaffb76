import { createHash } from "node:crypto";
import { idOf } from "../domain/values.ts";

/** The id that this text always gives: what comes of one line or form is the same, however often Slack delivers it (R14). */
export function idFrom(text: string): string {
  return idOf(createHash("sha256").update(text).digest());
}
