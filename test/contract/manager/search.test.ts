import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RawManager, rawManager } from "./raw-http.ts";

let manager: RawManager;
let ids: Record<string, number> = {};
let t: number;

beforeAll(async () => {
  manager = await rawManager();
  t = manager.time;
  const ci = await manager.make({ keyName: "ci_bot", description: "Nightly", roleID: 2 });
  const cix = await manager.make({ keyName: "ciXbot", description: "100% sure", expiryDate: t + 1000 });
  const ÉTÉ = await manager.make({ keyName: "ÉTÉ", timeZone: "Europe/Paris", expiryDate: t + 2000 });
  const off = await manager.make({ keyName: "off", active: false, unlockTime: t + 9, roleID: 2 });
  ids = { ci_bot: ci.ID, ciXbot: cix.ID, ÉTÉ: ÉTÉ.ID, off: off.ID };
  await manager.as(ÉTÉ.secretKey)("GET", "/apikeys/current");
});
afterAll(() => manager.close());

const ALL = ["portcullis", "ci_bot", "ciXbot", "ÉTÉ", "off"];

describe("a search without criteria (contract 7)", () => {
  it.each([undefined, "", "null", {}, { searchCriteria: [] }, { searchCriteria: null }, { maxItems: 0 }])(
    "finds everything, sorted by ID: %o",
    async (body) => {
      const { json } = await manager.call("POST", "/apikeys/search", body);
      expect(json.apiKeys.map((key: { keyName: string }) => key.keyName)).toEqual(ALL);
    },
  );

  it("never shows a secret", async () => {
    expect((await manager.call("POST", "/apikeys/search")).text).not.toContain("secretKey");
  });
});

describe("text tests (contract 7)", () => {
  it("have wildcards unless switched off, so that an underscore finds more than itself", async () => {
    const byName = { fieldName: "keyName", stringValue: "ci_bot" };
    expect(await manager.search([byName])).toEqual(["ci_bot", "ciXbot"]);
    expect(await manager.search([{ ...byName, stringWildcards: false }])).toEqual(["ci_bot"]);
  });

  it.each([
    [{ fieldName: "keyName", stringTest: "equal", stringValue: "ci%" }, ["ci_bot", "ciXbot"]],
    [{ fieldName: "keyName", stringTest: "not-equal", stringValue: "ci%" }, ["portcullis", "ÉTÉ", "off"]],
    [{ fieldName: "keyName", stringValue: "ci%", stringWildcards: false }, []],
    [{ fieldName: "keyName", stringTest: "not-equal", stringValue: "ci%", stringWildcards: false }, ALL],
    [{ fieldName: "keyName", stringValue: "été" }, ["ÉTÉ"]],
    [{ fieldName: "keyName", stringValue: "été", stringWildcards: false }, ["ÉTÉ"]],
    [{ fieldName: "description", stringValue: "nightly" }, ["ci_bot"]],
    [{ fieldName: "description", stringValue: "" }, ["ÉTÉ", "off"]],
    [{ fieldName: "timeZone", stringValue: "europe/%" }, ["ÉTÉ"]],
    [{ fieldName: "keyName", stringValue: "' OR 1=1 --" }, []],
  ])("finds by %o, regardless of letter case", async (criterion, names) => {
    expect(await manager.search([criterion])).toEqual(names);
  });
});

describe("number, truth and ID tests (contract 7)", () => {
  it.each([
    [{ fieldName: "roleID", numericTest: "equal", numericValue: 2 }, ["ci_bot", "off"]],
    [{ fieldName: "roleID", numericValue: 2 }, ["ci_bot", "off"]],
    [{ fieldName: "roleID", numericTest: "not-equal", numericValue: 1 }, ["ci_bot", "off"]],
    [{ fieldName: "roleID", numericTest: "less-than", numericValue: 1.5 }, ["portcullis", "ciXbot", "ÉTÉ"]],
    [{ fieldName: "roleID", numericTest: "less-than-or-equal", numericValue: 2 }, ALL],
    [{ fieldName: "roleID", numericTest: "greater-than", numericValue: 2 }, []],
    [{ fieldName: "roleID", numericTest: "greater-than-or-equal", numericValue: 2 }, ["ci_bot", "off"]],
    [{ fieldName: "unsuccessfulSignInAttempts", numericValue: 0 }, ALL],
    [{ fieldName: "active", booleanTest: false }, ["off"]],
    [{ fieldName: "active", booleanTest: true }, ["portcullis", "ci_bot", "ciXbot", "ÉTÉ"]],
    [{ fieldName: "serviceAccount", booleanTest: true }, []],
  ])("find by %o", async (criterion, names) => {
    expect(await manager.search([criterion])).toEqual(names);
  });

  it.each([
    ["equal", ["ciXbot"]],
    [undefined, ["ciXbot"]],
    ["not-equal", ["portcullis", "ci_bot", "ÉTÉ", "off"]],
    ["less-than", ["portcullis", "ci_bot"]],
    ["less-than-or-equal", ["portcullis", "ci_bot", "ciXbot"]],
    ["greater-than", ["ÉTÉ", "off"]],
    ["greater-than-or-equal", ["ciXbot", "ÉTÉ", "off"]],
  ])("compare IDs by %s", async (idTest, names) => {
    expect(await manager.search([{ idTest, idValue: ids["ciXbot"] }])).toEqual(names);
  });
});

