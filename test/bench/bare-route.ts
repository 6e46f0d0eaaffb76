import Fastify from "fastify";

/*
 * What a call costs that does nothing: the measure for reads. Answers each path with so many bytes of
 * objects as the manager answers there.
 */
const app = Fastify();
const key = {
  keyName: "bench-50000",
  description: "",
  locale: "en-US",
  roleID: 1,
  timeZone: "Etc/UTC",
  active: true,
  created: 1_767_225_600_000,
  lastSignIn: 1_767_225_600_000,
  unsuccessfulSignInAttempts: 0,
  serviceAccount: false,
  ID: 50_000,
};
const page = { apiKeys: Array.from({ length: 100 }, () => key) };
const tenant = { roleURN: "urn:tmds:identity::0:role/Full Access", tenantID: 0 };
app.get("/current", async () => ({ ...key, ...tenant }));
app.post("/one", async () => ({ apiKeys: [key] }));
app.post("/page", async () => page);
process.stdout.write(`listens on ${await app.listen({ host: "127.0.0.1", port: 0 })}\n`);
