import { expect } from "vitest";
import { z } from "zod";

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];
type Content = { content?: { "application/json": { schema: JsonSchema } } };
type Description = { paths: Record<string, Record<string, { responses: Record<string, Content> }>> };

/** The body that a call may answer with, by status; an empty one where there is no schema. */
type Promised = { ok: z.ZodType | undefined; refused: z.ZodType };
type Described = { pattern: RegExp; methods: Map<string, Promised> };

const REFUSED = z.strictObject({ message: z.string() });
const described = new Map<string, Promise<Described[]>>();

/** Fails the test whose answer is not what the manager's own description at /api/openapi.json promises. */
export async function expectDescribed(
  url: string,
  method: string,
  path: string,
  { status, text }: { status: number; text: string },
): Promise<void> {
  const known = described.get(url) ?? readDescription(url);
  described.set(url, known);
  const place = `/api${path.split("?")[0] ?? ""}`;
  const promised = (await known).find(({ pattern }) => pattern.test(place))?.methods.get(method);
  const schema = status === 200 ? promised?.ok : (promised?.refused ?? REFUSED);
  const issues =
    schema === undefined
      ? [text].filter((body) => body !== "")
      : (schema.safeParse(JSON.parse(text)).error?.issues ?? []);
  expect(issues, `${method} ${path} answered ${status} otherwise than described`).toEqual([]);
}

/** Every manager of a run tells the same, so its schemas are made once. */
const read = new Map<string, Described[]>();

async function readDescription(url: string): Promise<Described[]> {
  const text = await (await fetch(`${url}/openapi.json`)).text();
  const known = read.get(text) ?? operationsOf(JSON.parse(text));
  read.set(text, known);
  return known;
}

function operationsOf(description: Description): Described[] {
  return Object.entries(description.paths).map(([path, operations]) => ({
    pattern: new RegExp(`^${path.replaceAll("{ID}", String.raw`\d+`)}$`),
    methods: new Map(
      Object.entries(operations).map(([method, { responses }]) => [
        method.toUpperCase(),
        { ok: schemaOf(responses["200"]), refused: schemaOf(responses["default"]) ?? REFUSED },
      ]),
    ),
  }));
}

function schemaOf(response: Content | undefined): z.ZodType | undefined {
  const schema = response?.content?.["application/json"].schema;
  return schema === undefined ? undefined : z.fromJSONSchema(schema);
}
