import type { Request } from "../../domain/request.ts";
import type { RequestCard } from "../../usecases/card-content.ts";
import { stateInWords } from "../words/request-words.ts";
import { aimInWords } from "../words/wants-words.ts";
import { code, type Message, saying, type Words } from "../words/words.ts";

/** The lasting message that tells the asker how a request ended. */
export function outcomeCard({ request: { value: request } }: RequestCard): Message {
  return saying(["Your request for ", ...aimInWords(request.wants)], stateInWords(request), next(request));
}

/** What the asker can do now; a failure's words say it themselves. */
function next(request: Request): Words {
  const { state, wants } = request;
  if (state !== "denied" && state !== "lapsed") return [];
  const again = code(wants.kind === "new-key" ? "/apikey request" : "/apikey help");
  return state === "denied"
    ? ["Talk to the person who denied it if you see it differently, or ask again in another way: ", again]
    : ["If it is still wanted, ask again: ", again];
}
