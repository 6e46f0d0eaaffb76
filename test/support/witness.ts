import type { Message } from "../../src/local-slack/client-protocol.ts";
import { requestId } from "../../src/domain/values.ts";
import type { Store } from "../../src/usecases/store-port.ts";
import { Clicks } from "./clicks.ts";
import type { Passed } from "./chaos.ts";
import { secretsIn } from "./context.ts";
import { textOf } from "./conversation.ts";

/** A key as the manager has it from a moment on; `undefined`: deleted. */
type Version = { at: number; key: Key | undefined };
type Key = { ID: number; keyName: string; active: boolean; roleID: number; expiryDate?: number };

/** What crossed the lines a moment ago may have been overtaken by somebody else's change; milliseconds. */
const JUST_NOW = 15_000;

/**
 * Stands at both lines and sees what is true: what the manager did, and what Slack took, whether the
 * program heard of it or not. Whatever the program is about to write into Slack is held against that
 * before Slack sees it.
 */
export class Witness {
  readonly #keys = new Map<number, Version[]>();
  /** How often Slack was asked to show each secret, and how often it did. */
  readonly #secrets = new Map<string, { asked: number; shown: number }>();
  readonly clicks = new Clicks(() => this.clock());
  /** What was said before it was so. */
  readonly untrue: string[] = [];
  /** How many statements were held against what is true, by their sort. */
  readonly checked: Record<string, number> = {};
  clock: () => number = Date.now;
  store: Store | undefined;

  managerDid({ method, path, acted, status, answer = "" }: Passed): void {
    const [, given] = /^\/api\/apikeys(?:\/(\d+))?(?:\/secretkey)?$/.exec(path) ?? [];
    if (!acted || status !== 200 || method === "GET") return;
    if (method === "DELETE") return this.#turned(Number(given), undefined);
    if (path.endsWith("/search") || !path.startsWith("/api/apikeys")) return;
    const key = JSON.parse(answer) as Key;
    this.#turned(key.ID, key);
  }

  async slackHears({ path, body }: Pick<Passed, "path" | "body">): Promise<void> {
    const { blocks } = readBody(path, body);
    if (blocks === undefined) return;
    if (path.endsWith("/chat.postEphemeral"))
      for (const secret of secretsIn([blocks])) this.#uses(secret).asked += 1;
    else await this.#hold(textOf({ ts: "", blocks } as unknown as Message), this.clicks.askedAt(path));
  }

  slackDid(call: Passed): void {
    this.clicks.called(call);
    const { path, body, acted, answer = "" } = call;
    const done = acted && path.endsWith("/chat.postEphemeral") && answer.includes('"ok":true');
    if (done) for (const secret of secretsIn([readBody(path, body).blocks])) this.#uses(secret).shown += 1;
  }

  socketCarried(frame: { from: "server" | "client"; text: string }): void {
    this.clicks.framed(frame);
  }

  /** Secrets that Slack was asked to show more than once. */
  get shownAgain(): number {
    return [...this.#secrets.values()].filter(({ asked }) => asked > 1).length;
  }

  #uses(secret: string): { asked: number; shown: number } {
    const uses = this.#secrets.get(secret) ?? { asked: 0, shown: 0 };
    this.#secrets.set(secret, uses);
    return uses;
  }

