import { describe, expect, test } from "vitest";
import { GENESIS, hashedText } from "../../../src/domain/audit.ts";
import { newCard } from "../../../src/domain/card.ts";
import { readMarker, sealedText, withMarker } from "../../../src/domain/marker.ts";
import { effectText } from "../../../src/domain/wants.ts";
import { checkLife, checkReasonText, checkTexts, checkTimeZone, MOST } from "../../../src/domain/typed.ts";
import { ada, anAttempt, aRequestId, auditor, ben, NOW, samplePolicy, wanted } from "../../support/domain.ts";

const { limits } = samplePolicy;
const typed = { keyName: "ci-deploy", reason: "nightly report", description: "" };

describe("texts that were typed", () => {
  test("are accepted as people write them", () => {
    expect(checkTexts(typed, limits)).toBeUndefined();
    expect(checkTexts({ ...typed, description: "two\r\nlines,\ta key 🔑" }, limits)).toBeUndefined();
    // It never goes to the manager, and stopping a key does not wait for what a terminal has copied with it.
    expect(checkReasonText("odd calls \u001B[0m", 1)).toBeUndefined();
  });

  test.each([
    [{ keyName: "7" }, { reason: "name-form" }],
    [{ keyName: "" }, { reason: "name-form" }],
    [{ keyName: "two words" }, { reason: "name-form" }],
    [{ keyName: "<!channel>" }, { reason: "name-form" }],
    [{ reason: "  " }, { reason: "reason-too-short", atLeast: 1 }],
    [{ keyName: "a".repeat(MOST.name + 1) }, { reason: "too-long", field: "name", most: MOST.name }],
    [{ reason: "🔑".repeat(MOST.reason + 1) }, { reason: "too-long", field: "reason", most: MOST.reason }],
    [{ description: `8:${"A".repeat(43)}=` }, { reason: "contains-secret", field: "description" }],
    [{ description: "a\u0000b" }, { reason: "unseen-character", field: "description" }],
    [{ description: "\u001B[1mbold" }, { reason: "unseen-character", field: "description" }],
    [{ description: "half a key \uD83D" }, { reason: "unseen-character", field: "description" }],
    [{ keyName: "ci\u0007" }, { reason: "unseen-character", field: "name" }],
  ])("are refused: %j", (change, refusal) => {
    expect(checkTexts({ ...typed, ...change }, limits)).toEqual(refusal);
  });

  test("a reason by itself is measured by what the act asks for, and searched for secrets", () => {
    expect(checkReasonText("stop", 4)).toBeUndefined();
    expect(checkReasonText(" stop ", 5)).toEqual({ reason: "reason-too-short", atLeast: 5 });
    expect(checkReasonText(`8:${"A".repeat(43)}=`, 1)).toEqual({
      reason: "contains-secret",
      field: "reason",
    });
  });

  test("a policy's own pattern decides on names, but a bare number never is one", () => {
    const wide = { ...limits, "key-names": "[\\w ]*" };
    expect(checkTexts({ ...typed, keyName: "two words" }, wide)).toBeUndefined();
    expect(checkTexts({ ...typed, keyName: "42" }, wide)).toEqual({ reason: "name-form" });
    const any = { ...limits, "key-names": ".*" };
    for (const keyName of ["ci\u202Etset", "ci\u200B", " ci", "ci ", "c\ni"]) {
      expect(checkTexts({ ...typed, keyName }, any), JSON.stringify(keyName)).toEqual({
        reason: "name-form",
      });
    }
  });
});

