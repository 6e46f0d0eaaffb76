import { z } from "zod";
import { failure } from "../manager/wire.ts";
import { SETTINGS } from "./decisions.ts";
import type { Operation, Route } from "./exchange.ts";

/** The API in OpenAPI 3.1, made from the schemas that the server itself reads and answers with. */
export function describeApi(routes: Route[]): object {
  const paths = routes.map((route) => {
    const path = route.path.replaceAll(/:(\w+)\([^)]*\)/g, "{$1}");
    const parameters = path.includes("{ID}")
      ? [{ name: "ID", in: "path", required: true, schema: { type: "string", pattern: String.raw`^\d+$` } }]
      : [];
    const operations = Object.entries(route.methods).map(([method, operation]) => [
      method.toLowerCase(),
      { ...described(operation), parameters: [VERSION, ...parameters], ...(route.open && { security: [] }) },
    ]);
    return [`/api${path}`, Object.fromEntries(operations)];
  });
  return {
    openapi: "3.1.0",
    info: { title: "API keys, administrator roles and sessions", version: SETTINGS.version.split("/")[1] },
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: {
        secret: { type: "apiKey", in: "header", name: "api-secret-key" },
        sessionCookie: { type: "apiKey", in: "cookie", name: "sID" },
        sessionRequestID: { type: "apiKey", in: "header", name: "rID" },
      },
    },
    security: [{ secret: [] }, { sessionCookie: [], sessionRequestID: [] }],
  };
}

const VERSION = { name: "api-version", in: "header", required: true, schema: { const: "v1" } };

function described({ operationId, body, answer }: Operation): object {
  return {
    operationId,
    ...(body && { requestBody: json(inputSchema(body)) }),
    responses: {
      200: { description: "Done.", ...(answer && json(answerSchema(answer))) },
      default: { description: "Refused, and nothing was changed.", ...json(answerSchema(failure)) },
    },
  };
}

function json(schema: object): object {
  return { content: { "application/json": { schema } } };
}

/** What is answered has no members but these. */
function answerSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema);
}

/** What is sent may have more members, which are ignored (contract 11.5). */
function inputSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { io: "input" });
}
