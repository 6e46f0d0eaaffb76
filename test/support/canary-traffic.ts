import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { brotliDecompressSync, constants, gunzipSync, inflateSync } from "node:zlib";

/** One request and its answer; what came after a switch to WebSockets stands in `frames`. */
export type Exchange = {
  port: number;
  /** The order in which requests came, over all connections. */
  order: number;
  method: string;
  path: string;
  request: Part;
  response: Part;
  frames: { from: "client" | "server"; text: Buffer }[];
};
export type Part = { head: string; headers: Map<string, string>; body: Buffer };

const CHANNEL = "net.server.socket";

/**
 * The bytes of every connection to a server of this process, in both directions, whoever calls:
 * the program, a script, a browser, curl. What a server takes in or gives out cannot pass by here.
 */
export class Traffic implements Disposable {
  readonly #connections: Connection[] = [];
  #order = 0;
  readonly #accepted = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    this.#connections.push(new Connection(socket, () => this.#order++));
  };

  constructor() {
    subscribe(CHANNEL, this.#accepted);
  }

  /** What went to and fro so far, in the order of the requests. */
  exchanges(): Exchange[] {
    return this.#connections.flatMap((each) => each.exchanges()).sort((a, b) => a.order - b.order);
  }

  [Symbol.dispose](): void {
    unsubscribe(CHANNEL, this.#accepted);
  }
}

class Connection {
  readonly #port: number;
  readonly #received: { order: number; bytes: Buffer }[] = [];
  readonly #sent: Buffer[] = [];

  constructor(socket: Socket, next: () => number) {
    this.#port = socket.localPort ?? 0;
    // Copies: the WebSocket library unmasks frames in the very buffers that it is given.
    socket.on("data", (bytes: Buffer) => {
      this.#received.push({ order: next(), bytes: Buffer.from(bytes) });
    });
    const keep = (chunk: unknown, encoding: BufferEncoding): void => {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk, encoding) : Buffer.from(chunk as Buffer);
      this.#sent.push(bytes);
    };
    const one = socket._write.bind(socket);
    socket._write = (chunk: unknown, encoding, done) => {
      keep(chunk, encoding);
      one(chunk, encoding, done);
    };
    const many = socket._writev?.bind(socket);
    if (many !== undefined)
      socket._writev = (chunks, done) => {
        for (const { chunk, encoding } of chunks) keep(chunk, encoding);
        many(chunks, done);
      };
  }

  exchanges(): Exchange[] {
    const received = new Reader(Buffer.concat(this.#received.map(({ bytes }) => bytes)));
    const sent = new Reader(Buffer.concat(this.#sent));
    const exchanges: Exchange[] = [];
    while (!received.done || !sent.done) {
      const order = this.#orderAt(received.at);
      const request = received.message("request");
      let response = sent.message("response");
      while (/^HTTP\S+ 100 /.test(response.head)) response = sent.message("response");
      const switched = / 101 /.test(response.head.split("\r\n", 1)[0] ?? "");
      const [, method = "no", path = "HTTP"] = /^(\S+) (\S+) HTTP/.exec(request.head) ?? [];
      exchanges.push({
        port: this.#port,
        order,
        method,
        path,
        request,
        response,
        frames: switched
          ? [
              ...received.frames().map((text) => ({ from: "client" as const, text })),
              ...sent.frames().map((text) => ({ from: "server" as const, text })),
            ]
          : [],
      });
    }
    return exchanges;
  }

  #orderAt(offset: number): number {
    let end = 0;
    for (const { order, bytes } of this.#received) {
      end += bytes.length;
      if (offset < end) return order;
    }
    return Infinity;
  }
}

/** Takes HTTP/1.1 messages, then WebSocket frames, from bytes. What is cut short is given as far as it came. */
class Reader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.#bytes.length;
  }

  message(kind: "request" | "response"): Part {
    const end = this.#bytes.indexOf("\r\n\r\n", this.at);
    const head = this.#take(end < 0 ? Infinity : end + 4 - this.at).toString("latin1");
    const headers = new Map(
      head
        .split("\r\n")
        .slice(1)
        .map((line) => {
          const colon = line.indexOf(":");
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
        }),
    );
    const bodiless = kind === "response" && /^HTTP\S+ (?:1\d\d|204|304) /.test(head);
    const length = headers.get("content-length") ?? (kind === "request" ? "0" : "Infinity");
    const raw = bodiless
      ? Buffer.alloc(0)
      : headers.get("transfer-encoding") === "chunked"
        ? this.#chunks()
        : this.#take(Number(length));
    return { head, headers, body: decoded(raw, headers.get("content-encoding")) };
  }

  #chunks(): Buffer {
    const chunks: Buffer[] = [];
    for (;;) {
      const end = this.#bytes.indexOf("\r\n", this.at);
      if (end < 0) return Buffer.concat([...chunks, this.#take(Infinity)]);
      const size = Number.parseInt(this.#take(end + 2 - this.at).toString("latin1"), 16);
      chunks.push(this.#take(size));
      this.#take(2);
      if (size === 0) return Buffer.concat(chunks);
    }
  }

  /** The payloads of all frames that are left, unmasked; the parts of one message are put together. */
  frames(): Buffer[] {
    const messages: Buffer[][] = [];
    while (!this.done) {
      const [first = 0, second = 0] = this.#take(2);
      if ((first & 0x40) !== 0)
        throw new Error("A WebSocket frame is compressed; the canary cannot read it.");
      const short = second & 0x7f;
      const size =
        short < 126 ? short : Number(`0x${this.#take(short === 126 ? 2 : 8).toString("hex") || "0"}`);
      const mask = (second & 0x80) === 0 ? undefined : this.#take(4);
      const payload = this.#take(size);
      const text = mask === undefined ? payload : payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
      if ((first & 0x0f) === 0) messages.at(-1)?.push(Buffer.from(text));
      else messages.push([Buffer.from(text)]);
    }
    return messages.map((parts) => Buffer.concat(parts));
  }

  #take(length: number): Buffer {
    const taken = this.#bytes.subarray(this.at, this.at + length);
    this.at += taken.length;
    return taken;
  }
}

function decoded(body: Buffer, encoding: string | undefined): Buffer {
  const finishFlush = constants.Z_SYNC_FLUSH; // an answer may be cut short
  if (body.length === 0) return body;
  if (encoding === "gzip") return gunzipSync(body, { finishFlush });
  if (encoding === "deflate") return inflateSync(body, { finishFlush });
  if (encoding === "br") return brotliDecompressSync(body, { finishFlush: constants.BROTLI_OPERATION_FLUSH });
  return body;
}