describe("date and null tests (contract 7)", () => {
  it.each([
    [(at: number) => ({ lastDateValue: at + 1500 }), ["ciXbot"]],
    [(at: number) => ({ firstDateValue: at + 1500 }), ["ÉTÉ"]],
    [(at: number) => ({ firstDateValue: at + 1000, lastDateValue: at + 2000 }), ["ciXbot", "ÉTÉ"]],
    [(at: number) => ({ firstDateValue: at + 1000, firstDateInclusive: false }), ["ÉTÉ"]],
    [(at: number) => ({ lastDateValue: at + 2000, lastDateInclusive: false }), ["ciXbot"]],
    [() => ({ nullTest: true }), ["portcullis", "ci_bot", "off"]],
    [() => ({ nullTest: false }), ["ciXbot", "ÉTÉ"]],
  ])("find by expiry date, and no key without one by a range: case %#", async (criterion, names) => {
    expect(await manager.search([{ fieldName: "expiryDate", ...criterion(t) }])).toEqual(names);
  });

  it("find keys that were never used, and those with a time lock", async () => {
    const unused = ["ci_bot", "ciXbot", "off"];
    expect(await manager.search([{ fieldName: "lastSignIn", nullTest: true }])).toEqual(unused);
    expect(await manager.search([{ fieldName: "unlockTime", firstDateValue: t }])).toEqual(["off"]);
    expect(await manager.search([{ fieldName: "created", lastDateValue: t }])).toEqual(ALL);
  });
});

describe("criteria together (contract 7)", () => {
  it("must all hold", async () => {
    const both = [
      { fieldName: "roleID", numericValue: 2 },
      { fieldName: "active", booleanTest: true },
    ];
    expect(await manager.search(both)).toEqual(["ci_bot"]);
  });

  it("may be one without its array, and numbers and truths may be texts", async () => {
    expect(await manager.search({ fieldName: "roleID", numericValue: "2" })).toEqual(["ci_bot", "off"]);
    expect(await manager.search({ fieldName: "active", booleanTest: "false" })).toEqual(["off"]);
    expect(
      await manager.search(
        { idTest: "greater-than", idValue: "0" },
        { sortByObjectID: "true", maxItems: "1" },
      ),
    ).toEqual(["portcullis"]);
  });

  it("ignore members that are null or unknown", async () => {
    const criterion = { fieldName: "keyName", stringValue: "off", nullTest: null, idValue: null, new: 1 };
    expect(await manager.search([criterion])).toEqual(["off"]);
  });
});

describe("paging (contract 7)", () => {
  it("goes along the IDs to an empty page", async () => {
    const pages: string[][] = [];
    let last = 0;
    for (;;) {
      const body = { maxItems: 2, searchCriteria: [{ idTest: "greater-than", idValue: last }] };
      const { apiKeys } = (await manager.call("POST", "/apikeys/search", body)).json;
      pages.push(apiKeys.map((key: { keyName: string }) => key.keyName));
      if (apiKeys.length === 0) break;
      last = apiKeys.at(-1).ID;
    }
    expect(pages).toEqual([["portcullis", "ci_bot"], ["ciXbot", "ÉTÉ"], ["off"], []]);
  });

  it("has 5000 items a page unless fewer are wanted, and never more", async () => {
    await using many = await rawManager();
    const names = Array.from({ length: 5001 }, (_, n) => `key-${n}`);
    while (names.length > 0)
      await Promise.all(names.splice(0, 50).map(async (keyName) => many.make({ keyName, roleID: 2 })));
    expect(await many.search([])).toHaveLength(5000);
    expect(await many.search([], { maxItems: -1 })).toHaveLength(5000);
    expect(await many.search([], { maxItems: 9999 })).toHaveLength(5000);
    expect(await many.search([], { maxItems: 4999 })).toHaveLength(4999);
    expect((await many.call("GET", "/apikeys")).json.apiKeys).toHaveLength(5002);
  });
});

describe("a criterion that is not understood (contract 7)", () => {
  it.each([
    [{}],
    [{ fieldName: "keyName" }],
    [{ fieldName: "keyName", stringTest: "equal" }],
    [{ fieldName: "keyname", stringValue: "x" }],
    [{ fieldName: "constructor", stringValue: "x" }],
    [{ fieldName: "__proto__", nullTest: true }],
    [{ stringValue: "x" }],
    [{ fieldName: "keyName", numericValue: 1 }],
    [{ fieldName: "roleID", stringValue: "1" }],
    [{ fieldName: "roleID", numericTest: "equal" }],
    [{ idTest: "greater-than" }],
    [{ fieldName: "keyName", idValue: 1 }],
    [{ fieldName: "keyName", stringValue: "x", nullTest: true }],
    [{ fieldName: "keyName", choiceValue: "x" }],
    [{ fieldName: "keyName", versionValue: "1" }],
    [{ fieldName: "secretKey", nullTest: false }],
    [{ fieldName: "keyName", stringValue: "x".repeat(60_000) }],
    [{ fieldName: "keyName", stringValue: "a\0b" }],
  ])("is refused with 400: %o", async (criterion) => {
    const answer = await manager.call("POST", "/apikeys/search", { searchCriteria: [criterion] });
    expect([answer.status, answer.json.message]).toEqual([400, "The search criteria are not valid."]);
  });

  it.each([
    [{ searchCriteria: "x" }],
    [{ searchCriteria: [1] }],
    [{ searchCriteria: [{ idTest: "like", idValue: 1 }] }],
    [{ searchCriteria: [{ idValue: 1.5 }] }],
    [{ maxItems: "many" }],
    ['{"searchCriteria":[{"fieldName":"roleID","numericValue":1e999}]}'],
    [{ searchCriteria: Array.from({ length: 101 }, () => ({ idValue: 1 })) }],
  ])("is refused with 400 where a value is of the wrong kind: case %#", async (body) => {
    expect((await manager.call("POST", "/apikeys/search", body)).status).toBe(400);
  });
});
