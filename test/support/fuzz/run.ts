import { inspect } from "node:util";
import type { EventName } from "../../../src/domain/audit.ts";
import { defaultWorkspace } from "../../../src/local-slack/default-workspace.ts";
import { DAY, HOUR, MINUTE, personId, SECOND } from "../../../src/domain/values.ts";
import type { Answer, Parcel } from "../../../src/local-slack/delivery.ts";
import { isJson, type Json } from "../../../src/local-slack/json.ts";
import type { Reply } from "../../../src/local-slack/response-urls.ts";
import type { Trigger } from "../../../src/local-slack/triggers.ts";
import { drawDueCards } from "../../../src/usecases/cards.ts";
import { driveLockouts } from "../../../src/usecases/lockout/lockout-engine.ts";
import { manifestText, type Parts, secretsIn, startParts, sweepAndDraw } from "../context.ts";
import { trailIsWhole } from "../conversation.ts";
import { makeKeys } from "../lockouts.ts";
import { Bots, type Outcome } from "./bots.ts";
import { Dice } from "./dice.ts";
import { Lore } from "./lore.ts";
import { hostileTexts, type Mutant, Mutator, type Wire } from "./mutate.ts";
import { People } from "./people.ts";
import { type Cause, policyOfTheRun, Rules } from "./rules.ts";

/** What came of a run. */
export type Result = {
  seed: number;
  mutants: number;
  bySocket: number;
  /** Of the mutants: how many reached a listener, and how many changed something. */
  reached: number;
  changed: number;
  happened: ReadonlyMap<EventName, number>;
  /** Ids of listeners that were named by what reached one. */
  heard: ReadonlySet<string>;
  statuses: ReadonlyMap<string, number>;
  /** What must not be, each with what was sent. */
  wrongs: string[];
};

const TEAM = "T0ACME00001";
/** Messages too, so that channels are watched. */
const WATCHING = manifestText()
  .replace("# - channels:history", "- channels:history")
  .replace("# - message.channels", "- message.channels");
/** A run that goes this wrong has been understood. */
const ENOUGH = 25;

/** `bySocket`: the share that comes through Socket Mode; the rest comes by HTTP. */
export type Options = { seed: number; mutants: number; bySocket: number };

/** Sends this many wrong payloads between true ones, all of them chosen by the seed. */
export async function fuzz({ seed, mutants, bySocket }: Options): Promise<Result> {
  const dice = new Dice(seed);
  await using parts = await startParts({
    canary: false,
    policy: policyOfTheRun(),
    manifest: WATCHING,
    random: (size) => dice.bytes(size),
  });
  parts.clock.advanceToNoon();
  await makeKeys(parts.manager, 3);
  await using bots = await Bots.start(parts);
  const run = new Run(parts, bots, dice, { seed, bySocket });
  return await run.until(mutants);
}

