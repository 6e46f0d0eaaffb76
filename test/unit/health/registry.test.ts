import { describe, expect, it } from "vitest";
import { Registry } from "../../../src/health/registry.ts";

describe("figures in Prometheus's text", () => {
  it("count what happened, by labels, and begin at 0 where there are none", () => {
    const registry = new Registry();
    registry.counter("plain_total", "Nothing yet.");
    const calls = registry.counter("calls_total", "Calls by\nresult.", ["method", "result"]);
    calls.add("GET", "ok");
    calls.add("GET", "ok");
    calls.add("GET", 'a "quoted" \\ one\nmore');
    expect(registry.text()).toBe(
      [
        "# HELP plain_total Nothing yet.",
        "# TYPE plain_total counter",
        "plain_total 0",
        "# HELP calls_total Calls by\\nresult.",
        "# TYPE calls_total counter",
        'calls_total{method="GET",result="ok"} 2',
        'calls_total{method="GET",result="a \\"quoted\\" \\\\ one\\nmore"} 1',
        "",
      ].join("\n"),
    );
  });

  it("say what is so now, and nothing once that is not known", () => {
    const registry = new Registry();
    const gauge = registry.gauge("open", "Open.", ["state"]);
    gauge.set(3, "pending");
    gauge.set(1, "pending");
    gauge.set(Infinity, "no end");
    gauge.set(-Infinity, "no beginning");
    gauge.set(NaN, "no number");
    expect(registry.text().split("\n").slice(2, -1)).toEqual([
      'open{state="pending"} 1',
      'open{state="no end"} +Inf',
      'open{state="no beginning"} -Inf',
      'open{state="no number"} NaN',
    ]);
    gauge.clear();
    expect(registry.text().split("\n").slice(2)).toEqual([""]);
  });

  it("sort what took how long into buckets, each with all that is smaller", () => {
    const registry = new Registry();
    const took = registry.histogram("took_seconds", "Time.", { labels: ["kind"], bounds: [1, 5] });
    for (const seconds of [0.5, 1, 2, 9]) took.observe(seconds, "a");
    expect(registry.text().split("\n").slice(2, -1)).toEqual([
      'took_seconds_bucket{kind="a",le="1"} 2',
      'took_seconds_bucket{kind="a",le="5"} 3',
      'took_seconds_bucket{kind="a",le="+Inf"} 4',
      'took_seconds_sum{kind="a"} 12.5',
      'took_seconds_count{kind="a"} 4',
    ]);
    expect(registry.names()).toEqual(["took_seconds_bucket", "took_seconds_sum", "took_seconds_count"]);
  });

  it("take no other number of labels than they have", () => {
    const registry = new Registry();
    expect(() => registry.counter("one_total", "One.", ["a"]).add()).toThrow("one_total has 1 labels, not 0");
  });
});
