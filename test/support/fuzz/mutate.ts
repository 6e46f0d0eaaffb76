import fc from "fast-check";
import type { Parcel } from "../../../src/local-slack/delivery.ts";
import { isJson, type Json } from "../../../src/local-slack/json.ts";
import { defaultWorkspace } from "../../../src/local-slack/default-workspace.ts";
import { hostile } from "../hostile.ts";
import type { Dice } from "./dice.ts";
import { drop, type Lore, named, type Place, placesIn, put } from "./lore.ts";

/** What is wrong with the request that brings a payload, rather than with the payload. */
export type Wire =
  | "unsigned"
  | "wrongly signed"
  | "signed by another"
  | "old"
  | "from the future"
  | "repeated"
  | "repeated in other signs"
  | "cut short"
  | "empty"
  | "no JSON"
  | "of another type"
  | "bottomless";

export type Mutant = { parcel: Parcel; wire: Wire | undefined; how: string[] };

const PROTOTYPES = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype"];
const SECRETS = [`12:${"A".repeat(43)}=`, `7:\n${"q+/Z".repeat(10)}abc=`, `&lt;1:${"0".repeat(43)}=`];
const ALMOST = [
  "U0ADA000001",
  "<@U0ADA000001>",
  "<@U0BEN000001|ben>",
  "U0NOBODY001",
  "USLACKBOT",
  "000000000000",
  "ZZZZZZZZZZZZ",
  "1",
  "0",
  "-1",
  "999999999999999999999",
  "1e3",
  "2027-02-30",
  "days:0",
  "days:99999",
  "until",
  "unlimited",
  "null",
  "{}",
  "[]",
  '{"id":"000000000000"}',
  "/apikey",
  "request",
  "\u0000",
  "\r\nX-Header: 1",
  "${7*7}",
  "' OR 1=1 --",
  "../../etc/passwd",
  "%",
  "a".repeat(76),
];
const SCALARS: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e300,
  2 ** 53,
  "",
  "x",
  [],
  {},
  [[]],
  [null],
];

/** Texts that nobody writes in good faith; the same for the same seed. */
export function hostileTexts(seed: number): string[] {
  return [...fc.sample(hostile, { numRuns: 60, seed }), ...PROTOTYPES, ...SECRETS, ...ALMOST];
}

type Change = (payload: Json, dice: Dice) => string | undefined;

const PEOPLE = [
  ...defaultWorkspace.people.map(({ id }) => id),
  "U0NOBODY001",
  "USLACKBOT",
  "W0ELSEWHERE",
  "B0000000001",
];
const TEAMS = ["T0GLOBEX001", "T0NOBODY001", "", null];

/** Where nobody listens. */
const NOWHERE = "http://127.0.0.1:1/hooks/actions/gone";

/** Answers go to local Slack or nowhere: no run shall knock at the doors of others. */
function leadsAway(url: unknown): boolean {
  return typeof url === "string" && URL.canParse(url) && !/^http:\/\/127\.0\.0\.1:\d{4,5}\/hooks\//.test(url);
}

/** Makes wrong payloads of true ones. */
export class Mutator {
  readonly #lore: Lore;
  readonly #texts: readonly string[];

  constructor(lore: Lore, texts: readonly string[]) {
    this.#lore = lore;
    this.#texts = texts;
  }

