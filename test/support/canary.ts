import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { inspect } from "node:util";
import type { Secret } from "../../src/domain/secret.ts";
import type { Context } from "../../src/usecases/ports.ts";
import { Scanner } from "./canary-scan.ts";
import { type Exchange, Traffic } from "./canary-traffic.ts";

/** The four ways that a secret may take, and how often it took them. */
export type Uses = {
  minted: number;
  posted: number;
  viewed: number;
  used: number;
  /** Of secrets that somebody pasted. */
  tried: number;
};
type Use = keyof Uses;
/** Something that went over the wire, and what a secret in it would be, if it may be there. */
type Passage = { place: string; bytes: Uint8Array | string; use?: Use; session?: string };

/**
 * Watches one program for secrets that get out. Each secret that a manager mints may stand in the
 * manager's answer, in one `chat.postEphemeral`, in what the client sessions of that person see that
 * were open then, and in the header of a caller; and nowhere else: no file, log line, error, printed
 * line or other message (design.md section 5).
 */
export class Canary implements Disposable {
  readonly #folder: string | undefined;
  readonly #logged: () => string;
  readonly #traffic = new Traffic();
  readonly #handedOut = new Set<string>();
  readonly #pasted = new Set<string>();
  readonly #errors: { place: string; error: unknown }[] = [];
  readonly #printed = new Printed();
  readonly #leaks = new Set<string>();
  readonly #passedOn = new Set<number>();

  constructor({ folder, logged }: { folder?: string; logged: () => string }) {
    this.#folder = folder;
    this.#logged = logged;
  }

  /** Notes what the manager hands to the use cases, and every error that they meet. */
  watch(context: Context): Context {
    return {
      ...context,
      store: this.#watched("store", context.store),
      manager: this.#watched("manager", context.manager),
      messages: this.#watched("messages", context.messages),
      directory: this.#watched("directory", context.directory),
    };
  }

  /**
   * Somebody pastes this secret into Slack: Slack then keeps it, and tells its clients and us. It may
   * be tried in the header of a call; it stands in nothing that we send, keep, log or print.
   */
  pasted(secret: string): void {
    this.#pasted.add(secret);
  }

  /** What comes to this port is passed on to another server of this process, and is looked at there. */
  passedOnFrom(port: number): void {
    this.#passedOn.add(port);
  }

  /** How often the secrets of this program went the ways that they may go. */
  uses(): Uses {
    return this.#judge().uses;
  }

  /** Looks into all files as they are now, write-ahead logs included, which go when a database closes. */
  lookAtFiles(scanner = this.#scanner(this.#exchanges())): void {
    if (this.#folder === undefined) return;
    for (const file of filesIn(this.#folder)) {
      const name = relative(this.#folder, file);
      const pasted = name.startsWith("slack") ? this.#pasted : new Set<string>();
      this.#look(scanner, `the file ${name}`, readFileSync(file), pasted);
    }
  }

  /** Throws where a secret got out, and says the places; never the secret. */
  check(): void {
    const { scanner, leaks } = this.#judge();
    for (const leak of leaks) this.#leaks.add(leak);
    this.lookAtFiles(scanner);
    this.#look(scanner, "the log", this.#logged());
    this.#look(scanner, "what was printed", this.#printed.text);
    for (const { place, error } of this.#errors)
      this.#look(scanner, `an error of ${place}`, inspect(error, { depth: null, showHidden: true }));
    if (this.#logged().includes("it held a secret"))
      this.#leaks.add("the log: a secret was given to it, and withheld only there");
    if (this.#leaks.size > 0) throw new Error(`A secret got out:\n  ${[...this.#leaks].join("\n  ")}`);
  }

  [Symbol.dispose](): void {
    this.#traffic[Symbol.dispose]();
    this.#printed[Symbol.dispose]();
  }

  #exchanges(): Exchange[] {
    return this.#traffic.exchanges().filter(({ port }) => !this.#passedOn.has(port));
  }

  #watched<Part extends object>(name: string, part: Part): Part {
    return new Proxy(part, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) => {
          const answer: unknown = Reflect.apply(value, target, given);
          return answer instanceof Promise ? this.#noted(`${name}.${String(property)}`, answer) : answer;
        };
      },
    });
  }

  async #noted(place: string, answer: Promise<unknown>): Promise<unknown> {
    try {
      const given = await answer;
      if (place === "manager.createKey") this.#handedOut.add((given as { secret: Secret }).secret.reveal());
      return given;
    } catch (error) {
      this.#errors.push({ place, error });
      throw error;
    }
  }

