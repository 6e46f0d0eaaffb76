import { readFile } from "node:fs/promises";
import { createRequire, stripTypeScriptTypes } from "node:module";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance, FastifyReply } from "fastify";

const folder = join(dirname(fileURLToPath(import.meta.url)), "page");
const require = createRequire(import.meta.url);

/** The modules that the page takes from npm, by the name under which it asks for them. */
const vendor: Record<string, string> = {
  "preact.js": besideMain("preact", "preact.mjs"),
  "preact-hooks.js": besideMain("preact/hooks", "hooks.mjs"),
  "htm.js": besideMain("htm", "htm.mjs"),
  "htm-preact.js": besideMain("htm/preact", "index.mjs"),
};

/** `require` finds a package's CommonJS file; its twin for browsers lies beside it. */
function besideMain(specifier: string, file: string): string {
  return join(dirname(require.resolve(specifier)), file);
}

/** The page for people: its files as they are, its TypeScript without the types. */
export function servePage(server: FastifyInstance): void {
  server.get("/", (_request, reply) => sendFile(reply, "index.html"));
  server.get<{ Params: { name: string } }>("/page/vendor/:name", (request, reply) => {
    const path = vendor[request.params.name];
    return path === undefined ? notFound(reply) : sendVendor(reply, path);
  });
  server.get<{ Params: { "*": string } }>("/page/*", (request, reply) => {
    const name = normalize(request.params["*"]);
    return name.startsWith("..") ? notFound(reply) : sendFile(reply, name);
  });
}

const types: Record<string, string> = { ".html": "text/html", ".css": "text/css", ".ts": "text/javascript" };

async function sendFile(reply: FastifyReply, name: string): Promise<FastifyReply> {
  const type = types[extname(name)];
  try {
    if (type === undefined) return await notFound(reply);
    const text = await readFile(join(folder, name), "utf8");
    return await send(reply, type, name.endsWith(".ts") ? stripTypeScriptTypes(text) : text);
  } catch {
    return notFound(reply);
  }
}

async function sendVendor(reply: FastifyReply, path: string): Promise<FastifyReply> {
  return send(reply, "text/javascript", await readFile(path, "utf8"));
}

const send = (reply: FastifyReply, type: string, text: string): FastifyReply =>
  reply.header("cache-control", "no-cache").type(`${type}; charset=utf-8`).send(text);

const notFound = (reply: FastifyReply): FastifyReply =>
  reply.code(404).send({ ok: false, error: "not_found" });
