import type { FastifyInstance } from "fastify";
import type { InstalledApp } from "./apps.ts";
import type { Ids } from "./ids.ts";
import { isJson } from "./json.ts";
import type { Storage } from "./storage.ts";

/** A file that an app has shared; its bytes as base64. */
export type StoredFile = {
  id: string;
  app: string;
  name: string;
  title: string;
  size: number;
  bytes: string;
};

type Upload = { id: string; app: string; name: string; length: number; bytes?: Buffer };

/** Bytes that one file may have here. */
const MOST = 64 * 1024 * 1024;

/** Files of apps: first a place to upload to, then the bytes, then they are shared (files.getUploadURLExternal). */
export class Files {
  /** Where this server can be reached; set once it listens. */
  base = "";
  readonly #uploads = new Map<string, Upload>();
  readonly #files = new Map<string, StoredFile>();
  readonly #ids: Ids;
  readonly #storage: Storage;

  constructor(ids: Ids, storage: Storage) {
    this.#ids = ids;
    this.#storage = storage;
    for (const file of storage.all<StoredFile>("file")) this.#files.set(file.id, file);
  }

  begin(app: InstalledApp, name: string, length: number): { file_id: string; upload_url: string } {
    const id = `F${this.#ids.hex(10).toUpperCase()}`;
    const key = this.#ids.hex(24);
    this.#uploads.set(key, { id, app: app.appId, name, length });
    return { file_id: id, upload_url: `${this.base}/upload/v1/${key}` };
  }

  /** Takes the bytes; `undefined` where nothing was to come here, or something else. */
  take(key: string, bytes: Buffer): number | undefined {
    const upload = this.#uploads.get(key);
    if (upload === undefined || upload.bytes !== undefined || bytes.length !== upload.length)
      return undefined;
    upload.bytes = bytes;
    return bytes.length;
  }

  /** The uploaded file becomes one that people can have; `undefined` where its bytes have not come. */
  complete(app: InstalledApp, id: string, title: string | undefined): StoredFile | undefined {
    const [key, upload] =
      [...this.#uploads].find(([, each]) => each.id === id && each.app === app.appId) ?? [];
    if (key === undefined || upload?.bytes === undefined) return undefined;
    const { name, bytes } = upload;
    const file = {
      id,
      app: app.appId,
      name,
      title: title ?? name,
      size: bytes.length,
      bytes: bytes.toString("base64"),
    };
    this.#uploads.delete(key);
    this.#files.set(id, file);
    this.#storage.put("file", id, file);
    return file;
  }

  find(id: string): StoredFile | undefined {
    return this.#files.get(id);
  }
}

/** Where apps send the bytes: as a form with one file, or as they are. */
export function serveUploads(server: FastifyInstance, files: Files): void {
  void server.register(async (scope) => {
    scope.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, body, done) => {
      done(null, body);
    });
    scope.post<{ Params: { key: string } }>(
      "/upload/v1/:key",
      { bodyLimit: MOST },
      async (request, reply) => {
        const bytes = bytesOf(request.body);
        const taken = bytes && files.take(request.params.key, bytes);
        return taken === undefined ? reply.code(400).send("Bad upload") : reply.send(`OK - ${taken}`);
      },
    );
  });
}

function bytesOf(body: unknown): Buffer | undefined {
  if (Buffer.isBuffer(body)) return body;
  return isJson(body) ? Object.values(body).find((each) => Buffer.isBuffer(each)) : undefined;
}
