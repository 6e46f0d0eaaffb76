import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { audit } from "../../src/cli/audit.ts";
import { type AuditRow, GENESIS, hashedText } from "../../src/domain/audit.ts";
import { openStore } from "../../src/store/store.ts";
import { chainHolds } from "../support/audit.ts";
import { ANN, BEN, T0 } from "../support/store.ts";
import { scriptedTerminal } from "../support/terminal.ts";

let folder: string;
let path: string;
const EVENTS = 12;
const DAY = 86_400_000;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-audit-"));
  path = join(folder, "portcullis.sqlite");
  writeFileSync(join(folder, "policy.yml"), POLICY);
  const store = await openStore({ sqlite: path });
  for (let n = 1; n <= EVENTS; n += 1)
    await store.commit({
      changes: [],
      events: [
        {
          at: T0 + n * DAY,
          actor: n % 2 === 0 ? ANN : BEN,
          subject: `key:${n}`,
          event: "key.locked",
          evidence: { because: n === 3 ? '=1+1, "quoted"' : `reason ${n}`, n },
        },
      ],
    });
  await store.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const POLICY = `
groups: { all: { people: [UANN, UBEN] } }
approvers: [all]
responders: [all]
auditors: [all]
channels: { approvals: C0APPROVALS, incidents: C0INCIDENTS, audit: C0AUDIT0001 }
limits: { longest-life: none, default-life: 90 days, keys-per-person: 10 }
times: { requests-lapse-after: 3 days, claims-lapse-after: 1 day }
rules:
  - { name: all, needs: [{ group: all, approvals: 1 }] }
`;

async function run(...words: string[]): Promise<{ code: number; printed: string; said: string }> {
  const { terminal, printed, said } = scriptedTerminal();
  const code = await audit(words, terminal, {
    SLACK_BOT_TOKEN: "xoxb-1-test",
    SLACK_APP_TOKEN: "xapp-1-test",
    MANAGER: "embedded",
    EMBEDDED_MANAGER_ADMIN_PASSWORD: "a long enough Password 1",
    DATA_DIR: folder,
    MARKER_KEY: Buffer.alloc(32, 7).toString("base64"),
    POLICY_FILE: join(folder, "policy.yml"),
  });
  return { code, printed: printed(), said: said() };
}

/** What somebody with access to the database does there. */
function tamper(...statements: string[]): void {
  const file = new DatabaseSync(path);
  for (const each of statements) file.exec(each);
  file.close();
}

function rows(): AuditRow[] {
  const file = new DatabaseSync(path);
  try {
    return file.prepare("select * from audit order by seq").all() as unknown as AuditRow[];
  } finally {
    file.close();
  }
}

const headAt = (seq: number): string => `${seq}:${rows()[seq - 1]?.hash}`;
const on = (n: number): string => new Date(T0 + n * DAY).toISOString();

describe("an untouched trail", () => {
  test("holds, and the head of each day is in it", async () => {
    const { code, printed, said } = await run("verify");
    expect(printed).toBe(`The trail holds: ${EVENTS} events, head ${headAt(EVENTS)}\n`);
    expect(said).toContain("give a head from the audit channel");
    expect(code).toBe(0);
    const held = await run("verify", "--head", headAt(5), "--head", headAt(EVENTS));
    expect(held).toMatchObject({ code: 0, said: "" });
  });

  test("without any event is none: it may be another database", async () => {
    rmSync(path);
    const { code, printed, said } = await run("verify");
    expect([code, printed]).toEqual([1, ""]);
    expect(said).toContain("There is no event in this database");
  });

  test("is read beside the program that writes it", async () => {
    const store = await openStore({ sqlite: path });
    const event = { at: T0, actor: ANN, subject: "key:1", event: "key.locked", evidence: {} } as const;
    for (let n = 0; n < 20; n += 1) {
      const [verified] = await Promise.all([
        run("verify"),
        store.commit({ changes: [], events: [event, event] }),
      ]);
      expect(verified).toMatchObject({ code: 0 });
    }
    await store.close();
  });
});

describe("a touched trail is found out:", () => {
  const found = async (...lines: string[]): Promise<void> => {
    const { code, printed, said } = await run("verify");
    expect(printed.trimEnd().split("\n")).toEqual(lines);
    expect(said).toContain("The trail does not hold");
    expect(code).toBe(1);
  };
  const changed = (n: number): string =>
    `Event ${n} (${on(n)}) was changed: its hash is not that of what it says.`;

  test.each([
    "actor = 'UEVE'",
    "subject = 'key:9'",
    "event = 'nonsense'",
    "evidence = '{}'",
    "previous = ''",
    "hash = ''",
  ])("a row with another %s", async (what) => {
    tamper(`update audit set ${what} where seq = 4`);
    await found(changed(4));
  });

  test("several rows, each by name", async () => {
    tamper("update audit set actor = 'UEVE' where seq in (2, 7, 12)");
    await found(changed(2), changed(7), changed(12));
  });

  test("rows that were deleted, in the midst, at the beginning and at the end", async () => {
    tamper("delete from audit where seq in (1, 4, 5, 12)");
    await found("Event 1 is missing.", "Events 4 to 5 are missing.", "Event 12 is missing.");
  });

  test("all rows", async () => {
    tamper("delete from audit");
    await found(`Events 1 to ${EVENTS} are missing.`);
  });

  test("rows that changed places", async () => {
    tamper(
      "update audit set seq = 100 where seq = 3",
      "update audit set seq = 3 where seq = 9",
      "update audit set seq = 9 where seq = 100",
    );
    await found(
      `Event 3 (${on(9)}) was moved: its hash is that of event 9.`,
      `Event 9 (${on(3)}) was moved: its hash is that of event 3.`,
    );
  });

  test("a row that was moved to where another was", async () => {
    tamper("delete from audit where seq = 4", "update audit set seq = 4 where seq = 6");
    await found(`Event 4 (${on(6)}) was moved: its hash is that of event 6.`, "Event 6 is missing.");
  });

  test("a row with a new hash of its own, by the one behind it", async () => {
    rewrite(5, 5);
    await found(`Event 6 (${on(6)}) does not go on from the one before: one of the two was written anew.`);
  });

  test("a row under a number that none gets", async () => {
    tamper(
      "insert into audit select 0, at, actor, subject, event, evidence, previous, hash from audit where seq = 1",
    );
    await found(`Event 0 (${on(1)}) was added: no event gets such a number.`);
  });

  test("an end that was set back or taken out", async () => {
    tamper("update audit_head set seq = 11");
    expect((await run("verify")).printed).toMatch(/^After event 12 the trail ends, but the note .* says 11:/);
    tamper("delete from audit_head");
    expect((await run("verify")).printed).toContain("the note of its end is gone");
  });
});

