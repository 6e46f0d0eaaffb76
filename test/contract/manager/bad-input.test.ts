import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RawManager, rawManager, send } from "./raw-http.ts";

let manager: RawManager;
beforeAll(async () => {
  manager = await rawManager({ requestTime: 300 });
});
afterAll(() => manager.close());

function connection(): Socket {
  const { hostname, port } = new URL(manager.url);
  return connect(Number(port), hostname);
}

/** Sends these bytes, and returns all that comes until the manager ends the connection. */
async function answerTo(bytes: string): Promise<string> {
  const socket = connection();
  socket.write(bytes, "latin1");
  return text(socket);
}

const head = (...lines: string[]) => [...lines, "Host: x", "api-version: v1", "", ""].join("\r\n");
const refusal = (status: number, words: string) =>
  new RegExp(String.raw`^HTTP/1\.1 ${status} [^]*\r\n\r\n\{"message":"${words}"\}$`);

describe("what is no HTTP", () => {
  it.each([
    ["nonsense", "nonsense\r\n\r\n"],
    ["a NUL in a header", head("GET /api/apikeys HTTP/1.1", "x: a\0b")],
    ["a header without a colon", head("GET /api/apikeys HTTP/1.1", "xyz")],
    ["two lengths", head("POST /api/apikeys HTTP/1.1", "Content-Length: 1", "Content-Length: 2")],
    [
      "a length and chunks",
      head("POST /api/apikeys HTTP/1.1", "Content-Length: 1", "Transfer-Encoding: chunked"),
    ],
    ["a length that is no number", head("POST /api/apikeys HTTP/1.1", "Content-Length: -1")],
    ["an unknown method", head("BREW /api/apikeys HTTP/1.1")],
  ])("is refused in the shape of any error: %s", async (_what, bytes) => {
    expect(await answerTo(bytes)).toMatch(refusal(400, "The request is malformed."));
  });

  it("is refused as too large when its headers are", async () => {
    const bytes = head("GET /api/apikeys HTTP/1.1", `x: ${"a".repeat(20_000)}`);
    expect(await answerTo(bytes)).toMatch(refusal(431, "The request headers are too large."));
  });
});

describe("a slow request", () => {
  it.each([
    ["headers", "POST /api/apikeys HTTP/1.1\r\nHost: x\r\n"],
    ["body", head("POST /api/sessions HTTP/1.1", "Content-Length: 100")],
  ])("is cut off while its %s are on the way", async (_what, beginning) => {
    const answer = await answerTo(beginning);
    expect(answer).toMatch(refusal(408, "The request took too long to arrive."));
  });

  it("does not hold up the others, and does nothing", async () => {
    const before = (await manager.call("GET", "/apikeys")).json;
    const socket = connection();
    socket.on("error", () => {});
    socket.write(
      head(
        "POST /api/apikeys HTTP/1.1",
        `api-secret-key: ${manager.botSecret}`,
        "Content-Type: application/json",
        "Content-Length: 1000",
      ),
    );
    socket.write('{"keyName":"slow","roleID":1}');
    expect((await manager.call("GET", "/roles")).status).toBe(200);
    socket.resume();
    await once(socket, "close");
    expect((await manager.call("GET", "/apikeys")).json).toEqual(before);
  });
});