test("a life must lie ahead and within the limit", () => {
  expect(checkLife({ kind: "days", days: 365 }, limits, NOW)).toBeUndefined();
  expect(checkLife({ kind: "days", days: 366 }, limits, NOW)).toEqual({
    reason: "life-too-long",
    longestDays: 365,
  });
  // A date reaches to the end of its day, which may lie a little past the limit.
  const year = 365 * 86_400_000;
  expect(checkLife({ kind: "until", at: NOW + year + 86_399_999 }, limits, NOW)).toBeUndefined();
  expect(checkLife({ kind: "until", at: NOW + year + 86_400_000 }, limits, NOW)).toMatchObject({
    reason: "life-too-long",
  });
  expect(checkLife({ kind: "until", at: NOW }, limits, NOW)).toEqual({ reason: "expiry-in-past" });
  expect(checkLife({ kind: "unlimited" }, limits, NOW)).toMatchObject({ reason: "life-too-long" });
  expect(checkLife({ kind: "unlimited" }, { ...limits, "longest-life": "none" }, NOW)).toBeUndefined();
});

test("a time zone must be one that can be reckoned in; old names are", () => {
  expect(["Europe/Berlin", "Asia/Calcutta", "US/Eastern", "UTC"].map(checkTimeZone)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  // Offsets can be reckoned in, and no manager knows them.
  for (const other of ["Mars/Olympus", "+01:00", "-0330", ""])
    expect(checkTimeZone(other)).toEqual({ reason: "unknown-time-zone" });
});

test("every part of what would be done changes the text that approvals are bound to", () => {
  const effect = { asked: wanted, asker: ada, roles: [auditor] };
  const key = { owner: ada, role: 2, expiresAt: undefined };
  const asked = (change: Partial<typeof wanted>) => ({ ...effect, asked: { ...wanted, ...change } });
  const role = (change: Partial<typeof auditor>) => ({ ...effect, roles: [{ ...auditor, ...change }] });
  const each = [
    effect,
    asked({ keyName: "other" }),
    asked({ life: { kind: "days", days: 91 } }),
    asked({ description: "x" }),
    { ...effect, asker: ben },
    role({ rights: [...auditor.rights, "x.canDelete"] }),
    role({ allComputers: false, computerIds: [1] }),
    role({ allowWebService: false }),
    { ...effect, roles: [] },
    { ...effect, key },
    { ...effect, key: { ...key, owner: ben } },
    { ...effect, key: { ...key, role: 3 } },
    { ...effect, key: { ...key, expiresAt: NOW } },
  ];
  expect(new Set(each.map(effectText)).size).toBe(each.length);
});

describe("a marker", () => {
  const origin = { request: aRequestId(), attempt: anAttempt(), owner: ada };
  const seal = "0123456789abcdef0123456789abcdef";

  test("is read back from the end of a description", () => {
    expect(readMarker(withMarker("nightly", origin, seal))).toEqual({ text: "nightly", origin, seal });
    expect(readMarker(withMarker("", origin, seal))).toEqual({ text: "", origin, seal });
  });

  test("is not seen where there is none", () => {
    expect(readMarker("nightly [portcullis I L O U]")).toBeUndefined();
  });

  test("is sealed over request, attempt and owner", () => {
    const other = { ...origin, owner: ben };
    expect(sealedText(origin)).not.toBe(sealedText(other));
  });
});

test("a card begins unposted; one that was found knows where it stands", () => {
  expect(newCard(aRequestId(), "approval", { channel: "C1" }, NOW)).toMatchObject({
    shows: 0,
    notBefore: NOW,
  });
  const place = { channel: "C1", ts: "1.2" };
  expect(newCard(aRequestId(), "approval", { channel: "C1" }, NOW, { place })).toMatchObject({
    place,
    id: `${aRequestId()}/approval/1.2`,
  });
});

test("what is hashed of a row covers all of it, so that no two rows read alike", () => {
  const row = {
    seq: 1,
    at: NOW,
    actor: ada,
    subject: "request:1",
    event: "request.made" as const,
    evidence: "{}",
    previous: GENESIS,
  };
  const texts = [row, { ...row, seq: 2 }, { ...row, actor: ben }, { ...row, evidence: "{ }" }].map(
    hashedText,
  );
  expect(new Set(texts).size).toBe(4);
});
