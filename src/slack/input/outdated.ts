import { requestId, type RequestId } from "../../domain/values.ts";

/** A form or button of ours carries what we no longer write: the boundary says so. */
export class Outdated extends Error {
  override readonly name = "Outdated";
}

/** The request that a form is about, or will be the making of. Throws `Outdated`. */
export function requestOf(metadata: string): RequestId {
  const read = requestId.safeParse(metadata);
  if (read.success) return read.data;
  throw new Outdated("a form carries no request's id");
}
