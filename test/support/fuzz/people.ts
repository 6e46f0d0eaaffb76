import { act, askOptions } from "../../../src/local-slack/block-actions.ts";
import { elementsOf, optionsOf, type Placed } from "../../../src/local-slack/block-kit/walk.ts";
import { valueField } from "../../../src/local-slack/block-kit/state.ts";
import type { Act, ElementValue, ViewValues } from "../../../src/local-slack/client-protocol.ts";
import { runCommand } from "../../../src/local-slack/commands.ts";
import { isJson, type Json } from "../../../src/local-slack/json.ts";
import type { Modal } from "../../../src/local-slack/modals.ts";
import type { Session } from "../../../src/local-slack/sessions.ts";
import { runShortcut } from "../../../src/local-slack/shortcuts.ts";
import type { Slack } from "../../../src/local-slack/slack.ts";
import { closeView, submitView } from "../../../src/local-slack/view-submissions.ts";
import { personNamed } from "../context.ts";
import type { Dice } from "./dice.ts";

const PEOPLE = [
  [8, "ada"],
  [4, "ben"],
  [5, "chiara"],
  [3, "dmitri"],
  [5, "emi"],
  [5, "farid"],
  [3, "grace"],
  [1, "gus"],
] as const;
const CHANNELS = ["C0GENERAL01", "C0APPROVALS", "C0INCIDENTS", "C0AUDIT0001"];
/** How much of what stands in a channel somebody looks at. */
const LATEST = 12;
const REASONS = ["nightly report", "a laptop was lost", "the project goes on", "INC-7"];

/** What people type; KEY is a key's name or ID, NEW a name that is free, ROLE a role, REQUEST an id. */
const LINES = [
  [12, "request NEW as ROLE for 30 days because nightly report"],
  [2, "request NEW"],
  [1, "request"],
  [3, "requests"],
  [2, "list"],
  [2, "search ci* role:auditor"],
  [1, "search"],
  [3, "show KEY"],
  [1, "why KEY"],
  [1, "why REQUEST"],
  [1, "export"],
  [1, "audit"],
  [1, "audit key:KEY since:7d"],
  [3, "edit KEY"],
  [2, "edit KEY description something else"],
  [3, "extend KEY for 90 days because the audit takes longer"],
  [3, "role KEY to ROLE because it only reads now"],
  [4, "rotate KEY"],
  [4, "lock KEY because laptop lost"],
  [2, "lock KEY for 2h because deployment freeze"],
  [4, "unlock KEY"],
  [3, "assign KEY to PERSON because I change teams"],
  [1, "delete KEY"],
  [3, "lockout KEY"],
  [1, "lockout --drill owner:@ada"],
  [1, "roles"],
  [1, "roles search audit"],
  [1, "roles show ROLE"],
  [2, "roles new"],
  [2, "roles edit ROLE"],
  [1, "roles delete ROLE"],
  [1, "whoami"],
  [1, "help"],
  [1, "dance with me"],
] as const;

/** People at their clients, who do true things: what they do is delivered as Slack delivers it. */
export class People {
  readonly #slack: Slack;
  readonly #dice: Dice;
  readonly #app: string;
  readonly #sessions: readonly (readonly [number, Session])[];
  /** Names of keys that were asked for. */
  readonly #names: string[] = ["key-1", "key-2", "key-3"];
  #asked = 0;
  #typed = 0;

