import { Secret } from "../../src/domain/secret.ts";
import { bootstrapKey } from "../../src/embedded-manager/bootstrap.ts";
import { type EmbeddedManagerOptions, startEmbeddedManager } from "../../src/embedded-manager/server.ts";
import { managerClient } from "../../src/manager/client.ts";

export const ADMIN_PASSWORD = "only for tests";

/** An embedded manager, in memory unless a folder is given, with a full-access key "portcullis" and a client that uses it. */
export async function startTestManager(options: Partial<EmbeddedManagerOptions> = {}) {
  const manager = await startEmbeddedManager({ data: ":memory:", adminPassword: ADMIN_PASSWORD, ...options });
  const { url } = manager;
  const botSecret = await bootstrapKey({ url, adminPassword: ADMIN_PASSWORD, keyName: "portcullis" });
  const client = managerClient({ url, secret: new Secret(botSecret), timeoutMs: 5000 });
  const close = async () => {
    await client.close();
    await manager.close();
  };
  return { url, botSecret, client, close, [Symbol.asyncDispose]: close };
}
