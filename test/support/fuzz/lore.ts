import type { Json } from "../../../src/local-slack/json.ts";
import { isJson } from "../../../src/local-slack/json.ts";
import type { Parcel } from "../../../src/local-slack/delivery.ts";
import { CONVERSATIONS } from "../../../src/slack/app.ts";
import type { Dice } from "./dice.ts";

const MOST = 300;
/** What of a payload names something or somebody, by the name of its member. */
const KINDS: Record<string, string> = {
  value: "value",
  action_id: "action",
  block_id: "block",
  callback_id: "callback",
  private_metadata: "metadata",
  trigger_id: "trigger",
  response_url: "url",
  view_id: "view",
  root_view_id: "view",
  hash: "hash",
  channel_id: "channel",
  message_ts: "ts",
  ts: "ts",
  external_id: "external",
};

/** Everything that payloads have said so far: what a forger would have to put into others. */
export class Lore {
  readonly #known = new Map<string, string[]>();
  readonly #parcels: Parcel[] = [];
  readonly #listeners = {
    action_id: CONVERSATIONS.flatMap(({ clicks, suggestions }) => keysOf(clicks, suggestions)),
    callback_id: CONVERSATIONS.flatMap((each) => keysOf(each.submissions, each.shortcuts, each.messages)),
  };

  learn(parcel: Parcel): void {
    this.#parcels.push(parcel);
    if (this.#parcels.length > MOST) this.#parcels.shift();
    this.#read(parcel.payload, "");
  }

  /** The ids that listeners hear, in turn: used yet or not. */
  listener(kind: "action_id" | "callback_id"): string {
    const [next = "", ...rest] = this.#listeners[kind];
    this.#listeners[kind] = [...rest, next];
    return next;
  }

  /** Another one of the same kind, and now and then of any. */
  other(dice: Dice, member: string): string | undefined {
    const kind = KINDS[member];
    const kinds = [...this.#known.keys()];
    const from = kind === undefined || dice.chance(0.1) ? dice.pick(kinds) : kind;
    return dice.pick(this.#known.get(from ?? "") ?? []);
  }

  /** A payload of before, as it was. */
  parcel(dice: Dice): Parcel | undefined {
    return dice.pick(this.#parcels);
  }

  #read(node: unknown, name: string): void {
    if (typeof node === "string") this.#keep(name, node);
    else if (Array.isArray(node)) for (const each of node) this.#read(each, name);
    else if (isJson(node))
      for (const [key, each] of Object.entries(node)) if (key !== "blocks") this.#read(each, key);
  }

  #keep(name: string, text: string): void {
    const kind = KINDS[name] ?? (/^[A-Z][0-9A-Z]{8,}$/.test(text) ? text.charAt(0) : undefined);
    if (kind === undefined || text === "") return;
    const known = this.#known.get(kind) ?? [];
    this.#known.set(kind, known);
    if (known.includes(text)) return;
    known.push(text);
    if (known.length > MOST) known.shift();
  }
}

const keysOf = (...tables: (object | undefined)[]): string[] =>
  tables.flatMap((each) => Object.keys(each ?? {}));

/** No true payload goes deeper; those that were made deeper are not looked through. */
const DEEPEST = 20;

/** Where a value stands in a payload. */
export type Place = { holder: Json | unknown[]; key: string | number; value: unknown };

/** All values of a payload; those of blocks, which are drawn and hardly read, only where they are wanted. */
export function placesIn(payload: Json, blocks: boolean): Place[] {
  const found: Place[] = [];
  const look = ({ value, ...at }: Place, depth: number): void => {
    found.push({ ...at, value });
    if (depth > DEEPEST || (at.key === "blocks" && !blocks)) return;
    if (Array.isArray(value))
      for (const [key, each] of value.entries()) look({ holder: value, key, value: each }, depth + 1);
    else if (isJson(value))
      for (const [key, each] of Object.entries(value)) look({ holder: value, key, value: each }, depth + 1);
  };
  for (const [key, value] of Object.entries(payload)) look({ holder: payload, key, value }, 0);
  return found;
}

/** Every value with this name, however deep, but for what stands in blocks. */
export function named(payload: Json, ...names: string[]): Place[] {
  return placesIn(payload, false).filter(({ key }) => names.includes(String(key)));
}

export function put({ holder, key }: Place, value: unknown): void {
  // A plain assignment to `__proto__` would say nothing in JSON.
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

export function drop({ holder, key }: Place): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else Reflect.deleteProperty(holder, key);
}