  constructor(slack: Slack, app: string, dice: Dice) {
    this.#slack = slack;
    this.#dice = dice;
    this.#app = app;
    this.#sessions = PEOPLE.map(
      ([weight, name]) => [weight, slack.sessions.open(personNamed(name))] as const,
    );
  }

  /** One of them does something. */
  async act(): Promise<void> {
    const session = this.#dice.weighted(this.#sessions);
    session.notices = [];
    session.ephemerals = session.ephemerals.slice(-LATEST);
    const modal = session.modals.at(-1);
    if (modal !== undefined && this.#dice.chance(0.8)) return this.#inModal(session, modal);
    await this.#dice.weighted<() => Promise<unknown>>([
      [10, () => this.#type(session)],
      [14, () => this.#click(session)],
      [2, () => this.#home(session)],
      [1, () => this.#shortcut(session)],
      [1, () => this.#report(session)],
      [1, async () => this.#say(session)],
      [1, async () => this.#change()],
    ])();
  }

  async #type(session: Session): Promise<void> {
    const conversation = this.#slack.workspace.conversations.get("C0GENERAL01");
    if (conversation === undefined) throw new Error("no #general");
    // Each once, then as often as people do.
    const [, line] = LINES[this.#typed++] ?? [1, this.#dice.weighted(LINES)];
    const text = line
      .replace("NEW", () => this.#newName())
      .replace("KEY", () => (this.#dice.chance(0.8) ? this.#name() : String(1 + this.#dice.below(20))))
      .replace("ROLE", () => this.#dice.pick(["Auditor", "Auditor", "Full Access", ...this.#roles()]))
      .replace("PERSON", () => `<@${this.#person()}>`)
      .replace("REQUEST", () => "8QK2V7M4TXB1");
    await runCommand(this.#slack, session, { conversation, text: `/apikey ${text}` });
  }

  async #click(session: Session): Promise<void> {
    const own = this.#slack.conversationsOf(session.user).map(({ id }) => id);
    // Secrets wait in their own messages, which are few among all cards.
    const near = this.#dice.chance(0.3) ? own.filter((id) => id.startsWith("D")) : [...CHANNELS, ...own];
    const messages = [
      ...[...new Set(near)].flatMap((id) => this.#slack.messages.of(id).slice(-LATEST)),
      ...session.ephemerals.slice(-3),
    ];
    // Whoever cannot see a channel is let near it all the same: their click is refused by local Slack.
    const all = messages.flatMap((message) =>
      elementsOf(message.blocks).map((placed) => ({ message, placed })),
    );
    // What stands out is pressed more often: an approval, a secret.
    const first = all.filter(({ placed }) => placed.element["style"] === "primary");
    const found = this.#dice.pick(first.length > 0 && this.#dice.chance(0.25) ? first : all);
    if (found === undefined) return;
    const { channel, ts } = found.message;
    await this.#press(session, { channel, ts }, found.placed);
  }

  async #press(session: Session, where: Act["in"], placed: Placed): Promise<void> {
    const { blockId, element } = placed;
    const actionId = String(element["action_id"]);
    const field = valueField(element) ?? (element["type"] === "overflow" ? "selected_option" : undefined);
    const value = field === undefined ? undefined : await this.#valueFor(session, where, placed);
    await act(this.#slack, session, {
      in: where,
      blockId,
      actionId,
      ...(value !== undefined && { chosen: value }),
    });
  }

  async #inModal(session: Session, modal: Modal): Promise<void> {
    const placed = elementsOf(modal.view.blocks);
    const acting = placed.filter(
      ({ block }) => block["type"] !== "input" || block["dispatch_action"] === true,
    );
    const at = this.#dice.pick(acting);
    if (at !== undefined && this.#dice.chance(0.3)) return this.#press(session, { view: modal.id }, at);
    if (modal.view["submit"] === undefined || this.#dice.chance(0.08)) {
      closeView(this.#slack, session, { view: modal.id, all: this.#dice.chance(0.5) });
      return;
    }
    const values: ViewValues = {};
    for (const each of placed) {
      const held = modal.values[each.blockId]?.[String(each.element["action_id"])];
      const full =
        held !== undefined && Object.entries(held).some(([key, one]) => key !== "type" && isGiven(one));
      if (full ? this.#dice.chance(0.9) : each.block["optional"] === true && this.#dice.chance(0.7)) continue;
      const value = await this.#valueFor(session, { view: modal.id }, each);
      if (value !== undefined)
        values[each.blockId] = { ...values[each.blockId], [String(each.element["action_id"])]: value };
    }
    if (session.modals.includes(modal)) await submitView(this.#slack, session, { view: modal.id, values });
  }

  async #valueFor(
    session: Session,
    where: Act["in"],
    { blockId, element }: Placed,
  ): Promise<ElementValue | undefined> {
    const type = String(element["type"]);
    const field = valueField(element) ?? "selected_option";
    const actionId = String(element["action_id"]);
    const options = type.includes("external")
      ? await this.#offered(session, where, { blockId, actionId })
      : optionsOf(element);
    const value = ((): unknown => {
      switch (field) {
        case "value":
          return this.#textFor(session, actionId);
        case "selected_option":
          return this.#dice.pick(options);
        case "selected_options":
          return options.filter(() => this.#dice.chance(0.4)).slice(0, 10);
        case "selected_user":
          return this.#person();
        case "selected_date":
          return "2027-03-01";
        default:
          return undefined;
      }
    })();
    return value === undefined ? undefined : { type, [field]: value };
  }

  async #offered(
    session: Session,
    where: Act["in"],
    at: { blockId: string; actionId: string },
  ): Promise<Json[]> {
    const answer = await askOptions(this.#slack, session, {
      in: where,
      ...at,
      query: this.#dice.pick(["", "a", "can"]),
    });
    if (!answer.ok) return [];
    return optionsOf({ options: answer.options, option_groups: answer.option_groups });
  }

  #textFor(session: Session, actionId: string): string {
    const shown = JSON.stringify(session.modals.at(-1)?.view.blocks ?? []);
    const about = this.#names.findLast((name) => shown.includes(name));
    if (actionId.endsWith("name")) return this.#newName();
    if (/typed$|confirm/.test(actionId)) return this.#dice.chance(0.7) ? (about ?? "INC-7") : "INC-7";
    if (/incident/.test(actionId)) return "INC-7";
    if (/query|line/.test(actionId)) return about ?? "key-1";
    return this.#dice.pick(["nightly report", ...REASONS]);
  }

  async #home(session: Session): Promise<void> {
    const home = this.#slack.homes.get(this.#app, session.user);
    const at = this.#dice.pick(elementsOf(home?.view.blocks ?? []));
    if (home !== undefined && at !== undefined && this.#dice.chance(0.7))
      return this.#press(session, { view: home.id }, at);
    const app = this.#slack.apps.byId(this.#app);
    if (app !== undefined) this.#slack.events.homeOpened(app, session.user, "D0", "home");
  }

  async #shortcut(session: Session): Promise<void> {
    const callbackId = this.#dice.pick(["request", "lockout"]);
    await runShortcut(this.#slack, session, { type: "global", app: this.#app, callbackId });
  }

  async #report(session: Session): Promise<void> {
    const message = this.#dice.pick(this.#slack.messages.of("C0GENERAL01").slice(-LATEST));
    if (message === undefined) return;
    const { channel, ts } = message;
    await runShortcut(this.#slack, session, {
      type: "message",
      app: this.#app,
      callbackId: "leak",
      channel,
      ts,
    });
  }

  #say(session: Session): void {
    const secret = `${1 + this.#dice.below(20)}:${Buffer.from(this.#dice.bytes(32)).toString("base64")}`;
    const text = this.#dice.pick(["good morning", `it is ${secret}`]);
    this.#slack.messages.post({ channel: "C0GENERAL01", user: session.user, text, blocks: [] });
  }

  /** Something changes about somebody that changes nothing of what they may do. */
  #change(): void {
    const person = this.#slack.workspace.people.get(this.#person());
    if (person !== undefined) this.#slack.workspace.tell({ type: "person", person });
  }

  #person(): string {
    return personNamed(this.#dice.pick(["ada", "ben", "chiara", "emi", "farid", "gus", "dora", "sam"]));
  }

  #newName(): string {
    const name = `ci-${++this.#asked}`;
    this.#names.push(name);
    return name;
  }

  #name(): string {
    return this.#dice.pick(this.#names.slice(-15)) ?? "key-1";
  }

  #roles(): string[] {
    return this.#dice.chance(0.2) ? this.#names.slice(-3) : [];
  }
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value)
    ? value.length > 0
    : value !== null && (typeof value !== "object" || isJson(value));
}
