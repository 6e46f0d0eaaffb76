import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bootstrapKey } from "../../../src/embedded-manager/bootstrap.ts";
import { ADMIN_PASSWORD } from "../../support/embedded-manager.ts";
import { rawManager } from "./raw-http.ts";

describe("the first key without a console (contract 5, 12.4)", () => {
  it("is made with full access, and gets a new secret the next time", async () => {
    await using manager = await rawManager();
    const wanted = { url: manager.url, adminPassword: ADMIN_PASSWORD, keyName: "first_key" };
    const first = await bootstrapKey(wanted);
    expect((await manager.as(first)("GET", "/apikeys/current")).json).toMatchObject({
      keyName: "first_key",
      roleID: 1,
    });
    const second = await bootstrapKey(wanted);
    expect((await manager.as(first)("GET", "/apikeys")).status).toBe(401);
    expect((await manager.as(second)("GET", "/apikeys")).status).toBe(200);
  });

  it("leaves no session open, however often it is done", async () => {
    await using manager = await rawManager();
    const wanted = { url: manager.url, adminPassword: ADMIN_PASSWORD, keyName: "again", roleID: 2 };
    for (let n = 0; n < 12; n += 1) await bootstrapKey(wanted);
    expect((await manager.signIn()).answer.status).toBe(200);
  });

  it("finds its key again under another name, by the ID that a file remembers", async () => {
    await using manager = await rawManager();
    const folder = mkdtempSync(join(tmpdir(), "bootstrap-"));
    const wanted = {
      url: manager.url,
      adminPassword: ADMIN_PASSWORD,
      keyName: "own",
      idFile: join(folder, "id"),
    };
    const first = await bootstrapKey(wanted);
    await manager.as(first)("POST", "/apikeys/current", { keyName: "renamed" });
    const second = await bootstrapKey(wanted);
    expect((await manager.as(second)("GET", "/apikeys/current")).json).toMatchObject({ keyName: "renamed" });
    const all = await manager.as(second)("GET", "/apikeys");
    expect(JSON.stringify(all.json).match(/"keyName":"(own|renamed)"/g)).toEqual(['"keyName":"renamed"']);
    rmSync(folder, { recursive: true });
  });

  it("does not take a key of a similar name for its own", async () => {
    await using manager = await rawManager();
    const similar = await manager.make({ keyName: "firstXkey" });
    await bootstrapKey({ url: manager.url, adminPassword: ADMIN_PASSWORD, keyName: "first_key" });
    expect((await manager.as(similar.secretKey)("GET", "/apikeys/current")).status).toBe(200);
  });

  it("says what the manager refused", async () => {
    await using manager = await rawManager();
    const wanted = { url: manager.url, adminPassword: "wrong password", keyName: "x" };
    await expect(bootstrapKey(wanted)).rejects.toThrow(
      "The manager refused (401): The user name or password is not valid.",
    );
  });
});
