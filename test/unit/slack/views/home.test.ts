import type { HomeView } from "@slack/types";
import { describe, expect, it } from "vitest";
import { DAY, keyId, personId } from "../../../../src/domain/values.ts";
import { homeView, lookOf } from "../../../../src/slack/views/home.ts";
import type { HomeContent } from "../../../../src/usecases/home.ts";
import type { ListedKey } from "../../../../src/usecases/inventory-port.ts";
import { ada, NOW } from "../../../support/domain.ts";

type Full = Extract<HomeContent, { claims: unknown }>;

const full = (change: Partial<Full> = {}): Full => ({
  asOf: NOW,
  person: ada,
  claims: [],
  requests: { mine: [], waiting: [], more: { mine: false, waiting: false } },
  groups: {},
  keys: { shown: [], total: 0, asOf: NOW },
  responder: false,
  counts: undefined,
  ...change,
});
const aKey = (change: Partial<ListedKey> = {}): ListedKey => ({
  id: keyId.parse(7),
  name: "ci-deploy",
  description: "",
  role: 2,
  roleName: "Auditor",
  active: true,
  expiresAt: NOW + 90 * DAY,
  locale: "en-US",
  timeZone: "UTC",
  createdAt: NOW,
  lastUsedAt: undefined,
  failures: 0,
  owner: ada,
  origin: "request",
  holds: undefined,
  ...change,
});
const actions = ({ blocks }: HomeView): (string | undefined)[] =>
  blocks.flatMap((block) =>
    block.type === "actions" && "elements" in block
      ? block.elements.map((each) => ("action_id" in each ? each.action_id : undefined))
      : [],
  );
const withKey = (key: ListedKey, need?: "locked" | "expired" | "expires-soon", responder = false): Full =>
  full({ keys: { shown: [{ key, need }], total: 1, asOf: NOW }, responder });

describe("a Home", () => {
  it("looks the same at another moment, and different when anything else is different", () => {
    const look = (change: Partial<Full> = {}): string => lookOf(homeView(full(change)));
    expect(look({ asOf: NOW + 60_000 })).toBe(look());
    expect(look({ keys: { shown: [], total: 0, asOf: NOW + 60_000 } })).toBe(look());
    expect(look({ keys: { shown: [], total: 3, asOf: NOW } })).not.toBe(look());
    expect(look({ responder: true })).not.toBe(look());
    expect(lookOf(homeView(withKey(aKey())))).not.toBe(lookOf(homeView(withKey(aKey({ name: "other" })))));
  });

  it("says of which moment it is, and of which the manager's keys are", () => {
    const text = JSON.stringify(homeView(full({ keys: { shown: [], total: 0, asOf: NOW - 60_000 } })));
    expect(text).toContain(`"timestamp":${NOW / 1000}`);
    expect(text).toContain(`"timestamp":${NOW / 1000 - 60}`);
  });

  it("offers what a key in its state most likely needs, and nothing that its reader may not do", () => {
    const ask = ["request.open", "roles.list"];
    expect(actions(homeView(withKey(aKey())))).toEqual(["key.show", "key.rotate", "key.lock", ...ask]);
    expect(actions(homeView(withKey(aKey(), "expires-soon")))).toEqual([
      "key.show",
      "key.extend",
      "key.rotate",
      ...ask,
    ]);
    const byManager = aKey({ active: false });
    expect(actions(homeView(withKey(byManager, "locked")))).toEqual(["key.show", ...ask]);
    expect(actions(homeView(withKey(byManager, "locked", true)))).toEqual(["key.show", "key.unlock", ...ask]);
    const reasons = [
      {
        kind: "lock" as const,
        by: personId.parse("UFARID"),
        as: "responder" as const,
        because: "x",
        at: NOW,
      },
    ];
    const lockedByOthers = aKey({ active: false, holds: { baseActive: true, reasons } });
    expect(actions(homeView(withKey(lockedByOthers, "locked")))).toEqual(["key.show", ...ask]);
  });

  it("shows counts to responders alone, with a list behind those that are not none", () => {
    const counts = { all: 12, locked: 1, expiringSoon: 3, neverUsed: 0, noOwner: 2 };
    expect(JSON.stringify(homeView(full({ counts })))).not.toContain("12 keys");
    const text = JSON.stringify(homeView(full({ responder: true, counts })));
    expect(text).toContain("12 keys, 1 locked");
    expect(text).toContain('"value":"expires<30d"');
    expect(text).toContain('"value":"has:no-owner"');
    expect(text).not.toContain('"value":"has:no-use"');
    expect(JSON.stringify(homeView(full({ responder: true })))).toContain("have not been counted yet");
  });
});