class Run {
  readonly #parts: Parts;
  readonly #bots: Bots;
  readonly #dice: Dice;
  readonly #bySocket: number;
  readonly #rules: Rules;
  readonly #lore = new Lore();
  readonly #mutator: Mutator;
  readonly #people: People;
  readonly #secrets = new Set<string>();
  /** The last private message of each person that was looked at. */
  readonly #looked = new Map<string, string>();
  /** Messages that were there and are gone, by channel and timestamp. */
  readonly #deleted = new Set<string>();
  readonly #statuses = new Map<string, number>();
  readonly #heard = new Set<string>();
  readonly #result: Omit<Result, "statuses" | "happened" | "heard">;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts, bots: Bots, dice: Dice, { seed, bySocket }: Omit<Options, "mutants">) {
    this.#bySocket = bySocket;
    this.#parts = parts;
    this.#bots = bots;
    this.#dice = dice;
    this.#rules = new Rules(parts.store);
    this.#mutator = new Mutator(this.#lore, hostileTexts(seed));
    const { parts: slack, app } = parts.slack;
    this.#people = new People(slack, app.appId, dice);
    this.#result = { seed, mutants: 0, bySocket: 0, reached: 0, changed: 0, wrongs: [] };
    const installed = slack.apps.byId(app.appId);
    if (installed !== undefined) installed.delivery = { mode: "http" };
    const channels = [...slack.workspace.conversations.values()].filter(({ kind }) => kind === "channel");
    for (const each of channels)
      if (each.kind === "channel") slack.workspace.setMembers(each, [...each.members, app.botUserId]);
    slack.workspace.onChange((change) => {
      if (change.type === "message_deleted")
        this.#deleted.add(`${change.message.channel} ${change.message.ts}`);
    });
    // One after the other, so that whatever happens is known to have come of what was sent.
    slack.http.send = async (_, parcel) => this.#inTurn(async () => this.#deliver(parcel));
  }

  #inTurn<Done>(work: () => Promise<Done>): Promise<Done> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {});
    return done;
  }

  async until(mutants: number): Promise<Result> {
    const { wrongs } = this.#result;
    while (this.#result.mutants < mutants && wrongs.length < ENOUGH) {
      await this.#people.act();
      await this.#settled();
      const { clock } = this.#parts;
      clock.advance(this.#dice.weighted(MOMENTS));
      if (this.#dice.chance(0.85)) continue;
      await this.#sweep();
    }
    await this.#end();
    const { happened } = this.#rules;
    return { ...this.#result, happened, heard: this.#heard, statuses: this.#statuses };
  }

  /** What the program does by itself. */
  async #sweep(): Promise<void> {
    await this.#inTurn(async () => {
      await sweepAndDraw(this.#bots.context);
      await driveLockouts(this.#bots.context);
      await this.#judge("the program itself", () => "the sweep");
    });
    await this.#settled();
  }

  /** Until everything that was on its way has been delivered. */
  async #settled(): Promise<void> {
    for (let last: unknown; last !== this.#queue;) {
      last = this.#queue;
      await this.#queue;
    }
  }

  /** A true payload, after wrong ones that were made of it. */
  async #deliver(parcel: Parcel): Promise<Answer> {
    this.#lore.learn(parcel);
    const fresh = this.#freshener(parcel.payload);
    const many = parcel.kind === "events_api" ? FEW : MANY;
    for (let left = this.#dice.weighted<number>(many); left > 0; left--) {
      const payload = this.#dice.chance(0.8) ? withoutBlocks(fresh()) : fresh();
      const mutant = this.#mutator.mutate(this.#dice, { ...parcel, payload });
      const { reached, changed } = await this.#send(mutant);
      this.#result.mutants++;
      if (reached) this.#result.reached++;
      if (changed) this.#result.changed++;
    }
    const { outcome } = await this.#send({
      parcel: { ...parcel, payload: fresh() },
      how: ["true"],
      wire: undefined,
    });
    if (outcome.answered && outcome.status !== undefined && outcome.status >= 300)
      return { ok: false, reason: "http_error", status: outcome.status };
    return outcome.answered ? { ok: true, body: outcome.body } : { ok: false, reason: "timeout" };
  }

  /** The same payload with a trigger and a URL for answers that nobody has used. */
  #freshener(payload: Json): () => Json {
    const { triggers, responseUrls } = this.#parts.slack.parts;
    const { appId } = this.#parts.slack.app;
    const trigger: Trigger | { error: string } = triggers.check(String(payload["trigger_id"]), appId);
    const url = payload["response_url"];
    const reply = typeof url === "string" ? responseUrls.look(new URL(url).pathname) : undefined;
    const kept: Reply | undefined = reply && { ...reply };
    const { view } = payload;
    const open = (): Json => {
      const now = isJson(view) ? this.#parts.slack.parts.modals.find(String(view["id"])) : undefined;
      return now === undefined ? {} : { view: { ...(isJson(view) && view), hash: now.hash } };
    };
    return () => ({
      ...payload,
      ...open(),
      ...("error" in trigger ? {} : { trigger_id: triggers.issue(trigger) }),
      ...(kept === undefined ? {} : { response_url: responseUrls.issue({ ...kept }) }),
    });
  }

  async #send(mutant: Mutant): Promise<{ reached: boolean; changed: boolean; outcome: Outcome }> {
    const { parcel, wire } = mutant;
    const before = {
      arrivals: this.#bots.arrivals,
      shown: this.#bots.shown,
      errors: this.#bots.errors.length,
    };
    const socket = wire === undefined && this.#dice.chance(this.#bySocket);
    if (socket) this.#result.bySocket++;
    const outcome = socket ? await this.#push(parcel) : await this.#bots.post(parcel, wire);
    const reached = this.#bots.arrivals > before.arrivals;
    if (reached) this.#note(parcel);
    const said = (): string => describe(mutant, socket);
    if (!socket) this.#count(String(outcome.status));
    const read = parcel.payload;
    const changes = await this.#judge(causeOf(read, wire), said);
    for (const error of this.#bots.errors.slice(before.errors))
      if (!isOfNobody(error) && !this.#isOfAnotherView(error, read)) this.#wrong(`logged ${error}`, said);
    this.#lookForSecrets(read, said);
    if (heeded(wire) && awaitsAnswer(read))
      await this.#expectAnswer(outcome, { shownBefore: before.shown, changes }, read, said);
    return { reached, changed: changes > 0, outcome };
  }

  async #push(parcel: Parcel): Promise<Outcome> {
    const { sockets, ids, apps } = this.#parts.slack.parts;
    const app = apps.byId(this.#parts.slack.app.appId);
    if (app === undefined) throw new Error("the app is gone");
    const again = { ...parcel, envelopeId: ids.uuid() };
    return this.#bots.push(() => sockets.send(app, again, new AbortController().signal));
  }

  /**
   * Whoever clicked or typed hears or sees something. Only what has changed something may be answered by a card
   * alone, and the card is there at its pace: Slack's limits are off in a run, so nothing holds it up longer.
   */
  async #expectAnswer(
    { answered, status, body, tooLong }: Outcome,
    { shownBefore, changes }: { shownBefore: number; changes: number },
    read: Json,
    said: () => string,
  ): Promise<void> {
    if (!answered) return this.#wrong("was not acknowledged", said);
    if (status === 413 && tooLong) return;
    if (status !== undefined && status !== 200) return this.#wrong(`was answered with ${status}`, said);
    if (body !== undefined || this.#bots.shown > shownBefore) return;
    if (changes > 0) {
      this.#parts.clock.advance(CARD_PACE);
      while ((await drawDueCards(this.#bots.context)) > 0);
      if (this.#bots.shown > shownBefore || this.#isTakenAway(read)) return;
    }
    const warned = this.#bots.warnings.at(-1) ?? "nothing";
    this.#wrong(`was not answered, and warned last of ${warned}`, said);
  }

  async #judge(cause: Cause, said: () => string): Promise<number> {
    const { changes, wrongs } = await this.#rules.check(cause);
    for (const wrong of wrongs) this.#wrong(wrong, said);
    return changes;
  }

  /** Each secret is shown once, to the one who clicked. */
  #lookForSecrets(read: Json, said: () => string): void {
    for (const { user, ephemerals } of this.#parts.slack.parts.sessions.all()) {
      const last = ephemerals.at(-1);
      if (last === undefined || this.#looked.get(user) === last.ts) continue;
      this.#looked.set(user, last.ts);
      for (const secret of secretsIn([last])) {
        // What somebody typed may be told them again; what was shown is in a message of its own.
        if (!JSON.stringify(last).includes("claim.stored")) continue;
        if (this.#secrets.has(secret)) this.#wrong("a secret was shown twice", said);
        this.#secrets.add(secret);
        if (user !== byOf(read)) this.#wrong("a secret was shown to somebody else", said);
      }
    }
  }

  /**
   * A forged "I have stored it" takes the card away on which its true click would be answered. Only what really
   * stood there: a payload that names a message that never was is answered like any other.
   */
  #isTakenAway({ container }: Json): boolean {
    if (!isJson(container)) return false;
    return this.#deleted.has(`${String(container["channel_id"])} ${String(container["message_ts"])}`);
  }

  /** Slack draws no form over a Home, and nothing over a view of another kind: only a forged payload asks for it. */
  #isOfAnotherView(error: string, { container, view }: Json): boolean {
    if (!isJson(view)) return false;
    const another = isJson(container) && container["view_id"] !== view["id"];
    const overHome = this.#parts.slack.parts.homes.find(String(view["id"])) !== undefined;
    return (another || overHome) && error.includes("invalid_arguments") && error.includes("redrawModal");
  }

  #note({ payload }: Parcel): void {
    const { view, actions } = payload;
    const ids = [payload["callback_id"], payload["action_id"], isJson(view) && view["callback_id"]];
    if (Array.isArray(actions)) for (const each of actions) if (isJson(each)) ids.push(each["action_id"]);
    for (const id of ids) if (typeof id === "string") this.#heard.add(id);
    if (typeof payload["text"] === "string") this.#heard.add(payload["text"].trim().split(/\s/, 1)[0] ?? "");
  }

  #count(status: string): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
  }

  #wrong(what: string, said: () => string): void {
    this.#result.wrongs.push(
      `seed ${this.#result.seed}, after ${this.#result.mutants}: ${what}\n  ${said()}`,
    );
  }

  async #end(): Promise<void> {
    for (let i = 0; i < 20; i++) {
      this.#parts.clock.advance(MINUTE);
      await this.#sweep();
    }
    for (const { status } of await this.#bots.late()) this.#count(`${status}, late`);
    await trailIsWhole(this.#parts.store);
    await this.#managerAgrees();
  }

  async #managerAgrees(): Promise<void> {
    const { manager, store } = this.#parts;
    const own = await manager.describeCurrent();
    for (const { id, name, active } of await manager.keysAfter(0, 100_000)) {
      const record = (await store.key(id))?.value;
      if (record === undefined) {
        if (id !== own.id && !/^key-\d$/.test(name))
          this.#wrong(`the manager has ${name}, of which nobody knows`, () => "the end");
      } else if (record.deletedAt !== undefined)
        this.#wrong(`${name} is deleted and is there`, () => "the end");
      else if (record.due === undefined && record.holds !== undefined && active)
        this.#wrong(`${name} is held and works`, () => "the end");
    }
  }
}

