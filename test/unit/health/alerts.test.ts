import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { createFigures } from "../../../src/health/figures.ts";
import { Vitals } from "../../../src/health/vitals.ts";
import { RateBudget } from "../../../src/manager/rate-budget.ts";
import { openStore } from "../../../src/store/store.ts";
import { labelsOf as leftBy, seriesIn } from "../../support/promql.ts";

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

/** What a program says that has just started, before anything happened. */
async function scraped(): Promise<string> {
  const store = await openStore({ sqlite: ":memory:" });
  const budget = new RateBudget(500);
  const vitals = new Vitals({
    figures: createFigures(),
    store,
    clock: Date.now,
    budgetLeft: () => budget.left(),
  });
  const text = await vitals.text();
  vitals.stop();
  await store.close();
  return text;
}

describe("what an alert asks for", () => {
  it("is there from the start, so that the first event counts, and its labels can meet", async () => {
    const series = seriesIn(await scraped());
    const dead = alerts.filter(({ expr }) => leftBy(expr, series).length === 0);
    expect(dead.map(({ alert }) => alert)).toEqual([]);
  });

  it.each([
    ["labels that never meet", 'x{share="lock"} == 0 and x{share="ordinary"} == 0', 0],
    ["those that meet but for one", 'x{share="lock"} == 0 and ignoring (share) x{share="ordinary"} == 0', 1],
    ["those that meet in some", 'x{share="lock"} and on (instance, job) x{share="ordinary"}', 1],
    ["a ratio of sums by different labels", "sum by (instance) (rate(y[5m])) / sum(rate(y[5m])) > 0.1", 0],
    [
      "a ratio of sums by the same",
      "sum by (instance) (rate(y[5m])) / sum by (instance) (rate(y[5m])) > 1",
      1,
    ],
    ["a series that is not there yet", 'increase(y{result="refused"}[10m]) > 0', 0],
    ["one wrong word among others", 'increase(y{result=~"o(k|kay)"}[10m]) > 0', 0],
    ["the absence of what never was", "absent(z)", 0],
    ["the absence of what there is", "absent(y)", 1],
    ["a figure beside itself, earlier", "max(y) < max(y offset 10m)", 1],
  ])("is held against its labels: %s", (_, expr, left) => {
    const series = seriesIn('x{share="lock"} 1\nx{share="ordinary"} 1\ny{result="ok"} 0\n');
    expect(leftBy(expr, series)).toHaveLength(left);
  });
});
