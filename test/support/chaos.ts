import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as send,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";

/*
 * A bad line between the program and a server: of the calls that pass, so many go wrong, each in one
 * of the ways below. What goes wrong is reckoned from the seed, the call's path and how many of that
 * path have passed, so that the same seed does the same to the same calls.
 */

/** `cut`: after the server has acted. The others act or do not, but for `429`, which never does. */
const FATES = ["500", "429", "hang", "cut", "garbage"] as const;
type Fate = (typeof FATES)[number] | "fine";

/** Before the server has it; or the server only says how things are, as if it had been asked that. */
type Bent = "500" | "unheeded";

/** One call as it passed; `acted`: the server did it, and `answer` is what it said, which the caller may never see. */
export type Passed = {
  method: string;
  path: string;
  body: string;
  fate: Fate;
  acted: boolean;
  status?: number;
  answer?: string;
};

export type ChaosOptions = {
  /** Origin of the server behind, without a slash at its end. */
  target: string;
  seed: number;
  /** Before anything is done with a call. */
  heard?: (call: Pick<Passed, "method" | "path" | "body">) => void | Promise<void>;
  /** Once the server has acted, or it is certain that it never will; before the caller hears of it. */
  passed?: (call: Passed) => void;
  /** Every text over a WebSocket, as it passes. */
  framed?: (frame: { from: "server" | "client"; text: string }) => void;
};

export type Chaos = {
  /** What stands in the server's place: an origin. */
  readonly url: string;
  /** From 0 to 1: how many calls go wrong, and a thirtieth of it how many texts over a WebSocket cut it. */
  rate: number;
  /** What befalls a call whatever its luck; none of these changes anything. */
  bend: ((call: Pick<Passed, "method" | "path" | "body">) => Bent | undefined) | undefined;
  /** How often each fate befell a call. */
  readonly fates: Readonly<Record<Fate, number>>;
  /** How many WebSockets were cut. */
  readonly cuts: number;
  /** From now on all goes well; who still hangs is cut off. */
  heal(): void;
  [Symbol.asyncDispose](): Promise<void>;
};

export async function startChaos(options: ChaosOptions): Promise<Chaos> {
  const chaos = new Line(options);
  await chaos.listen();
  return chaos;
}

type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

class Line implements Chaos {
  readonly #options: ChaosOptions;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #agent = new Agent({ keepAlive: true });
  readonly #hanging = new Set<ServerResponse>();
  readonly #rolls = new Map<string, number>();
  readonly fates: Record<Fate, number> = { fine: 0, "500": 0, "429": 0, hang: 0, cut: 0, garbage: 0 };
  cuts = 0;
  rate = 0;
  bend: Chaos["bend"];
  url = "";

