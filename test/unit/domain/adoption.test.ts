import { describe, expect, test } from "vitest";
import {
  type Adoption,
  adoption,
  adoptKey,
  decideAdoption,
  endAdoption,
  proposeAdoption,
  sortOut,
} from "../../../src/domain/adoption.ts";
import { withMarker } from "../../../src/domain/marker.ts";
import { attemptId, keyId, requestId, roleId } from "../../../src/domain/values.ts";
import { ada, ben, NOW } from "../../support/domain.ts";

const SEAL = "a".repeat(32);
const OTHER = "b".repeat(32);
const request = (n: number) => requestId.parse(`REQ00000000${n}`);
const origin = (n: number) => ({
  request: request(n),
  attempt: attemptId.parse(`ATT00000000${n}`),
  owner: ada,
});
const marked = (id: number, n: number, seal = SEAL) => ({
  id: keyId.parse(id),
  name: `ci-${id}`,
  description: withMarker("nightly", origin(n), seal),
});
const sort = (keys: Parameters<typeof sortOut>[0], known: number[] = []) =>
  sortOut(keys, { sealed: (_, seal) => seal === SEAL, known: new Set(known) });

describe("what the manager alone says of keys", () => {
  test("is an owner where a marker of ours stands at a key that is not on record", () => {
    expect(sort([marked(7, 1), { id: keyId.parse(8), name: "foreign", description: "" }])).toEqual({
      proposals: [{ key: 7, name: "ci-7", owner: ada, request: request(1) }],
      copied: [],
      forged: [],
      unmarked: 1,
      known: 0,
    });
  });

  test("is nothing where the seal does not hold", () => {
    expect(sort([marked(7, 1, OTHER)])).toMatchObject({ proposals: [], forged: [{ key: 7, name: "ci-7" }] });
  });

  test("is nothing where one marker stands at several keys, one of them on record or not", () => {
    const copies = {
      request: request(1),
      keys: [
        { key: 7, name: "ci-7" },
        { key: 8, name: "ci-8" },
      ],
    };
    expect(sort([marked(7, 1), marked(8, 1)])).toMatchObject({ proposals: [], copied: [copies], known: 0 });
    expect(sort([marked(7, 1), marked(8, 1)], [7])).toMatchObject({
      proposals: [],
      copied: [copies],
      known: 1,
    });
  });

  test("does not count against what is on record", () => {
    expect(sort([marked(7, 1), { ...marked(8, 2), description: "" }], [7, 8])).toEqual({
      proposals: [],
      copied: [],
      forged: [],
      unmarked: 0,
      known: 2,
    });
  });
});

const proposed = (): Adoption =>
  adoption.parse({
    id: "ADPT00000001",
    at: NOW,
    ...sort([marked(7, 1), marked(8, 2), marked(9, 2), marked(5, 3, OTHER)]),
  });

test("a proposal stands in the trail with its keys", () => {
  const { next, event } = proposeAdoption(proposed());
  expect(next).toEqual(proposed());
  expect(event).toMatchObject({
    actor: "portcullis",
    subject: "adoption:ADPT00000001",
    event: "adoption.proposed",
    evidence: { proposed: [7], copied: [8, 9], forged: [5], unmarked: 0, known: 0 },
  });
});

describe("a decision", () => {
  test("is taken once, by somebody", () => {
    const step = decideAdoption(proposed(), { as: "declined", by: ben, at: NOW + 1 });
    if ("refusal" in step) throw new Error(step.refusal.reason);
    expect(step.event).toMatchObject({ actor: ben, event: "adoption.declined" });
    expect(decideAdoption(step.next, { as: "confirmed", by: ada, at: NOW + 2 })).toEqual({
      refusal: { reason: "wrong-state", state: "declined", by: ben, at: NOW + 1 },
    });
  });

  test("is carried out once, and only if it was a yes", () => {
    const done = { at: NOW + 2, adopted: 1, left: [{ key: keyId.parse(8), name: "ci-8" }] };
    expect(endAdoption(proposed(), done)).toMatchObject({ refusal: { reason: "wrong-state", at: NOW } });
    const confirmed = { ...proposed(), decided: { as: "confirmed" as const, by: ben, at: NOW + 1 } };
    const step = endAdoption(confirmed, done);
    if ("refusal" in step) throw new Error(step.refusal.reason);
    expect(step.event).toMatchObject({ event: "adoption.done", evidence: { adopted: 1, left: [8] } });
    expect(endAdoption(step.next, done)).toMatchObject({ refusal: { reason: "wrong-state", at: NOW + 2 } });
  });
});

test("an adopted key belongs to whom its marker names, on the word of who confirmed it", () => {
  const key = { id: keyId.parse(7), name: "ci-7", role: roleId.parse(2), madeAt: NOW };
  const { next, event } = adoptKey(key, { owner: ada, request: request(1) }, { by: ben, at: NOW + 1 });
  expect(next).toEqual({ ...key, owner: ada, origin: { kind: "adopted", request: request(1) } });
  expect(event).toEqual({
    at: NOW + 1,
    actor: ben,
    subject: "key:7",
    event: "key.adopted",
    evidence: { owner: ada, request: request(1) },
  });
});
