import type { HeadPosting } from "../../usecases/ports.ts";
import { bold, code, fallback, lines, type Message, time, type Words } from "../words/words.ts";

/** The day's head of the audit trail, with the line that holds the trail against it. */
export function headMessage({ head, events, since }: HeadPosting): Message {
  const title = `Audit trail: ${events} ${events === 1 ? "event" : "events"}`;
  const begun: Words = since === undefined ? [" since its beginning"] : [" since ", time(since)];
  return {
    text: fallback([title]),
    blocks: [
      lines(
        [bold(title), ...begun, `, up to number ${head.seq}.`],
        ["Its head is ", code(`${head.seq}:${head.hash}`)],
        [
          "To check the trail against it: ",
          code(`npm run portcullis -- audit verify --head ${head.seq}:${head.hash}`),
        ],
      ),
    ],
  };
}