  #look(
    scanner: Scanner,
    place: string,
    bytes: Uint8Array | string,
    allowed: ReadonlySet<string> = new Set(),
  ): void {
    for (const [secret, form] of scanner.find(bytes))
      if (!allowed.has(secret)) this.#leaks.add(`${place} (${form})`);
  }

  /** For every secret that a manager gave out, to whomever, whether it arrived or not. */
  #scanner(exchanges: readonly Exchange[]): Scanner {
    return new Scanner([...new Set([...this.#handedOut, ...this.#pasted, ...exchanges.flatMap(mintedIn)])]);
  }

  /** What went over the wire, and whether it was allowed to. */
  #judge(): { scanner: Scanner; uses: Uses; leaks: string[] } {
    const exchanges = this.#exchanges();
    const scanner = this.#scanner(exchanges);
    const sightings = exchanges.flatMap((exchange) =>
      passages(exchange).flatMap((passage) =>
        [...scanner.find(passage.bytes)].map(([secret, form]) => ({ ...passage, exchange, secret, form })),
      ),
    );
    const posts = new Map<string, { post: Exchange; viewing: Set<string> }>();
    for (const { use, secret, exchange } of sightings)
      if (use === "posted" && !posts.has(secret))
        posts.set(secret, { post: exchange, viewing: sessionsBefore(exchange, exchanges) });
    const uses: Uses = { minted: 0, posted: 0, viewed: 0, used: 0, tried: 0 };
    const leaks: string[] = [];
    for (const { place, use, session, secret, form, exchange } of sightings) {
      const shown = posts.get(secret);
      if (this.#pasted.has(secret) && use === "used") {
        uses.tried += 1;
        continue;
      }
      if (this.#pasted.has(secret) && isOfSlack(exchange, place)) continue;
      if (use === undefined) leaks.push(`${place} (${form})`);
      else if (use === "posted" && shown?.post !== exchange) leaks.push(`${place}: a second time`);
      else if (use === "viewed" && shown?.viewing.has(session ?? "") !== true)
        leaks.push(`${place}: another session's than it was shown to`);
      else uses[use] += 1;
    }
    return { scanner, uses, leaks };
  }
}

const MINTS = /^\/api\/apikeys(?:\/(?:\d+|current)\/secretkey)?$/;
const SESSION = /^\/client\/sessions\/([^/]+)(?:\/events)?$/;

function mintedIn({ method, path, response }: Exchange): string[] {
  if (method !== "POST" || !MINTS.test(path)) return [];
  const [, secret] = /"secretKey":("(?:[^"\\]|\\.)*")/.exec(response.body.toString()) ?? [];
  return secret === undefined ? [] : [JSON.parse(secret) as string];
}

function isPost({ path }: Exchange): boolean {
  return path === "/api/chat.postEphemeral";
}

/** What Slack is told by people, keeps, and tells people and apps. */
function isOfSlack({ path, request }: Exchange, place: string): boolean {
  const toUs = path === "/slack/events" || place === "a Socket Mode frame from the server";
  return path.startsWith("/client/") || toUs || request.headers.has("x-slack-signature");
}

/** The sessions of the person whom it was shown to that were open at the time. */
function sessionsBefore(post: Exchange, exchanges: readonly Exchange[]): Set<string> {
  const user = new URLSearchParams(post.request.body.toString()).get("user");
  const opened = exchanges.filter(
    ({ order, method, path, request }) =>
      order < post.order &&
      method === "POST" &&
      path === "/client/sessions" &&
      (JSON.parse(request.body.toString()) as { user?: string }).user === user,
  );
  return new Set(
    opened.map(({ response }) => (JSON.parse(response.body.toString()) as { session: string }).session),
  );
}

function passages(exchange: Exchange): Passage[] {
  const { method, path, request, response, frames } = exchange;
  const where = `${method} ${withoutIds(path)}`;
  const session = SESSION.exec(path)?.[1];
  const key = request.headers.get("api-secret-key");
  const fields = isPost(exchange) ? [...new URLSearchParams(request.body.toString())] : undefined;
  const minting = method === "POST" && MINTS.test(path);
  const seen = method === "GET" && session !== undefined;
  return [
    { place: `the head of ${where}`, bytes: request.head.replace(key ?? "\0", "") },
    { place: `api-secret-key of ${where}`, bytes: key ?? "", use: "used" },
    ...(fields?.map(([name, value]): Passage => ({
      place: `${name} of ${where}`,
      bytes: value,
      ...(name === "blocks" && { use: "posted" }),
    })) ?? [{ place: `the body of ${where}`, bytes: request.body }]),
    { place: `the head of the answer to ${where}`, bytes: response.head },
    {
      place: `the answer to ${where}`,
      bytes: response.body,
      ...(minting ? { use: "minted" } : seen ? { use: "viewed", session } : {}),
    },
    ...frames.map(({ from, text }) => ({ place: `a Socket Mode frame from the ${from}`, bytes: text })),
  ];
}

/** The kind of a call: session ids and response URLs are for nobody to read. */
function withoutIds(path: string): string {
  return path.replace(/\?.*/, "").replace(/^(\/client\/sessions|\/hooks\/\w+)\/[^/]+/, "$1/…");
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
}

/** What this process prints. */
class Printed implements Disposable {
  text = "";
  readonly #streams = [process.stdout, process.stderr].map((stream) => {
    const write: unknown = Reflect.get(stream, "write");
    stream.write = (...given: unknown[]): boolean => {
      this.text += String(given[0]);
      return Reflect.apply(write as () => boolean, stream, given);
    };
    return () => Reflect.set(stream, "write", write);
  });

  [Symbol.dispose](): void {
    for (const restore of this.#streams) restore();
  }
}