/** How many wrong payloads are made of one true one. */
const FEW = [
  [1, 2],
  [2, 6],
] as const;
const MANY = [
  [1, 4],
  [2, 9],
  [1, 16],
] as const;
const MOMENTS = [
  [60, 0],
  [20, 3 * SECOND],
  [10, MINUTE],
  [3, 10 * MINUTE],
  [1, HOUR],
  [0.3, DAY],
] as const;

/** A card is drawn this often at most. */
const CARD_PACE = 2 * SECOND;

/** What the receiver refuses before it looks at what it says. */
function heeded(wire: Wire | undefined): boolean {
  return wire === undefined;
}

/** What a form looks like is drawn by us and read by nobody; without it, a payload is quickly told. */
function withoutBlocks({ view, ...payload }: Json): Json {
  return isJson(view) ? { ...payload, view: { ...view, blocks: [] } } : { ...payload };
}

function byOf({ user, user_id, event }: Json): string | undefined {
  const id = isJson(user) ? user["id"] : (user_id ?? (isJson(event) ? event["user"] : undefined));
  return typeof id === "string" ? id : undefined;
}

/** What no person has written counts as said by Slack itself. */
function authorOf({ event }: Json): string | undefined {
  if (!isJson(event) || event["type"] !== "message") return undefined;
  const said = isJson(event["message"]) ? event["message"] : event;
  return personId.safeParse(said["user"]).data ?? "USLACKBOT";
}

