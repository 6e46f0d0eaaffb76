import { REFUSALS, type RefusalName } from "./decisions.ts";

/** A call that is answered with one of the refusals and changes nothing. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  /** Seconds, for the header of that name; 0 for none. */
  readonly retryAfter: number;

  constructor(refusal: RefusalName, fill = "", retryAfter = 0) {
    super(REFUSALS[refusal].text.replace("[NAME]", () => fill));
    this.status = REFUSALS[refusal].status;
    this.retryAfter = retryAfter;
  }
}
