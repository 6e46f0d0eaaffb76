import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalSlack, startLocalSlack } from "../../../src/local-slack/server.ts";

describe("what local Slack serves to browsers", () => {
  let slack: LocalSlack;
  beforeAll(async () => {
    slack = await startLocalSlack();
  });
  afterAll(() => slack.close());

  /** `fetch` neither lets one set Host nor keeps `..` in a path. */
  const get = (path: string, headers: Record<string, string> = {}): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(slack.url);
      const call = request({ host: "127.0.0.1", port, path, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on("error", reject).end();
    });

  it("gives the page, its modules without types, and its libraries", async () => {
    const page = await fetch(slack.url);
    expect(page.headers.get("content-type")).toContain("text/html");
    const script = await fetch(`${slack.url}page/main.ts`);
    expect(script.headers.get("content-type")).toContain("text/javascript");
    expect(await script.text()).not.toContain("querySelector<");
    for (const name of ["preact", "preact-hooks", "htm", "htm-preact"])
      expect(await get(`/page/vendor/${name}.js`)).toBe(200);
  });

  it.each(["/page/../server.ts", "/page/..%2fserver.ts", "/page/nothing.ts", "/page/vendor/zod.js"])(
    "gives nothing for %s",
    async (path) => {
      expect(await get(path)).toBe(404);
    },
  );

  it.each([{ host: "attacker.example" }, { origin: "http://attacker.example" }, { origin: "null" }])(
    "refuses a page from elsewhere: %o",
    async (headers) => {
      expect(await get("/client/workspace", headers)).toBe(403);
    },
  );

  it.each(["/%63lient/workspace", "http://attacker.example/client/workspace"])(
    "refuses it however the path is written: %s",
    async (path) => {
      expect(await get(path, { host: "attacker.example" })).toBe(403);
      expect(await get(path, { origin: "http://attacker.example" })).toBe(403);
    },
  );

  it("lets in its own page by either name of this machine", async () => {
    const { port } = new URL(slack.url);
    expect(await get("/client/workspace", { origin: `http://localhost:${port}` })).toBe(200);
  });
});