describe("paths", () => {
  it.each([
    "/../apikeys",
    "/apikeys/../../etc/passwd",
    "/apikeys/%2e%2e/roles",
    "/apikeys/2%00",
    "/apikeys/2/secretkey/..",
    "//apikeys",
    "/apikeys/2;x=1",
    "/apikeys/٢",
    "/apikeys/0x2",
    "/apikeys/2e0",
    "/APIKEYS",
    `/apikeys/${"9".repeat(200)}`,
  ])("lead nowhere that they do not name: %s", async (path) => {
    const bytes = head(
      `GET /api${encodeURI(path).replaceAll("%25", "%")} HTTP/1.1`,
      `api-secret-key: ${manager.botSecret}`,
      "Connection: close",
    );
    const answer = await answerTo(bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 4(?:00|04) /);
    expect(answer).toMatch(/\{"message":"[^"]+"\}/);
  });
});

describe("bodies", () => {
  const make = async (body: string) => manager.call("POST", "/apikeys", body);

  it("over the limit get 413, with and without a length", async () => {
    const huge = `{"keyName":"${"x".repeat(1_048_576)}"}`;
    expect((await make(huge)).status).toBe(413);
    const chunked = [
      head(
        "POST /api/apikeys HTTP/1.1",
        `api-secret-key: ${manager.botSecret}`,
        "Transfer-Encoding: chunked",
        "Connection: close",
      ),
      `${huge.length.toString(16)}\r\n${huge}\r\n0\r\n\r\n`,
    ];
    expect(await answerTo(chunked.join(""))).toMatch(/^HTTP\/1\.1 413 /);
  });

  it.each([
    ["deep in arrays", `{"keyName":${"[".repeat(200_000)}${"]".repeat(200_000)},"roleID":1}`],
    ["deep in objects", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    [
      "deep in rights",
      `{"keyName":"x","rights":${'{"platformRights":'.repeat(50_000)}1${"}".repeat(50_000)}}`,
    ],
    ["a number beyond all", '{"keyName":"x","roleID":1e999}'],
    ["an integer beyond 2^53", '{"keyName":"x","roleID":1,"expiryDate":9999999999999999999999}'],
    ["a negative one", '{"keyName":"x","roleID":-1}'],
    ["a lone surrogate's half in a number's place", '{"keyName":"x","roleID":"\\ud800"}'],
    ["two values", '{"keyName":"x","roleID":1}{"keyName":"y","roleID":1}'],
  ])("are refused with 400: %s", async (_what, body) => {
    expect((await make(body)).status).toBe(400);
    expect(await manager.search({ fieldName: "keyName", stringValue: "x" })).toEqual([]);
  });

  it("with a member twice mean the last one", async () => {
    const { json } = await make('{"keyName":"first","keyName":"last","roleID":1,"roleID":2}');
    expect(json).toMatchObject({ keyName: "last", roleID: 2 });
  });

  it.each(["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"])(
    "with a member called %s change nothing by it",
    async (member) => {
      const { status, json } = await make(
        `{"keyName":"${member}","roleID":2,"${member}":{"roleID":1,"active":false}}`,
      );
      expect([status, json.roleID, json.active]).toEqual([200, 2, true]);
      expect({}).not.toHaveProperty("active");
    },
  );

  it("that are compressed are not taken for JSON", async () => {
    const answer = await send(manager.url, "POST", "/apikeys", {
      secret: manager.botSecret,
      headers: { "content-encoding": "gzip" },
      body: "\u001f\u008b\b\0\0",
    });
    expect(answer.status).toBe(400);
  });
});

describe("compression (contract 1)", () => {
  const get = async (path: string, encoding: string) =>
    fetch(`${manager.url}${path}`, {
      headers: { "api-version": "v1", "api-secret-key": manager.botSecret, "accept-encoding": encoding },
    });

  it("is by gzip, where the client takes it and the answer is long", async () => {
    const plain = await get("/roles", "identity");
    expect(plain.headers.get("content-encoding")).toBeNull();
    for (const path of ["/roles/1", "/roles"]) {
      const zipped = await get(path, "gzip, br");
      expect([zipped.headers.get("content-encoding"), zipped.headers.get("vary")]).toEqual([
        "gzip",
        "accept-encoding",
      ]);
      expect(zipped.headers.get("content-type")).toBe("application/json");
      expect(await zipped.json()).toEqual(await (await get(path, "identity")).json());
    }
  });

  it("leaves short answers plain, and answers to clients that do not take gzip", async () => {
    expect((await get("/apikeys/current", "gzip")).headers.get("content-encoding")).toBeNull();
    expect((await get("/roles", "br, gzip;q=0")).headers.get("content-encoding")).toBeNull();
  });

  it("really is smaller on the wire", async () => {
    const bytes = head(
      "GET /api/roles HTTP/1.1",
      `api-secret-key: ${manager.botSecret}`,
      "Accept-Encoding: gzip",
      "Connection: close",
    ).replace("HTTP/1.1", "HTTP/1.0");
    const socket = connection();
    socket.write(bytes);
    const answer = Buffer.concat(await Array.fromAsync(socket as AsyncIterable<Buffer>));
    const body = answer.subarray(answer.indexOf("\r\n\r\n") + 4);
    const plain = gunzipSync(body);
    expect(JSON.parse(plain.toString()).roles).toHaveLength(2);
    expect(body.length).toBeLessThan(plain.length / 4);
  });
});
