import { attemptId, type AttemptId, personId, type PersonId, requestId, type RequestId } from "./values.ts";

/** Which attempt of which request made a key, and for whom. */
export type Origin = { request: RequestId; attempt: AttemptId; owner: PersonId };

/* White space is taken from where it begins: from each of its characters, a long run of it would take for ever. */
const MARKER =
  /(?<!\s)\s*\[portcullis ([0-9A-HJKMNP-TV-Z]{12}) ([0-9A-HJKMNP-TV-Z]{12}) ([UW][A-Z0-9]{1,20}) ([0-9a-f]{32})\]$/;

/** The text whose seal makes a marker ours. */
export function sealedText({ request, attempt, owner }: Origin): string {
  return `portcullis marker 1 ${request} ${attempt} ${owner}`;
}

/** A description ending in our marker, from which a lost database can be rebuilt. */
export function withMarker(description: string, origin: Origin, seal: string): string {
  const marker = `[portcullis ${origin.request} ${origin.attempt} ${origin.owner} ${seal}]`;
  return description === "" ? marker : `${description} ${marker}`;
}

/** The marker at a description's end; believed only if the seal holds, since others can edit descriptions. */
export function readMarker(description: string): { text: string; origin: Origin; seal: string } | undefined {
  const found = MARKER.exec(description);
  if (found === null) return undefined;
  const [, request, attempt, owner, seal = ""] = found;
  const origin = {
    request: requestId.parse(request),
    attempt: attemptId.parse(attempt),
    owner: personId.parse(owner),
  };
  return { text: description.slice(0, found.index), origin, seal };
}
