import { describe, expect, it } from "vitest";
import { comeBack, depart, departure, heirs, MOST_REMEMBERED } from "../../../src/domain/departure.ts";
import type { Request } from "../../../src/domain/request.ts";
import { ada, aKey, ben, chiara, dmitri, emi, NOW, pendingRequest } from "../../support/domain.ts";

const key = { key: aKey(), name: "ci-deploy" };
const left = { person: ada, keys: [key], total: 1, at: NOW };
const gone = () => {
  const step = depart(left, undefined);
  if (!("next" in step)) throw new Error("refused");
  return step;
};

describe("an owner who is deactivated", () => {
  it("has departed, once until they are back", () => {
    const { next, event } = gone();
    expect(departure.parse(next)).toEqual({ id: `${ada}-1`, person: ada, keys: [key], total: 1, at: NOW });
    expect(event).toMatchObject({ event: "owner.departed", subject: `person:${ada}`, evidence: { keys: 1 } });
    expect(depart(left, next)).toEqual({ refusal: { reason: "no-change" } });
  });

  it("may come back, once, and depart a second time", () => {
    const back = comeBack(gone().next, NOW + 1);
    if (!("next" in back)) throw new Error("refused");
    expect(back.event.event).toBe("owner.returned");
    expect(comeBack(back.next, NOW + 2)).toEqual({ refusal: { reason: "no-change" } });
    expect(depart({ ...left, at: NOW + 3 }, back.next)).toMatchObject({ next: { id: `${ada}-2` } });
  });

  it("leaves more keys than are remembered by name", () => {
    const keys = Array.from({ length: MOST_REMEMBERED + 1 }, () => key);
    const step = depart({ ...left, keys, total: 900 }, undefined);
    expect("next" in step && step.next.keys.length).toBe(MOST_REMEMBERED);
    expect(step).toMatchObject({ next: { total: 900 } });
  });
});

describe("who could take a key over", () => {
  const asked = (asker: Request["asker"], ...approvers: Request["asker"][]): Request => ({
    ...pendingRequest({ asker }),
    approvals: approvers.map((by, i) => ({ by, at: NOW + i })),
  });

  it("are those who approved something about it, the last first, then who asked; never its owner", () => {
    expect(heirs([asked(emi, chiara), asked(ada, ben, dmitri, ada)], ada)).toEqual([
      chiara,
      dmitri,
      ben,
      emi,
    ]);
    expect(heirs([asked(ada, chiara), asked(ada, chiara)], ada)).toEqual([chiara]);
    expect(heirs([], ada)).toEqual([]);
  });
});
