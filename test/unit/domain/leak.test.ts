import { describe, expect, test } from "vitest";
import { clearCompromised, markCompromised, secretReplaced } from "../../../src/domain/compromised.ts";
import type { KeyRecord } from "../../../src/domain/key.ts";
import {
  closeLeak,
  findLeak,
  giveUpProof,
  type Leak,
  leak,
  proveLeak,
  seeAgain,
  wasStopped,
} from "../../../src/domain/leak.ts";
import { containsSecret, findSecrets } from "../../../src/domain/secret.ts";
import { roleId } from "../../../src/domain/values.ts";
import { ada, aKey, ben, NOW } from "../../support/domain.ts";

const RANDOM = `${"Ab3+/".repeat(8)}xyz=`;
const GUID = "0F3A8D6E-3C11-4B5A-9E7D-2F6B1C0D9A8E";
const found = (text: string) => findSecrets(text).map(({ secret, id }) => [secret.reveal(), id]);

describe("secrets are found", () => {
  test.each([
    ["as they are", `8:${RANDOM}`, 8],
    ["in a code block", `\`\`\`8:${RANDOM}\`\`\``, 8],
    ["in JSON", `{"secretKey":"8:${RANDOM.replaceAll("/", "\\/")}"}`, 8],
    ["on a command line", `curl -H 'api-secret-key: 8:${RANDOM}' https://m`, 8],
    ["in an address", `https://m/?key=8%3A${encodeURIComponent(RANDOM)}`, 8],
    ["broken over lines", `8:${RANDOM.slice(0, 20)}\n  ${RANDOM.slice(20)}`, 8],
    ["as Slack escapes it", `&lt;8:${RANDOM}&gt;`, 8],
  ])("%s", (_, text, id) => {
    expect(found(text)).toEqual([[`8:${RANDOM}`, id]]);
  });

  test("with a tenant in front, which names no key", () => {
    expect(found(`${GUID}:${RANDOM}`)).toEqual([[`${GUID}:${RANDOM}`, undefined]]);
    expect(found(`${GUID}:${GUID}:${RANDOM}`)).toEqual([[`${GUID}:${GUID}:${RANDOM}`, undefined]]);
  });

  test("once each, and twenty of a message at most", () => {
    const many = Array.from({ length: 25 }, (_, n) => `${n + 1}:${RANDOM}`);
    expect(found(`8:${RANDOM} and again 8:${RANDOM}`)).toHaveLength(1);
    expect(found(many.join(" "))).toHaveLength(20);
  });

  test("with the number that stands before them, and no other", () => {
    const broken = `${RANDOM.slice(0, 9)}\n${RANDOM.slice(9)}`;
    expect(found(`key 12\n8:${broken}`)).toEqual([[`8:${RANDOM}`, 8]]);
    expect(found(`in 2024 8:${broken}`)).toEqual([[`8:${RANDOM}`, 8]]);
    expect(found(`deadbeef0012:${RANDOM}`)).toEqual([]);
  });

  test("and nothing else is", () => {
    expect(found("the key 8 of 2026-01-01, 8:short=, hello")).toEqual([]);
  });

  test("with a number too long for an ID, they name no key", () => {
    expect(found(`12345678901:${RANDOM}`)).toEqual([[`12345678901:${RANDOM}`, undefined]]);
  });
});

test("whatever is found is refused in what people type, too", () => {
  for (const text of [
    `8%3A${encodeURIComponent(RANDOM)}`,
    `"8:${RANDOM.replaceAll("/", "\\/")}"`,
    `8:${RANDOM.slice(0, 9)}\\\n${RANDOM.slice(9)}`,
  ]) {
    expect(containsSecret(text)).toBe(true);
  }
});

test("a secret is known again by its mark", () => {
  const [one] = findSecrets(`8:${RANDOM}`);
  expect(one?.secret.mark((text) => `sealed ${text.length}`)).toMatch(/^sealed \d+$/);
  expect(one?.secret.mark((text) => text)).toContain("portcullis leaked secret 1 8:");
});