/** The chain anew with another actor at one row, up to a last one. */
function rewrite(from: number, to: number): void {
  const file = new DatabaseSync(path);
  let previous = rows()[from - 2]?.hash ?? GENESIS;
  const put = file.prepare("update audit set actor = ?, previous = ?, hash = ? where seq = ?");
  for (const row of rows().slice(from - 1, to)) {
    const next = { ...row, previous, actor: row.seq === from ? ANN : row.actor };
    previous = createHash("sha256").update(hashedText(next)).digest("hex");
    put.run(next.actor, next.previous, previous, row.seq);
  }
  if (to === EVENTS) file.prepare("update audit_head set hash = ?").run(previous);
  file.close();
}

describe("a chain that was written anew from one row on", () => {
  test("holds in itself, and is found by each later head that was posted", async () => {
    const [before, at, after] = [headAt(2), headAt(3), headAt(8)];
    rewrite(3, EVENTS);
    const store = await openStore({ sqlite: path });
    expect(await chainHolds(store)).toBe(true);
    await store.close();
    expect(await run("verify", "--head", before)).toMatchObject({ code: 0 });
    const { code, printed } = await run("verify", "--head", before, "--head", after, "--head", at);
    expect(code).toBe(1);
    expect(printed.match(/^Event \d+ is not the one whose head was posted/gm)).toEqual([
      "Event 3 is not the one whose head was posted",
      "Event 8 is not the one whose head was posted",
    ]);
  });

  test("or that was cut short, by a head beyond its end", async () => {
    const posted = headAt(10);
    const { hash } = rows()[7] ?? { hash: "" };
    tamper("delete from audit where seq > 8", `update audit_head set seq = 8, hash = '${hash}'`);
    expect(await run("verify")).toMatchObject({ code: 0 });
    const { code, printed } = await run("verify", "--head", posted);
    expect(code).toBe(1);
    expect(printed).toContain("Event 10 is not the one whose head was posted: it is not there");
  });
});

describe("an export", () => {
  test("as CSV has a line for each event, and no formula", async () => {
    const { code, printed, said } = await run("export");
    const lines = printed.split("\r\n");
    expect(code).toBe(0);
    expect(said).toBe(`${EVENTS} events.\n`);
    expect(lines[0]).toBe("seq,at,actor,subject,event,evidence,previous,hash");
    expect(lines).toHaveLength(EVENTS + 2);
    expect(lines[1]).toContain(
      `1,${on(1)},UBEN,key:1,key.locked,"{""because"":""reason 1"",""n"":1}",${GENESIS},`,
    );
    tamper("update audit set actor = '=cmd()' where seq = 1");
    expect((await run("export")).printed).toContain(`${on(1)},'=cmd(),key:1`);
  });

  test("as JSON has its evidence parsed, of the days that were asked for", async () => {
    const [from, to] = [on(3).slice(0, 10), on(4).slice(0, 10)];
    const { printed } = await run("export", "--format", "jsonl", "--from", from, "--to", to);
    const events = printed
      .trimEnd()
      .split("\n")
      .map((each) => JSON.parse(each));
    expect(events).toMatchObject([
      { seq: 3, at: on(3), evidence: { because: '=1+1, "quoted"', n: 3 } },
      { seq: 4, actor: ANN, evidence: { n: 4 } },
    ]);
    const moments = await run("export", "--from", on(3), "--to", on(4));
    expect(moments.said).toBe("1 event.\n");
  });

  test("goes to a new file for its owner alone", async () => {
    const out = join(folder, "trail.jsonl");
    expect(await run("export", "--format", "jsonl", "--out", out)).toMatchObject({ code: 0, printed: "" });
    expect(readFileSync(out, "utf8").trimEnd().split("\n")).toHaveLength(EVENTS);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    await expect(run("export", "--out", out)).rejects.toThrow("exists already");
  });

  test("of a trail that somebody has touched shows what is there", async () => {
    tamper("update audit set event = 'nonsense', evidence = 'not JSON' where seq = 2");
    const { printed } = await run("export", "--format", "jsonl");
    expect(JSON.parse(printed.split("\n")[1] ?? "")).toMatchObject({
      event: "nonsense",
      evidence: "not JSON",
    });
  });
});

test.each([
  [["look"], "audit verify, or audit export"],
  [["verify", "--head", "12"], "SEQ:HASH"],
  [["export", "--from", "2026-02-30", "--to", "soon", "--format", "xml"], "--format: csv or jsonl"],
])("%j is not understood, and says what is", async (words, expected) => {
  const { code, said } = await run(...words);
  expect(code).toBe(2);
  expect(said).toContain(expected);
});
