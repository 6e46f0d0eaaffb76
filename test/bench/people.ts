import type { ClientEvent, Message, OpenView } from "../../src/local-slack/client-protocol.ts";
import type { AppCredentials } from "../../src/local-slack/server.ts";
import { secretsIn } from "../support/context.ts";
import { Client } from "../support/local-slack.ts";
import { APPROVALS, AUDITORS, GENERAL, INCIDENTS, RESPONDERS, SECURITY, STAFF } from "./company.ts";

/** Milliseconds after which nobody waits any longer. */
const PATIENCE = 20_000;

/** How a request shall end. */
export type Ending = "fulfilled" | "denied" | "withdrawn" | "pending";

/** Of twenty requests: fourteen need one approval, three two (their long life is chosen); each ends as it stands here. */
export function planOf(n: number): { ending: Ending; life?: string; approvals: number } {
  const of = n % 20;
  if (of < 14) return { ending: "fulfilled", approvals: 1 };
  if (of < 16) return { ending: "fulfilled", life: "days:180", approvals: 2 };
  if (of < 18) return { ending: "denied", approvals: 0, ...(of === 16 && { life: "days:30" }) };
  return { ending: of === 18 ? "withdrawn" : "pending", approvals: 0 };
}

export const nameOf = (n: number): string => `soak-${n}`;

/** What people look at: their own, and those who may see all of it. */
const OF_OWN = ["list", "requests", "help", "search expires<30d", "help request"];
const OF_ALL = [
  "list",
  "search bench-5*",
  "search role:auditor",
  "search locked",
  "audit since:1h",
  "requests",
];

type Where = { url: string; app: AppCredentials };

/** What the company's people do, and what they were left without. */
export class People {
  readonly #where: Where;
  /** The direct message of each person with the app. */
  readonly #direct: ReadonlyMap<string, string>;
  readonly #security: Client[] = [];
  readonly #decided = new Set<string>();
  #left = false;
  /** What somebody waited for in vain, or got twice. */
  readonly problems: string[] = [];
  /** Milliseconds until somebody saw the answer to a look. */
  readonly looks: number[] = [];
  clicks = 0;
  /** The numbers of the requests that were made. */
  readonly asked = new Set<number>();
  secrets = new Map<string, string>();

  private constructor(where: Where, direct: ReadonlyMap<string, string>) {
    this.#where = where;
    this.#direct = direct;
  }

  static async open(where: Where): Promise<People> {
    const listing = (await (await fetch(`${where.url}client/workspace`)).json()) as {
      conversations: { id: string; kind: string; user: string; bot: string }[];
    };
    const own = listing.conversations.filter(({ kind, bot }) => kind === "im" && bot === where.app.botUserId);
    const people = new People(where, new Map(own.map(({ id, user }) => [user, id])));
    for (const id of SECURITY.slice(0, 4)) people.#security.push(await people.#as(id));
    void people.#decide();
    return people;
  }