  constructor(options: ChaosOptions) {
    this.#options = options;
    this.#server.on("upgrade", (request, socket, head) => {
      socket.on("error", () => socket.destroy());
      this.#sockets.handleUpgrade(request, socket, head, (client) => this.#join(client, request.url ?? ""));
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  heal(): void {
    this.rate = 0;
    this.bend = undefined;
    for (const response of this.#hanging) response.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.heal();
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    this.#server.closeAllConnections();
    this.#server.close();
    this.#agent.destroy();
    await once(this.#server, "close");
  }

  /** From 0 to 1: of a sort of thing the next one each time. */
  #roll(what: string): number {
    const nth = this.#rolls.get(what) ?? 0;
    this.#rolls.set(what, nth + 1);
    const hash = createHash("sha256").update(`${this.#options.seed} ${what} ${nth}`).digest();
    return hash.readUInt32BE() / 2 ** 32;
  }

  #pick<Value>(what: string, values: readonly Value[]): Value {
    const picked = values[Math.floor(this.#roll(what) * values.length)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/" } = request;
    response.on("error", () => {});
    const body = await bytesOf(request).catch(() => undefined);
    if (body === undefined) return;
    const call = { method, path, body: body.toString() };
    await this.#options.heard?.(call);
    const bent = this.bend?.(call);
    if (bent === "500") return void response.writeHead(500).end();
    if (bent === "unheeded") {
      const asked = await this.#forward(request, Buffer.alloc(0), "GET").catch(() => undefined);
      return this.#answer(response, { fate: "fine", sort: "", answer: asked });
    }
    const sort = `${method} ${path.replaceAll(/\d+/g, "ID").replace(/\/hooks\/.*/, "/hooks")}`;
    const fate: Fate = this.#roll(`${sort} fails`) < this.rate ? this.#pick(`${sort} how`, FATES) : "fine";
    this.fates[fate] += 1;
    const acts = fate === "fine" || fate === "cut" || (fate !== "429" && this.#roll(`${sort} acts`) < 0.5);
    const answer = acts ? await this.#forward(request, body).catch(() => undefined) : undefined;
    const outcome = answer === undefined ? {} : { status: answer.status, answer: answer.body.toString() };
    this.#options.passed?.({ ...call, fate, acted: answer !== undefined, ...outcome });
    this.#answer(response, { fate, sort, answer });
  }

  #answer(
    response: ServerResponse,
    { fate, sort, answer }: { fate: Fate; sort: string; answer: Answer | undefined },
  ): void {
    switch (fate) {
      case "fine":
        if (answer === undefined) response.destroy();
        else response.writeHead(answer.status, headersOf(answer)).end(answer.body);
        break;
      case "500":
        response.writeHead(this.#pick(`${sort} status`, [500, 502, 503])).end("Internal Server Error");
        break;
      case "429":
        response.writeHead(429, { "retry-after": this.#pick(`${sort} wait`, ["0", "1"]) }).end("{}");
        break;
      case "hang":
        this.#hanging.add(response);
        response.once("close", () => this.#hanging.delete(response));
        // Healed meanwhile.
        if (this.rate === 0) response.destroy();
        break;
      case "cut":
        response.destroy();
        break;
      case "garbage":
        this.#garble(response, sort, answer?.body.toString() ?? '{"ok":true,"apiKeys":[{}]}');
        break;
    }
  }

  /** What no honest server says: another document, JSON of another form, or the half of an answer. */
  #garble(response: ServerResponse, sort: string, body: string): void {
    const half = body.slice(0, Math.floor(body.length / 2));
    const html = "<!doctype html><html><body>We will be back in a moment</body></html>";
    const said = this.#pick(`${sort} garbage`, [html, "{}", "[]", "null", '{"ok":true}', half, "cut"]);
    if (said !== "cut") {
      const type = said === html ? "text/html" : "application/json";
      response.writeHead(200, { "content-type": type }).end(said);
      return;
    }
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length + 1 });
    response.write(half, () => response.destroy());
  }

  async #forward(request: IncomingMessage, body: Buffer, method = request.method ?? "GET"): Promise<Answer> {
    const { host: _, connection: __, "accept-encoding": ___, ...headers } = request.headers;
    const { target } = this.#options;
    const sent = send(`${target}${request.url ?? "/"}`, {
      method,
      headers: { ...headers, "content-length": body.length },
      agent: this.#agent,
    });
    sent.end(body);
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    const text = (await bytesOf(answer)).toString();
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.from(this.#asOurs(text)) };
  }

  /** Every address of the server's that an answer names leads to us, in web addresses and WebSockets'. */
  #asOurs(text: string): string {
    const behind = this.#options.target.replace(/^https?:\/\//, "");
    return text.replaceAll(behind, this.url.replace("http://", ""));
  }

  /** A WebSocket through us to the server; texts are passed on until one of them cuts it. */
  #join(client: WebSocket, path: string): void {
    const server = new WebSocket(`${this.#options.target.replace(/^http/, "ws")}${path}`);
    const ends = [client, server];
    const early: string[] = [];
    for (const end of ends) {
      end.on("error", () => end.terminate());
      end.on("close", () => {
        for (const each of ends) each.terminate();
      });
    }
    const pass = (from: "server" | "client", text: string, to: WebSocket): void => {
      const cut = this.#roll(`text from ${from}`) < this.rate / 30;
      if (cut) this.cuts += 1;
      // Cut before it passes, or just after.
      if (!cut || this.#roll(`${from} cut`) < 0.5) {
        this.#options.framed?.({ from, text });
        to.send(text, () => {
          if (cut) for (const end of ends) end.terminate();
        });
      } else for (const end of ends) end.terminate();
    };
    server.on("message", (data: Buffer) => pass("server", this.#asOurs(data.toString()), client));
    client.on("message", (data: Buffer) => {
      if (server.readyState === WebSocket.CONNECTING) early.push(data.toString());
      else if (server.readyState === WebSocket.OPEN) pass("client", data.toString(), server);
    });
    server.on("open", () => {
      for (const text of early) pass("client", text, server);
    });
  }
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function headersOf({ headers, body }: Answer): IncomingHttpHeaders {
  const { connection: _, "transfer-encoding": __, "keep-alive": ___, ...rest } = headers;
  return { ...rest, "content-length": String(body.length) };
}
