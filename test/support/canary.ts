import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { inspect } from "node:util";
import type { Secret } from "../../src/domain/secret.ts";
import type { Context } from "../../src/usecases/ports.ts";
import { Scanner } from "./canary-scan.ts";
import { type Exchange, Traffic } from "./canary-traffic.ts";

/** The four ways that a secret may take, and how often it took them. */
export type Uses = { minted: number; posted: number; viewed: number; used: number };
type Use = keyof Uses;
/** Something that went over the wire, and what a secret in it would be, if it may be there. */
type Passage = { place: string; bytes: Uint8Array | string; use?: Use };

/**
 * Watches one program for secrets that get out. Each secret that a manager mints may stand in the
 * manager's answer, in one `chat.postEphemeral`, in what the client sessions of that person see that
 * were open then, and in the header of a caller; and nowhere else: no file, log line, error, printed
 * line or other message (design.md section 5).
 */
export class Canary implements Disposable {
  readonly #folder: string;
  readonly #logged: () => string;
  readonly #traffic = new Traffic();
  readonly #handedOut = new Set<string>();
  readonly #errors: { place: string; error: unknown }[] = [];
  readonly #printed = new Printed();
  readonly #leaks = new Set<string>();

  constructor({ folder, logged }: { folder: string; logged: () => string }) {
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

  /** How often the secrets of this program went the ways that they may go. */
  uses(): Uses {
    const uses: Uses = { minted: 0, posted: 0, viewed: 0, used: 0 };
    for (const { all } of this.#judged()) for (const use of all) uses[use] += 1;
    return uses;
  }

  /** Looks into all files as they are now, write-ahead logs included, which go when a database closes. */
  lookAtFiles(): void {
    const scanners = this.#secrets().map((secret) => new Scanner(secret));
    for (const file of filesIn(this.#folder)) {
      const bytes = readFileSync(file);
      this.#look(scanners, `the file ${relative(this.#folder, file)}`, bytes);
    }
  }

  /** Throws where a secret got out, and says the places; never the secret. */
  check(): void {
    this.lookAtFiles();
    const scanners = this.#secrets().map((secret) => new Scanner(secret));
    this.#look(scanners, "the log", this.#logged());
    this.#look(scanners, "what was printed", this.#printed.text);
    for (const { place, error } of this.#errors)
      this.#look(scanners, `an error of ${place}`, inspect(error, { depth: null, showHidden: true }));
    if (this.#logged().includes("it held a secret"))
      this.#leaks.add("the log: a secret was given to it, and withheld only there");
    for (const { leaks } of this.#judged()) for (const leak of leaks) this.#leaks.add(leak);
    if (this.#leaks.size > 0) throw new Error(`A secret got out:\n  ${[...this.#leaks].join("\n  ")}`);
  }

  [Symbol.dispose](): void {
    this.#traffic[Symbol.dispose]();
    this.#printed[Symbol.dispose]();
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

  #look(scanners: readonly Scanner[], place: string, bytes: Uint8Array | string): void {
    for (const scanner of scanners) {
      const form = scanner.find(bytes);
      if (form !== undefined) this.#leaks.add(`${place} (${form})`);
    }
  }

  /** Every secret that a manager gave out, to whomever, whether it arrived or not. */
  #secrets(): string[] {
    return [...new Set([...this.#handedOut, ...this.#traffic.exchanges().flatMap(mintedIn)])];
  }

  #judged(): { all: Use[]; leaks: string[] }[] {
    const exchanges = this.#traffic.exchanges();
    return this.#secrets().map((secret) => judge(secret, exchanges));
  }
}

const MINTS = /^\/api\/apikeys(?:\/(?:\d+|current)\/secretkey)?$/;
const SESSION = /^\/client\/sessions\/([^/]+)(?:\/events)?$/;

function mintedIn({ method, path, response }: Exchange): string[] {
  if (method !== "POST" || !MINTS.test(path)) return [];
  const [, secret] = /"secretKey":("(?:[^"\\]|\\.)*")/.exec(response.body.toString()) ?? [];
  return secret === undefined ? [] : [JSON.parse(secret) as string];
}

/** Where one secret went over the wire, and which of these places it should not have come to. */
function judge(secret: string, exchanges: readonly Exchange[]): { all: Use[]; leaks: string[] } {
  const scanner = new Scanner(secret);
  const post = exchanges.find((each) => isPost(each) && scanner.find(each.request.body) !== undefined);
  const viewing = post === undefined ? new Set<string>() : sessionsBefore(post, exchanges);
  const all: Use[] = [];
  const leaks: string[] = [];
  for (const exchange of exchanges)
    for (const { place, bytes, use } of passages(exchange, viewing)) {
      const form = scanner.find(bytes);
      if (form === undefined) continue;
      if (use === undefined) leaks.push(`${place} (${form})`);
      else if (use === "posted" && all.includes(use)) leaks.push(`${place}: a second time`);
      else all.push(use);
    }
  return { all, leaks };
}

function isPost({ path }: Exchange): boolean {
  return path === "/api/chat.postEphemeral";
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

function passages(exchange: Exchange, viewing: ReadonlySet<string>): Passage[] {
  const { method, path, request, response, frames } = exchange;
  const where = `${method} ${withoutIds(path)}`;
  const session = SESSION.exec(path)?.[1];
  const key = request.headers.get("api-secret-key");
  const fields = isPost(exchange) ? [...new URLSearchParams(request.body.toString())] : undefined;
  const minting = method === "POST" && MINTS.test(path);
  const seen = method === "GET" && session !== undefined && viewing.has(session);
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
      ...(minting ? { use: "minted" } : seen ? { use: "viewed" } : {}),
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