function causeOf(payload: Json, wire: Wire | undefined): Cause {
  const { user, team, team_id, authorizations, event } = payload;
  // An event says for whose installation it is meant (R44).
  const [shownTo] = Array.isArray(authorizations) ? authorizations : [];
  const from = isJson(event)
    ? (isJson(shownTo) ? shownTo : payload)["team_id"]
    : (isJson(user) && user["team_id"]) || (isJson(team) ? team["id"] : team_id);
  const orgWide =
    !isJson(event) && ["true", true].some((value) => value === payload["is_enterprise_install"]);
  const mayAct = (heeded(wire) || wire === "of another type") && from === TEAM && !orgWide;
  return { by: authorOf(payload) ?? byOf(payload), mayAct };
}

/** Whether a person waits for what comes of it whom we can reach. */
function awaitsAnswer(payload: Json): boolean {
  if (!isReachable(byOf(payload))) return false;
  if (typeof payload["command"] === "string") return true;
  return ["block_actions", "view_submission", "shortcut", "message_action"].includes(String(payload["type"]));
}

/** Slack has no way to tell somebody whom it does not know. */
function isOfNobody(error: string): boolean {
  const [, by] = /"by":"(\w+)"/.exec(error) ?? [];
  return by !== undefined && !isReachable(by) && /nobody could be told|WebAPIPlatformError/.test(error);
}

function isReachable(person: string | undefined): boolean {
  const found = defaultWorkspace.people.find(({ id }) => id === person);
  return found?.kind === "member" || found?.kind === "guest";
}

/** What was sent, as far as a person can read it. */
function describe({ parcel, how, wire }: Mutant, socket: boolean): string {
  const { view, message, ...payload } = parcel.payload;
  const bare = (part: unknown): unknown => (isJson(part) ? { ...part, blocks: "…" } : part);
  const shown = { ...payload, view: bare(view), message: bare(message) };
  const text = inspect(shown, { depth: 7, breakLength: Infinity, maxStringLength: 150, maxArrayLength: 5 });
  return `${socket ? "by socket, " : ""}${[...how, wire ?? ""].join(", ")}: ${text}`;
}
