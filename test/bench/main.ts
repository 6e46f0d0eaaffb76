import { parseArgs } from "node:util";
import type { Figure } from "./figure.ts";

/** `minutes`: how long the soak is, which has a day's share of everything. */
type Options = { minutes?: number };

/** Each suite by name; a further one needs a line here. */
const SUITES: Record<string, () => Promise<{ measure: (options: Options) => AsyncIterable<Figure> }>> = {
  manager: () => import("./manager.ts"),
  slack: () => import("./slack.ts"),
  lockout: () => import("./lockout.ts"),
  soak: () => import("./soak.ts"),
  ack: () => import("./ack.ts"),
};

const { values, positionals: wanted } = parseArgs({
  options: { minutes: { type: "string" } },
  allowPositionals: true,
});
const options: Options = values.minutes === undefined ? {} : { minutes: Number(values.minutes) };
const unknown = wanted.filter((name) => !(name in SUITES));
if (unknown.length > 0) {
  process.stderr.write(
    `No such suite: ${unknown.join(", ")}. There are: ${Object.keys(SUITES).join(", ")}\n`,
  );
  process.exit(1);
}

let missed = 0;
for (const [name, load] of Object.entries(SUITES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stdout.write(`\n${name}\n`);
  const { measure } = await load();
  for await (const { what, value, detail, target } of measure(options)) {
    const reached = target === undefined || target.reached;
    if (!reached) missed += 1;
    const verdict = target === undefined ? "" : reached ? `ok (${target.words})` : `MISSED (${target.words})`;
    process.stdout.write(`  ${what.padEnd(46)} ${value.padStart(10)}  ${detail.padEnd(46)} ${verdict}\n`);
  }
}
process.exitCode = missed === 0 ? 0 : 1;
