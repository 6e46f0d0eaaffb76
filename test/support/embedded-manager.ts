import { Secret } from "../../src/domain/secret.ts";
import { bootstrapKey } from "../../src/embedded-manager/bootstrap.ts";
import { type EmbeddedManagerOptions, startEmbeddedManager } from "../../src/embedded-manager/server.ts";
import { managerClient } from "../../src/manager/client.ts";

export const ADMIN_PASSWORD = "only for tests";

/** Most tests call faster than a minute allows, with a clock that stands still. */
const UNLIMITED = { callsPerKey: 0, callsPerTenant: 0, callsPerNode: 0 };

/** An embedded manager, in memory unless a folder is given, with a full-access key "portcullis" and a client that uses it. */
export async function startTestManager(options: Partial<EmbeddedManagerOptions> = {}) {
  const { settings, ...others } = options;
  const manager = await startEmbeddedManager({
    data: ":memory:",
    adminPassword: ADMIN_PASSWORD,
    settings: { ...UNLIMITED, ...settings },
    ...others,
  });
  const { url } = manager;
  const botSecret = await bootstrapKey({ url, adminPassword: ADMIN_PASSWORD, keyName: "portcullis" });
  // More calls than a manager allows by default: what tests do in a second takes people a day.
  const client = managerClient({
    url,
    secret: new Secret(botSecret),
    timeoutMs: 5000,
    callsPerMinute: 1_000_000,
  });
  const close = async () => {
    await client.close();
    await manager.close();
  };
  return { url, botSecret, client, close, [Symbol.asyncDispose]: close };
}
