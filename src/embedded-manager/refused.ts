import { REFUSALS, type RefusalName } from "./decisions.ts";

/** A call that is answered with one of the refusals and changes nothing. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;

  constructor(refusal: RefusalName, fill = "") {
    super(REFUSALS[refusal].text.replace("[NAME]", () => fill));
    this.status = REFUSALS[refusal].status;
  }
}
