import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRequestLine as readAt } from "../../../../src/slack/input/request-line.ts";

const readRequestLine = (line: string) =>
  readAt(line, { now: Date.parse("2026-11-21T23:30:00Z"), zone: "Europe/Berlin" });

describe("a request in one line", () => {
  it("has name, role, life and reason", () => {
    expect(readRequestLine("ci-deploy as Auditor for 90 days because nightly report")).toEqual({
      keyName: "ci-deploy",
      role: "Auditor",
      life: { kind: "days", days: 90 },
      reason: "nightly report",
      unclear: [],
    });
  });

  it("may be empty, or have any part missing", () => {
    expect(readRequestLine("")).toEqual({ unclear: [] });
    expect(readRequestLine("as Auditor")).toEqual({ role: "Auditor", unclear: [] });
    expect(readRequestLine("because I need it")).toEqual({ reason: "I need it", unclear: [] });
  });

  it("takes names of several words, quoted or not, and quotes that Slack has curled", () => {
    expect(readRequestLine("a as Full Access for 4h").role).toBe("Full Access");
    expect(readRequestLine('"my key" as "Ready for use" until 2027-03-01')).toEqual({
      keyName: "my key",
      role: "Ready for use",
      life: { kind: "until" },
      date: "2027-03-01",
      unclear: [],
    });
    expect(readRequestLine("“ci because” as „Full Access“").keyName).toBe("ci because");
  });

  it.each([
    ["in 90 days", "2027-02-20"],
    ["tomorrow", "2026-11-23"],
    ["1 March 2027", "2027-03-01"],
  ])("takes a date as people write it, in the asker's own zone: %s", (text, date) => {
    expect(readRequestLine(`a until ${text}`)).toMatchObject({ life: { kind: "until" }, date, unclear: [] });
  });

  it("takes a life without end", () => {
    expect(readRequestLine("a until never").life).toEqual({ kind: "unlimited" });
  });

  it("rounds a life in hours up to whole days", () => {
    expect(readRequestLine("a for 4 hours").life).toEqual({ kind: "days", days: 1 });
    expect(readRequestLine("a for 25h").life).toEqual({ kind: "days", days: 2 });
  });

  it("leaves the reason as it was typed, clause words and quotes inside it included", () => {
    expect(readRequestLine('a because it is "for" Ben until he is back').reason).toBe(
      'it is "for" Ben until he is back',
    );
    expect(readRequestLine("a because “quoted whole”").reason).toBe("quoted whole");
  });

  it("unescapes what Slack has escaped, once", () => {
    expect(readRequestLine("a because R&amp;D &lt;team&gt; &amp;lt;").reason).toBe("R&D <team> &lt;");
  });

  it("says what it did not understand, and keeps the rest", () => {
    const read = readRequestLine("a as Auditor for ages until 2027-02-30 because b");
    expect(read.unclear).toEqual(["for ages", "until 2027-02-30"]);
    expect(read).toMatchObject({ keyName: "a", role: "Auditor", reason: "b" });
  });

  it("never throws, and reads back what is put together from parts", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (line) => readRequestLine(line) !== undefined));
    const word = fc
      .stringMatching(/^[a-z][a-z0-9._-]{0,20}$/)
      .filter((one) => !/^(as|for|until|because)$/.test(one));
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: 3650 }), word, (name, role, days, reason) => {
        const line = `${name} as "${role} for ${role}" for ${days} days because ${reason}`;
        expect(readRequestLine(line)).toEqual({
          keyName: name,
          role: `${role} for ${role}`,
          life: { kind: "days", days },
          reason,
          unclear: [],
        });
      }),
    );
  });
});