  #turned(id: number, key: Key | undefined): void {
    this.#keys.set(id, [...(this.#keys.get(id) ?? []), { at: this.clock(), key }]);
  }

  /** Whether this was so at some moment since then: of a key by its ID or its name. */
  #was(which: number | string, since: number, so: (key: Key) => boolean): boolean {
    const one = typeof which === "number" ? [this.#keys.get(which) ?? []] : [...this.#keys.values()];
    return one.some((versions) =>
      versions.some(({ key }, i) => {
        const until = versions[i + 1]?.at ?? Infinity;
        if (key === undefined || until < since) return false;
        return (typeof which === "number" || key.keyName === which) && so(key);
      }),
    );
  }

  #is(statement: string, sort: string, so: boolean): void {
    this.checked[sort] = (this.checked[sort] ?? 0) + 1;
    if (!so) this.untrue.push(`${sort}: ${statement.slice(0, 400)}`);
  }

  /** `askedAt`: when that was done which it answers. */
  async #hold(text: string, askedAt: number | undefined): Promise<void> {
    const lately = askedAt ?? this.clock() - JUST_NOW;
    const [, shown] = /secret was shown on .*; the key's number is (\d+)\./.exec(text) ?? [];
    if (shown !== undefined) {
      const showings = [...this.#secrets].filter(([secret]) => secret.startsWith(`${shown}:`));
      this.#is(
        text,
        "shown",
        showings.some(([, { shown }]) => shown > 0),
      );
      const id = Number(shown);
      if (text.includes("The key is active since"))
        this.#is(
          text,
          "active",
          this.#was(id, 0, (key) => key.active),
        );
    }
    const [, locked] = /^(\S+) is locked(?: until .*)?\.$/m.exec(text) ?? [];
    if (locked !== undefined)
      this.#is(
        text,
        "locked",
        this.#was(locked, lately, (key) => !key.active),
      );
    await this.#holdRequest(text);
    await this.#holdLockout(text);
  }

  async #holdRequest(text: string): Promise<void> {
    const id = requestId.safeParse(/^Request: (\S+)$/m.exec(text)?.[1]);
    const state = /^State: (.*)$/m.exec(text)?.[1] ?? "";
    if (!id.success || this.store === undefined) return;
    const request = (await this.store.request(id.data))?.value;
    if (request === undefined) return this.#is(text, "request", false);
    const lately = this.clock() - JUST_NOW;
    if (/^Approved by|^Done/.test(state))
      this.#is(text, "approved", !["pending", "denied", "withdrawn"].includes(request.state));
    if (state.startsWith("Denied by")) this.#is(text, "denied", request.state === "denied");
    for (const [, by] of /approved.* by (.*)\. /i.exec(state)?.[1]?.matchAll(/<@(\w+)>/g) ?? [])
      this.#is(
        text,
        "approver",
        request.approvals.some((each) => each.by === by),
      );
    const made = /key (\d+) was made|secret of key (\d+) was shown/.exec(state);
    if (made !== null)
      this.#is(
        text,
        "made",
        this.#was(Number(made[1] ?? made[2]), 0, () => true),
      );
    if (!/and carried out/.test(state)) return;
    const { wants } = request;
    if (wants.kind === "role-change")
      this.#is(
        text,
        "role changed",
        this.#was(wants.key, lately, (key) => key.roleID === wants.toRoleId),
      );
    if (wants.kind === "longer-life")
      this.#is(
        text,
        "extended",
        this.#was(wants.key, request.askedAt, (key) => lasts(key, wants.life)),
      );
  }

  async #holdLockout(text: string): Promise<void> {
    const incident = /^(?:Lockout|Incident): (\S+)/m.exec(text)?.[1];
    const lockouts = (await this.store?.lockouts(50)) ?? [];
    const lockout = lockouts.find(({ value }) => value.incident === incident)?.value;
    if (lockout === undefined || lockout.drill || this.store === undefined) return;
    const items = await this.store.lockoutItems(lockout.id, { after: 0, limit: 100_000 });
    const downOnce = (id: number): boolean => this.#was(id, lockout.at, (key) => !key.active);
    if (text.includes("Contained: every key in scope was read back as locked."))
      this.#is(
        text,
        "contained",
        items.every(({ key, state }) => ["skipped", "waiting"].includes(state) || downOnce(key)),
      );
    const down = items.filter(({ key }) => downOnce(key)).length;
    for (const [, count] of text.matchAll(/(\d+) locked/g))
      this.#is(text, "locked out", Number(count) <= down);
    for (const [, id] of text.matchAll(/\(ID (\d+)\)/g)) this.#is(text, "owner's", downOnce(Number(id)));
    const [, back] = /(\d+) restored and read back/.exec(text) ?? [];
    const since = lockout.restores[0]?.at ?? Infinity;
    const up = items.filter(({ key }) => this.#was(key, since, ({ active }) => active)).length;
    if (back !== undefined) this.#is(text, "restored", Number(back) <= up);
  }
}

function lasts({ expiryDate = 0 }: Key, life: { kind: string; at?: number }): boolean {
  if (life.kind === "unlimited") return expiryDate === 0;
  return life.at === undefined ? expiryDate > 0 : Math.abs(expiryDate - life.at) < 1000;
}

/** The blocks of whatever is to be shown, by the Web API's forms or a response URL's JSON. */
function readBody(path: string, body: string): { blocks?: unknown[] } {
  if (path.startsWith("/hooks/")) return JSON.parse(body) as { blocks?: unknown[] };
  const form = new URLSearchParams(body);
  const view = form.get("view");
  if (view !== null) return JSON.parse(view) as { blocks?: unknown[] };
  const blocks = form.get("blocks");
  return blocks === null ? {} : { blocks: JSON.parse(blocks) as unknown[] };
}