  /** Somebody looks at their Home, or at everybody's keys where they may, and at what else there is: six looks. */
  async visit(n: number): Promise<void> {
    const auditor = n % 10 === 0;
    const who = auditor ? AUDITORS[(n / 10) % AUDITORS.length] : STAFF[n % STAFF.length];
    await this.#being(who ?? "", "a visit", async (client) => {
      const home = this.#direct.get(client.user) ?? "";
      // A Home is published every ten seconds at most, and there are few auditors.
      if (!auditor) await this.#look(client, "App Home", async () => client.open(home, "home"));
      for (const line of auditor ? OF_ALL : OF_OWN)
        await this.#look(client, line, async () => client.command(`/apikey ${line}`, GENERAL));
    });
  }

  /** Somebody asks for a key, and waits until the request ends as planned. */
  async ask(n: number): Promise<void> {
    const { ending, life } = planOf(n);
    await this.#being(STAFF[(n * 7) % STAFF.length] ?? "", `${nameOf(n)} (${ending})`, async (client) => {
      await this.#fillIn(client, n, life);
      this.asked.add(n);
      if (ending === "fulfilled") await this.#claim(client, n);
      if (ending === "denied") await this.#told(client, nameOf(n), "denied");
      if (ending === "withdrawn") await this.#withdraw(client);
    });
  }

  /** A responder locks all keys that were there before, and has them restored once they are. */
  async lockOut(keys: number): Promise<{ contained: number; restored: number }> {
    const [id = ""] = RESPONDERS;
    const client = await this.#as(id);
    try {
      await this.#run(client, client.command("/apikey lockout bench-*", GENERAL));
      const form = await modal(client, 0, `${keys} keys`);
      const given = { incident: "INC-1", because: "a stolen laptop", typed: "INC-1" };
      const fields = Object.entries(given).map(([name, value]) => [`lockout.${name}`, value]);
      const began = performance.now();
      await this.#run(client, client.submit(Object.fromEntries(fields), form));
      const card = await message(client, "Contained: every key", 120_000);
      const contained = performance.now() - began;
      const seen = client.events.length;
      await this.#press(client, card, "lockout.restore");
      const asking = await modal(client, seen, "holds");
      const asked = performance.now();
      await this.#run(client, client.submit({ "restore.because": "it is found again" }, asking));
      await message(client, "Restored (", 120_000);
      return { contained, restored: performance.now() - asked };
    } finally {
      client.leave();
    }
  }

  leave(): void {
    this.#left = true;
    for (const client of this.#security) client.leave();
  }

  /** Does something as somebody, and notes what they complain of. */
  async #being(id: string, what: string, act: (client: Client) => Promise<void>): Promise<void> {
    let client: Client | undefined;
    try {
      client = await this.#as(id);
      await act(client);
    } catch (error) {
      this.#complain(what, error);
    } finally {
      client?.leave();
    }
  }

  async #as(id: string): Promise<Client> {
    return Client.open(this.#where.url, id, this.#where.app);
  }

  async #look(client: Client, what: string, act: () => Promise<unknown>): Promise<void> {
    const seen = client.events.length;
    const began = performance.now();
    try {
      await this.#run(client, act());
      await client.eventAfter(
        seen,
        (event) => event.type === (what === "App Home" ? "home" : "message"),
        PATIENCE,
      );
      this.looks.push(performance.now() - began);
    } catch (error) {
      this.#complain(what, error);
    }
  }

  async #fillIn(client: Client, n: number, life: string | undefined): Promise<void> {
    await this.#run(client, client.command("/apikey request", GENERAL));
    let form = await modal(client, 0, '"request.name"');
    const redrawn = async (field: string, value: string | { text: unknown; value: string }) => {
      const seen = client.events.length;
      this.clicks += 1;
      await this.#run(client, client.click(form, field, value));
      form = await modal(client, seen, '"request.name"');
    };
    const { options = [] } = await client.options(form, "request.role", "Auditor");
    const [role] = options;
    if (role === undefined) throw new Error("no role is offered");
    await redrawn("request.role", role);
    if (life !== undefined) await redrawn("request.life", life);
    const seen = client.events.length;
    const given = { "request.name": nameOf(n), "request.reason": "nightly report" };
    await this.#run(client, client.submit(given, form));
    await modal(client, seen, " is made");
  }

  async #claim(client: Client, n: number): Promise<void> {
    const name = nameOf(n);
    const card = await message(client, '"claim.show"');
    const seen = client.events.length;
    await this.#press(client, card, "claim.show");
    const secret = await client.eventAfter(
      seen,
      (event) => (event.type === "message" ? secretsIn([event.message])[0] : undefined),
      PATIENCE,
    );
    if (this.secrets.has(name)) throw new Error("a second secret");
    this.secrets.set(name, secret);
    await this.#told(client, name, "was shown");
  }

  async #withdraw(client: Client): Promise<void> {
    await this.#run(client, client.command("/apikey requests", GENERAL));
    const listed = await message(client, '"requests.withdraw"');
    const seen = client.events.length;
    await this.#press(client, listed, "requests.withdraw");
    await client.eventAfter(seen, (event) => messageIn(event)?.includes("ithdrawn"), PATIENCE);
  }

  async #told(client: Client, name: string, words: string): Promise<void> {
    const about = (event: ClientEvent): boolean => {
      const text = messageIn(event);
      return text?.includes(`"${name}"`) === true && text.includes(words);
    };
    await client.eventAfter(0, about, PATIENCE);
  }

  /** Those who approve see each card as it is posted, and decide as planned. */
  async #decide(): Promise<void> {
    const [first] = this.#security;
    if (first === undefined) return;
    while (!this.#left) {
      await first.eventAfter(0, () => true, 1000).catch(() => {});
      const cards = first.events.flatMap((event) => cardIn(event) ?? []);
      // What has been looked at is kept no longer: there is much of it.
      for (const { events } of this.#security) events.length = 0;
      for (const { card, name } of cards) {
        if (this.#decided.has(name)) continue;
        this.#decided.add(name);
        void this.#decideOn(card, name).catch((error: unknown) => this.#complain(`deciding ${name}`, error));
      }
    }
  }

  async #decideOn(card: Message, name: string): Promise<void> {
    const n = Number(/^soak-(\d+)$/.exec(name)?.[1] ?? 0);
    const { ending, approvals } = name.startsWith("soak-")
      ? planOf(n)
      : { ending: "fulfilled", approvals: 1 };
    const team = [0, 1].map((i) => this.#security[(n + i) % this.#security.length]);
    for (const approver of team.slice(0, approvals))
      if (approver !== undefined) await this.#press(approver, card, "decide.approve");
    if (ending !== "denied") return;
    const client = await this.#as(SECURITY[5] ?? "");
    try {
      await this.#press(client, card, "decide.deny");
      const form = await modal(client, 0, '"decide.because"');
      await this.#run(client, client.submit({ "decide.because": "not now" }, form));
    } finally {
      client.leave();
    }
  }

  async #press(client: Client, where: Message, action: string): Promise<void> {
    this.clicks += 1;
    await this.#run(client, client.click(where, action));
  }

  async #run(client: Client, acted: Promise<unknown>): Promise<void> {
    const outcome = (await acted) as { ok: boolean };
    if (!outcome.ok) throw new Error(`${client.user}: ${JSON.stringify(outcome)}`);
  }

  #complain(what: string, error: unknown): void {
    this.problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function messageIn(event: ClientEvent): string | undefined {
  return event.type === "message" || event.type === "message_changed"
    ? JSON.stringify(event.message)
    : undefined;
}

