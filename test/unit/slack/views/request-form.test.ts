import { describe, expect, it } from "vitest";
import { draftOf, errorAt, lifeOf, readForm } from "../../../../src/slack/views/request-form.ts";
import { DENY, readDenial } from "../../../../src/slack/views/deny-modal.ts";
import { REQUEST } from "../../../../src/slack/views/request-modal.ts";
import { readClaimButton } from "../../../../src/slack/views/claim-card.ts";
import { aClaimId, aRequestId } from "../../../support/domain.ts";

const text = (value: string | null) => ({ value });
const option = (value: string, label = value) => ({ selected_option: { text: { text: label }, value } });
const form = {
  [REQUEST.name]: { [REQUEST.name]: text(" ci-deploy ") },
  [REQUEST.role]: { [REQUEST.role]: option("2", "Auditor") },
  [REQUEST.life]: { [REQUEST.life]: option("days:90") },
  [REQUEST.reason]: { [REQUEST.reason]: text("nightly") },
  [REQUEST.description]: { [REQUEST.description]: text(null) },
  [REQUEST.locale]: { [REQUEST.locale]: option("ja-JP") },
  [REQUEST.zone]: { [REQUEST.zone]: option("Asia/Tokyo") },
};
const until = {
  ...form,
  [REQUEST.life]: { [REQUEST.life]: option("until") },
  [REQUEST.date]: { [REQUEST.date]: { selected_date: "2027-03-01" } },
};

describe("the form, read", () => {
  it("is a draft once everything is there", () => {
    expect(draftOf(readForm(form), "UTC")).toEqual({
      draft: {
        keyName: "ci-deploy",
        roleId: 2,
        life: { kind: "days", days: 90 },
        reason: "nightly",
        description: "",
        locale: "ja-JP",
        timeZone: "Asia/Tokyo",
      },
    });
  });

  it("means its dates in the asker's own zone, not in the key's", () => {
    const read = draftOf(readForm(until), "Europe/Berlin");
    expect(read).toMatchObject({ draft: { life: { kind: "until", at: Date.UTC(2027, 2, 1, 22, 59) } } });
  });

  it("names each field that is missing", () => {
    const read = draftOf(readForm({}), "UTC");
    expect("errors" in read && Object.keys(read.errors).toSorted()).toEqual(
      [REQUEST.name, REQUEST.role, REQUEST.life, REQUEST.locale, REQUEST.zone].toSorted(),
    );
    const undated = { ...until, [REQUEST.date]: { [REQUEST.date]: { selected_date: null } } };
    expect(draftOf(readForm(undated), "UTC")).toEqual({
      errors: { [REQUEST.date]: "Choose when it expires." },
    });
  });

  it("does not take values that no list of ours offered", () => {
    const forged = {
      ...form,
      [REQUEST.life]: { [REQUEST.life]: option("days:999999") },
      [REQUEST.locale]: { [REQUEST.locale]: option("xx") },
    };
    expect(readForm(forged)).not.toHaveProperty("life");
    expect(readForm(forged)).not.toHaveProperty("locale");
    expect(lifeOf({ life: { kind: "unlimited" } }, "UTC")).toEqual({ kind: "unlimited" });
  });

  it("shows a refusal at the field that it is about, and others at none", () => {
    expect(Object.keys(errorAt({ reason: "name-taken", by: "key" }, readForm(form)) ?? {})).toEqual([
      REQUEST.name,
    ]);
    expect(Object.keys(errorAt({ reason: "expiry-in-past" }, readForm(form)) ?? {})).toEqual([REQUEST.life]);
    expect(Object.keys(errorAt({ reason: "expiry-in-past" }, readForm(until)) ?? {})).toEqual([REQUEST.date]);
    expect(Object.keys(errorAt({ reason: "contains-secret", field: "description" }, {}) ?? {})).toEqual([
      REQUEST.description,
    ]);
    expect(errorAt({ reason: "unknown-person" }, {})).toBeUndefined();
  });
});

describe("a denial, read", () => {
  const because = (value: string) => ({ [DENY.because]: { [DENY.because]: { value } } });

  it("has a reason, without a secret and not too long", () => {
    expect(readDenial(because(" no "))).toEqual({ because: "no" });
    expect(readDenial(because("  "))).toMatchObject({ refusal: { reason: "reason-too-short" } });
    expect(readDenial({})).toMatchObject({ refusal: { reason: "reason-too-short" } });
    expect(readDenial(because(`see 8:${"A".repeat(43)}=`))).toMatchObject({
      refusal: { reason: "contains-secret" },
    });
    expect(readDenial(because("x".repeat(501)))).toMatchObject({ refusal: { reason: "too-long" } });
  });
});

describe("the value of a claim's button", () => {
  it("names claim and request, or nothing", () => {
    const [claim, request] = [aClaimId(), aRequestId()];
    expect(readClaimButton(`${claim} ${request}`)).toEqual({ claim, request });
    expect(readClaimButton("")).toBeUndefined();
    expect(readClaimButton(`${claim} DROP`)).toBeUndefined();
  });
});
