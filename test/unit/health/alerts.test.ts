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
const figures = createFigures();
const used = alerts.flatMap(({ expr }) => expr.match(/portcullis_\w+/g) ?? []);

it("every alert looks at figures that there are, by labels that they have", () => {
  const known = figures.registry.names();
  expect(used.filter((name) => !known.includes(name))).toEqual([]);
  for (const { alert, expr } of alerts) {
    expect(expr, alert).toMatch(/portcullis_\w+/);
    for (const [, name = "", labels = ""] of expr.matchAll(/(portcullis_\w+)\{([^}]*)\}/g)) {
      const asked = [...labels.matchAll(/(\w+)[=!]/g)].map(([, label = ""]) => label);
      expect(figures.registry.labelsOf(name), alert).toEqual(expect.arrayContaining(asked));
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