  mutate(dice: Dice, original: Parcel): Mutant {
    const old = dice.chance(0.06) ? this.#lore.parcel(dice) : undefined;
    const parcel = structuredClone(old ?? original);
    const how = old === undefined ? [] : ["an old one"];
    if (dice.chance(0.1)) return { parcel, how, wire: dice.pick(WIRES) };
    const times = dice.weighted([
      [6, 1],
      [2, 2],
      [1, 4],
    ]);
    for (let i = 0; i < times || how.length === 0; i++) {
      const said = dice.weighted(this.#changes)(parcel.payload, dice);
      if (said !== undefined) how.push(said);
    }
    for (const at of named(parcel.payload, "response_url")) if (leadsAway(at.value)) put(at, NOWHERE);
    return { parcel, how, wire: undefined };
  }

  readonly #changes: readonly (readonly [number, Change])[] = [
    [9, (payload, dice) => this.#person(payload, dice)],
    [3, (payload, dice) => this.#tenant(payload, dice)],
    [8, (payload, dice) => this.#forge(payload, dice, ["value"])],
    [4, (payload, dice) => this.#forge(payload, dice, ["private_metadata"])],
    [2, (payload, dice) => this.#forge(payload, dice, ["action_id", "callback_id", "block_id"])],
    [9, (payload, dice) => this.#elsewhere(payload, dice)],
    [2, (payload, dice) => this.#forge(payload, dice, ["trigger_id"])],
    [2, (payload, dice) => this.#forge(payload, dice, ["response_url", "hash"])],
    [2, (payload, dice) => this.#forge(payload, dice, ["channel_id", "message_ts", "ts", "id", "view_id"])],
    [8, (payload, dice) => this.#field(payload, dice)],
    [3, (payload, dice) => this.#line(payload, dice)],
    [2, (payload, dice) => this.#moment(payload, dice)],
    [4, (payload, dice) => this.#anywhere(payload, dice, "dropped", drop)],
    [
      4,
      (payload, dice) =>
        this.#anywhere(payload, dice, "retyped", (at) => put(at, structuredClone(dice.pick(SCALARS)))),
    ],
    [3, (payload, dice) => this.#anywhere(payload, dice, "hostile", (at) => put(at, this.#text(dice)))],
    [2, (payload, dice) => this.#anywhere(payload, dice, "deepened", (at) => put(at, deep(at.value, dice)))],
    [
      1,
      (payload, dice) => this.#anywhere(payload, dice, "lengthened", (at) => put(at, long(at.value, dice))),
    ],
    [2, (payload, dice) => this.#double(payload, dice)],
    [1, prototype],
  ];

  #person(payload: Json, dice: Dice): string | undefined {
    const id = dice.chance(0.93) ? dice.pick(PEOPLE) : this.#text(dice);
    const event = payload["event"];
    if (isJson(payload["user"])) payload["user"] = { ...payload["user"], id };
    else if ("user_id" in payload) payload["user_id"] = id;
    else if (isJson(event) && "user" in event) event["user"] = id;
    else return undefined;
    return `as ${id}`;
  }

  #tenant(payload: Json, dice: Dice): string {
    const team = dice.pick(TEAMS);
    if ("team_id" in payload) payload["team_id"] = team;
    if ("team" in payload) payload["team"] = team === null ? null : { id: team, domain: "x" };
    if (isJson(payload["user"])) payload["user"] = { ...payload["user"], team_id: team };
    if (dice.chance(0.3)) payload["enterprise"] = { id: "E0NOBODY001", name: "x" };
    if (dice.chance(0.3)) payload["is_enterprise_install"] = dice.pick([true, "true", false, null]);
    return `of team ${String(team)}`;
  }

  #forge(payload: Json, dice: Dice, names: string[]): string | undefined {
    const at = dice.pick(named(payload, ...names));
    if (at === undefined) return undefined;
    const { value } = at;
    const text = this.#lore.other(dice, String(at.key));
    const forged =
      text !== undefined && dice.chance(0.75)
        ? text
        : typeof value === "string" && at.key !== "response_url" && dice.chance(0.5)
          ? spoilt(value, dice)
          : this.#text(dice);
    put(at, forged);
    return `another ${at.key}`;
  }

  /** Sent to another listener than the one that it is for. */
  #elsewhere(payload: Json, dice: Dice): string | undefined {
    const at = dice.pick(named(payload, "action_id", "callback_id"));
    if (at === undefined) return undefined;
    const id = this.#lore.listener(at.key === "action_id" ? "action_id" : "callback_id");
    put(at, id);
    return `to ${id}`;
  }

  /** What stands in a form. */
  #field(payload: Json, dice: Dice): string | undefined {
    const { view } = payload;
    const state = isJson(view) ? view["state"] : payload["state"];
    if (!isJson(state)) return undefined;
    const at = dice.pick(placesIn(state, true));
    if (at === undefined) return undefined;
    dice.weighted<() => void>([
      [3, () => put(at, this.#text(dice))],
      [2, () => put(at, structuredClone(dice.pick(SCALARS)))],
      [1, () => drop(at)],
      [2, () => put(at, this.#lore.other(dice, "value") ?? "")],
    ])();
    return `field ${at.key}`;
  }

  #line(payload: Json, dice: Dice): string | undefined {
    const { text } = payload;
    if (typeof text !== "string") return undefined;
    const words = text.split(" ");
    const i = dice.below(words.length);
    const how = dice.below(3);
    if (how === 0) words[i] = this.#text(dice);
    else if (how === 1) words.splice(i, 1);
    else words.splice(i, 0, dice.pick(words) ?? "", this.#lore.other(dice, "value") ?? "");
    payload["text"] = words.join(" ");
    return "another line";
  }

  #moment(payload: Json, dice: Dice): string | undefined {
    const at = dice.pick(named(payload, "action_ts", "event_ts", "event_time", "ts"));
    if (at === undefined) return undefined;
    put(at, dice.pick(["0", "NaN", "", "99999999999.000000", "1.5.2", "-1", null, {}]));
    return `another ${at.key}`;
  }

  #anywhere(payload: Json, dice: Dice, what: string, change: (at: Place) => void): string | undefined {
    const at = dice.pick(placesIn(payload, dice.chance(0.15)));
    if (at === undefined) return undefined;
    change(at);
    return `${what} ${at.key}`;
  }

  #double(payload: Json, dice: Dice): string | undefined {
    const at = dice.pick(placesIn(payload, false).filter(({ value }) => Array.isArray(value)));
    if (at === undefined || !Array.isArray(at.value)) return undefined;
    put(at, [...at.value, ...structuredClone(at.value)]);
    return `doubled ${at.key}`;
  }

  #text(dice: Dice): string {
    return dice.pick(this.#texts) ?? "";
  }
}

const WIRES: readonly [Wire, ...Wire[]] = [
  "unsigned",
  "wrongly signed",
  "signed by another",
  "old",
  "from the future",
  "repeated",
  "repeated in other signs",
  "cut short",
  "empty",
  "no JSON",
  "of another type",
  "bottomless",
];

function prototype(payload: Json, dice: Dice): string | undefined {
  const at = dice.pick(placesIn(payload, false).filter(({ value }) => isJson(value)));
  if (at === undefined || !isJson(at.value)) return undefined;
  const name = dice.pick(PROTOTYPES) ?? "";
  const value = dice.pick([{ type: "button", value: "1" }, null, "x", [1]]);
  put({ holder: at.value, key: name, value: undefined }, value);
  return `${name} in ${at.key}`;
}

/** A text with something of it wrong: as an id that is not there, or JSON that does not parse. */
function spoilt(text: string, dice: Dice): string {
  const at = dice.below(text.length + 1);
  const sign = dice.pick(["0", "Z", "'", '"', "\uD800", " ", ":", "\u202E"]) ?? "";
  return text.slice(0, at) + (dice.chance(0.5) ? sign : "") + text.slice(at + 1);
}

/** In as many boxes as JSON parses and no sensible sender makes. */
function deep(value: unknown, dice: Dice): unknown {
  const levels = dice.weighted([
    [8, 10],
    [2, 500],
    [1, 1000],
  ]);
  const list = dice.chance(0.5);
  let boxed = value;
  for (let i = 0; i < levels; i++) boxed = list ? [boxed] : { value: boxed };
  return boxed;
}

function long(value: unknown, dice: Dice): unknown {
  const times = dice.weighted([
    [4, 100],
    [1, 20_000],
  ]);
  if (typeof value === "string") return (value === "" ? "x" : value.slice(0, 10)).repeat(times);
  if (Array.isArray(value)) return Array.from({ length: Math.min(times, 200) }, () => value[0] as unknown);
  return "9".repeat(times);
}
