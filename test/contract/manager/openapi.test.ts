import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectDescribed } from "./description.ts";
import { type RawManager, rawManager } from "./raw-http.ts";

let manager: RawManager;
beforeAll(async () => {
  manager = await rawManager();
});
afterAll(() => manager.close());

describe("the description of the API", () => {
  it("is served to anybody, as OpenAPI 3.1", async () => {
    const answer = await fetch(`${manager.url}/openapi.json`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ openapi: "3.1.0" });
  });

  it("names every operation of the contract (3.2, 4.1, 5)", async () => {
    const { paths } = await (await fetch(`${manager.url}/openapi.json`)).json();
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods as object).map(
        ([method, { operationId }]) => `${method} ${path} ${operationId}`,
      ),
    );
    expect(operations).toEqual([
      "get /api/apikeys listApiKeys",
      "post /api/apikeys createApiKey",
      "post /api/apikeys/search searchApiKeys",
      "get /api/apikeys/{ID} describeApiKey",
      "post /api/apikeys/{ID} modifyApiKey",
      "delete /api/apikeys/{ID} deleteApiKey",
      "post /api/apikeys/{ID}/secretkey replaceApiSecretKey",
      "get /api/apikeys/current describeCurrentApiKey",
      "post /api/apikeys/current modifyCurrentApiKey",
      "post /api/apikeys/current/secretkey replaceCurrentApiSecretKey",
      "get /api/roles listAdministratorRoles",
      "post /api/roles createAdministratorRole",
      "post /api/roles/search searchAdministratorRoles",
      "get /api/roles/{ID} describeAdministratorRole",
      "post /api/roles/{ID} modifyAdministratorRole",
      "delete /api/roles/{ID} deleteAdministratorRole",
      "post /api/sessions openSession",
      "delete /api/sessions/current closeSession",
    ]);
  });

  it("tells what a body may hold, and that more is ignored", async () => {
    const { paths } = await (await fetch(`${manager.url}/openapi.json`)).json();
    const { schema } = paths["/api/apikeys"].post.requestBody.content["application/json"];
    expect(schema.properties).toMatchObject({ roleID: { type: "integer" }, active: { type: "boolean" } });
    expect(schema).not.toHaveProperty("additionalProperties");
  });

  it("would not pass an answer with a member too many, too few or of another kind", async () => {
    const { json } = await manager.call("GET", "/apikeys/2");
    const check = async (body: object) =>
      expectDescribed(manager.url, "GET", "/apikeys/2", { status: 200, text: JSON.stringify(body) });
    await check(json);
    await expect(check({ ...json, secretKey: "2:abc" })).rejects.toThrow("otherwise than described");
    await expect(check({ ...json, roleID: "1" })).rejects.toThrow("otherwise than described");
    const { roleID: _, ...less } = json;
    await expect(check(less)).rejects.toThrow("otherwise than described");
  });
});
