import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { createFigures } from "../../../src/health/figures.ts";

const rules = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z
        .array(
          z.strictObject({
            alert: z.string().regex(/^Portcullis[A-Z]\w+$/),
            expr: z.string(),
            for: z
              .string()
              .regex(/^\d+[smh]$/)
              .optional(),
            labels: z.object({ severity: z.enum(["page", "ticket"]) }),
            annotations: z.strictObject({ summary: z.string(), action: z.string().optional() }),
          }),
        )
        .min(1),
    }),
  ),
});

const text = readFileSync(new URL("../../../docs/alerts.yml", import.meta.url), "utf8");
const alerts = rules.parse(parse(text)).groups.flatMap((group) => group.rules);
/** The labels of each figure, under every name that a histogram's parts have too. */
const { registry: _, ...figures } = createFigures();
const described = z.object({ name: z.string(), labelNames: z.array(z.string()) });
const labelsOf = new Map(
  Object.values(figures)
    .map((figure) => described.parse(figure))
    .flatMap(({ name, labelNames }) =>
      ["", "_bucket", "_sum", "_count"].map((part) => [`${name}${part}`, labelNames] as const),
    ),
);

it("every alert looks at figures that there are, by labels that they have", () => {
  for (const { alert, expr } of alerts) {
    const used = expr.match(/portcullis_\w+/g) ?? [];
    expect(used, alert).not.toEqual([]);
    expect(used.filter((name) => !labelsOf.has(name))).toEqual([]);
    for (const [, name = "", labels = ""] of expr.matchAll(/(portcullis_\w+)\{([^}]*)\}/g)) {
      const asked = [...labels.matchAll(/(\w+)[=!]/g)].map(([, label = ""]) => label);
      expect(labelsOf.get(name), alert).toEqual(expect.arrayContaining(asked));
    }
  }
});

it("alerts have names of their own, and their brackets close", () => {
  expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  for (const { expr } of alerts) {
    for (const [open, close] of ["()", "[]", "{}"].map((pair) => pair.split("") as [string, string]))
      expect(expr.split(open).length).toBe(expr.split(close).length);
  }
});