/** A card that can be decided on, and what it is about. */
function cardIn(event: ClientEvent): { card: Message; name: string } | undefined {
  if (event.type !== "message" && event.type !== "message_changed") return undefined;
  const { message: card } = event;
  if (card.channel !== APPROVALS && card.channel !== INCIDENTS) return undefined;
  if (!JSON.stringify(card.blocks).includes('"decide.approve"')) return undefined;
  const [header] = card.blocks;
  const title = header?.type === "header" ? header.text.text : "";
  return { card, name: title.slice(title.indexOf(": ") + 2) };
}

/** Waits for a lasting or passing message with these words. */
async function message(client: Client, words: string, patience = PATIENCE): Promise<Message> {
  return client.eventAfter(
    0,
    (event) => {
      if (event.type !== "message" && event.type !== "message_changed") return undefined;
      return JSON.stringify(event.message).includes(words) ? event.message : undefined;
    },
    patience,
  );
}

/** Waits for the form on top, with these words. */
async function modal(client: Client, seen: number, words: string): Promise<OpenView> {
  return client.eventAfter(
    seen,
    (event) => {
      const top = event.type === "modals" ? event.modals.at(-1) : undefined;
      return top !== undefined && JSON.stringify(top.view).includes(words) ? top : undefined;
    },
    PATIENCE,
  );
}