const aLeak = (change: Partial<Leak> = {}): Leak =>
  leak.parse({
    id: "REAK00000001",
    mark: "0".repeat(32),
    key: 7,
    proof: { is: "works", at: NOW },
    own: false,
    sightings: [{ at: NOW, by: ben, channel: "C1", ts: "1.2", author: ada }],
    seen: 1,
    ...change,
  });

describe("a found secret", () => {
  const seen = { at: NOW, by: ben, channel: "C1", ts: "1.2", author: ada };

  test("stands in the trail with where it was seen, and never itself, before it is tried", () => {
    const { next, event } = findLeak({ id: "REAK00000001", mark: "0".repeat(32), key: aKey() }, seen);
    expect(leak.parse(next)).toMatchObject({ proof: { is: "trying" }, own: false, seen: 1, key: aKey() });
    expect(event).toEqual({
      at: NOW,
      actor: ben,
      subject: "leak:REAK00000001",
      event: "leak.found",
      evidence: { key: aKey(), channel: "C1", ts: "1.2", author: ada },
    });
    const watched = findLeak({ id: "REAK00000001", mark: "0" }, { at: NOW, by: "portcullis" });
    expect(watched.event).toMatchObject({ actor: "portcullis", evidence: {} });
    expect(watched.next).not.toHaveProperty("key");
  });

  describe("that is being tried", () => {
    const named = findLeak({ id: "REAK00000001", mark: "0".repeat(32), key: aKey() }, seen).next;
    const { key: _, ...unnamed } = named;
    const other = aKey(9);
    const works = { proof: { is: "works", at: NOW + 5 }, own: false, key: other } as const;
    const untried = (because: "hour" | "no-key") =>
      ({ proof: { is: "untried", because }, own: false }) as const;
    const told = (step: ReturnType<typeof proveLeak>): Leak => {
      if ("refusal" in step) throw new Error(step.refusal.reason);
      return step.next;
    };
    const until = NOW + 60_000;

    test("is told of once, with the key that it opens", () => {
      const step = proveLeak(named, works, NOW + 5);
      expect(step).toMatchObject({
        next: works,
        event: { actor: "portcullis", event: "leak.reported", evidence: { key: other, proof: "works" } },
      });
      expect(proveLeak(told(step), works, NOW + 6)).toEqual({ refusal: { reason: "no-change" } });
    });

    test("keeps the key that its number names, unless the manager has no such key", () => {
      expect(told(proveLeak(named, untried("hour"), NOW)).key).toBe(aKey());
      expect(told(proveLeak(named, untried("no-key"), NOW))).not.toHaveProperty("key");
      const unknown = proveLeak(unnamed, untried("hour"), NOW);
      expect(unknown).toMatchObject({ event: { evidence: { proof: "untried" } } });
      expect(told(unknown)).not.toHaveProperty("key");
    });

    test("is told of as stopped when nobody says in time what came of it, and no sooner", () => {
      expect(giveUpProof(named, until - 1)).toEqual({ refusal: { reason: "no-change" } });
      const stopped = told(giveUpProof(named, until));
      expect(stopped.proof).toEqual({ is: "untried", because: "stopped" });
      expect([wasStopped(named), wasStopped(stopped)]).toEqual([false, true]);
      expect(giveUpProof(stopped, until + 1)).toEqual({ refusal: { reason: "no-change" } });
      // What is found out after all counts; that it was not tried again says less than there is.
      expect(told(proveLeak(stopped, works, until + 2)).proof).toEqual(works.proof);
      expect(proveLeak(stopped, untried("hour"), until + 2)).toEqual({ refusal: { reason: "no-change" } });
    });
  });

  test("seen again is the same one, open anew, with the last messages kept", () => {
    let known = aLeak({ closed: { by: ben, at: NOW } });
    for (let n = 1; n <= 25; n += 1) known = seeAgain(known, { at: NOW + n, by: ada }).next;
    expect(known).toMatchObject({ seen: 26 });
    expect(known.closed).toBeUndefined();
    expect(known.sightings).toHaveLength(20);
    expect(seeAgain(known, { at: NOW + 99, by: ada }).event).toMatchObject({
      event: "leak.seen-again",
      actor: ada,
    });
  });

  test("is put aside once", () => {
    const step = closeLeak(aLeak(), ben, NOW + 1);
    if ("refusal" in step) throw new Error(step.refusal.reason);
    expect(step.event).toMatchObject({ actor: ben, event: "leak.closed" });
    expect(closeLeak(step.next, ada, NOW + 2)).toEqual({
      refusal: { reason: "wrong-state", state: "closed", by: ben, at: NOW + 1 },
    });
  });
});

