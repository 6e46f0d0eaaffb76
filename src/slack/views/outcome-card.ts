import type { Request } from "../../domain/request.ts";
import type { CardContent } from "../../usecases/ports.ts";
import { stateInWords } from "../request-words.ts";
import { code, type Message, saying, type Words } from "../words.ts";

/** The lasting message that tells the asker how a request ended. */
export function outcomeCard({ request: { value: request } }: CardContent): Message {
  return saying(
    ["Your request for the API key ", code(request.wants.keyName)],
    stateInWords(request),
    next(request),
  );
}

/** What the asker can do now; a failure's words say it themselves. */
function next(request: Request): Words {
  switch (request.state) {
    case "denied":
      return [
        "Talk to the person who denied it if you see it differently, or ask again in another way: ",
        code("/apikey request"),
      ];
    case "lapsed":
      return ["If it is still wanted, ask again: ", code("/apikey request")];
    case "pending":
    case "approved":
    case "withdrawn":
    case "fulfilled":
    case "failed":
      return [];
  }
}