const record = (change: Partial<KeyRecord> = {}): KeyRecord => ({
  id: aKey(),
  name: "ci",
  owner: ada,
  origin: { kind: "outside" },
  role: roleId.parse(2),
  madeAt: NOW,
  ...change,
});
const taken = (step: ReturnType<typeof markCompromised>): KeyRecord => {
  if ("refusal" in step) throw new Error(step.refusal.reason);
  return step.next;
};

describe("a key whose secret got out", () => {
  const marked = () => taken(markCompromised(record(), { by: ben, at: NOW, activeNow: true }));

  test("goes down, and is marked once", () => {
    expect(marked()).toMatchObject({
      due: { active: false },
      holds: { baseActive: true, reasons: [{ kind: "compromised", by: ben }] },
    });
    expect(markCompromised(marked(), { by: ada, at: NOW + 1, activeNow: false })).toEqual({
      refusal: { reason: "compromised-already", at: NOW },
    });
    expect(markCompromised(record({ deletedAt: NOW }), { by: ada, at: NOW, activeNow: true })).toMatchObject({
      refusal: { reason: "key-deleted" },
    });
  });

  test("comes back with a new secret that was asked for after it was marked, and not with an older one", () => {
    expect(secretReplaced(marked(), NOW - 1, NOW)).toEqual({ next: marked(), events: [] });
    const { next: back, events } = secretReplaced(marked(), NOW, NOW + 5);
    expect(back.holds).toBeUndefined();
    expect(back.due).toEqual({ active: true });
    expect(events).toMatchObject([{ event: "key.unlocked", at: NOW + 5, evidence: { held: [] } }]);
    expect(secretReplaced(record(), NOW, NOW)).toEqual({ next: record(), events: [] });
  });

  test("stays down by whatever else holds it", () => {
    const lock = { kind: "lock" as const, by: ada, as: "owner" as const, because: "x", at: NOW };
    const held = marked();
    const both = { ...held, holds: { baseActive: true, reasons: [...(held.holds?.reasons ?? []), lock] } };
    expect(secretReplaced(both, NOW, NOW).next.holds).toEqual({ baseActive: true, reasons: [lock] });
    expect(clearCompromised(both, { by: ada, at: NOW })).toMatchObject({
      event: { evidence: { held: ["lock"] } },
    });
  });

  test("is cleared by somebody else than who marked it", () => {
    expect(clearCompromised(marked(), { by: ben, at: NOW })).toEqual({ refusal: { reason: "own-alarm" } });
    expect(taken(clearCompromised(marked(), { by: ada, at: NOW })).holds).toBeUndefined();
    expect(clearCompromised(record(), { by: ada, at: NOW })).toEqual({
      refusal: { reason: "not-compromised" },
    });
    expect(clearCompromised(record({ deletedAt: NOW }), { by: ada, at: NOW })).toMatchObject({
      refusal: { reason: "key-deleted" },
    });
  });
});
