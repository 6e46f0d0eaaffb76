/** The values of a figure's labels, in the order of their names. */
type Values = readonly string[];
type Kind = "counter" | "gauge" | "histogram";
type Sample = { suffix?: string; labels: readonly (readonly [name: string, value: string])[]; value: number };

/** A figure under one name, with a value for each set of labels that it has met. */
abstract class Figure {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  abstract readonly kind: Kind;
  abstract samples(): Sample[];

  constructor(name: string, help: string, labels: readonly string[]) {
    this.name = name;
    this.help = help;
    this.labels = labels;
  }

  /** Values are kept under one text: JSON, so that no two sets of them read alike. */
  protected keyOf(values: Values): string {
    if (values.length !== this.labels.length)
      throw new Error(`${this.name} has ${this.labels.length} labels, not ${values.length}`);
    return JSON.stringify(values);
  }

  protected labelled(key: string): Sample["labels"] {
    const values = JSON.parse(key) as string[];
    return this.labels.map((name, i) => [name, values[i] ?? ""]);
  }
}

/** Only grows; begins at 0 with the process. */
export class Counter extends Figure {
  readonly kind = "counter";
  readonly #values = new Map<string, number>();

  constructor(name: string, help: string, labels: readonly string[]) {
    super(name, help, labels);
    // There from the start, so that the first one that happens is seen as a rise.
    if (labels.length === 0) this.#values.set(this.keyOf([]), 0);
  }

  add(...values: Values): void {
    const key = this.keyOf(values);
    this.#values.set(key, (this.#values.get(key) ?? 0) + 1);
  }

  samples(): Sample[] {
    return [...this.#values].map(([key, value]) => ({ labels: this.labelled(key), value }));
  }
}

/** What is so at the moment. */
export class Gauge extends Figure {
  readonly kind = "gauge";
  readonly #values = new Map<string, number>();

  set(value: number, ...values: Values): void {
    this.#values.set(this.keyOf(values), value);
  }

  /** Says nothing, until it is set again: what is not known is not 0. */
  clear(): void {
    this.#values.clear();
  }

  samples(): Sample[] {
    return [...this.#values].map(([key, value]) => ({ labels: this.labelled(key), value }));
  }
}

type Seen = { counts: number[]; sum: number; count: number };

/** How often something took how long. */
export class Histogram extends Figure {
  readonly kind = "histogram";
  readonly #bounds: readonly number[];
  readonly #seen = new Map<string, Seen>();

  /** `bounds`: the highest values of the buckets, rising. */
  constructor(name: string, help: string, labels: readonly string[], bounds: readonly number[]) {
    super(name, help, labels);
    this.#bounds = bounds;
  }

  observe(value: number, ...values: Values): void {
    const key = this.keyOf(values);
    const seen = this.#seen.get(key) ?? { counts: this.#bounds.map(() => 0), sum: 0, count: 0 };
    this.#seen.set(key, seen);
    seen.counts = this.#bounds.map((bound, i) => (seen.counts[i] ?? 0) + (value <= bound ? 1 : 0));
    seen.sum += value;
    seen.count += 1;
  }

  samples(): Sample[] {
    return [...this.#seen].flatMap(([key, { counts, sum, count }]) => {
      const labels = this.labelled(key);
      const bucket = (le: string, value: number): Sample => ({
        suffix: "_bucket",
        labels: [...labels, ["le", le]],
        value,
      });
      return [
        ...this.#bounds.map((bound, i) => bucket(String(bound), counts[i] ?? 0)),
        bucket("+Inf", count),
        { suffix: "_sum", labels, value: sum },
        { suffix: "_count", labels, value: count },
      ];
    });
  }
}

/** All figures of a process, and their text in the format of Prometheus (version 0.0.4). */
export class Registry {
  readonly #figures: Figure[] = [];

  counter(name: string, help: string, labels: readonly string[] = []): Counter {
    return this.#keep(new Counter(name, help, labels));
  }

  gauge(name: string, help: string, labels: readonly string[] = []): Gauge {
    return this.#keep(new Gauge(name, help, labels));
  }

  histogram(
    name: string,
    help: string,
    { labels = [], bounds }: { labels?: readonly string[]; bounds: readonly number[] },
  ): Histogram {
    return this.#keep(new Histogram(name, help, labels, bounds));
  }

  /** Every name that the text can contain, of a histogram's parts too. */
  names(): string[] {
    return this.#figures.flatMap(({ name, kind }) =>
      kind === "histogram" ? ["_bucket", "_sum", "_count"].map((part) => `${name}${part}`) : [name],
    );
  }

  /** The labels of the figure under one of these names. */
  labelsOf(name: string): readonly string[] | undefined {
    return this.#figures.find((each) => each.name === name || name.startsWith(`${each.name}_`))?.labels;
  }

  text(): string {
    return this.#figures
      .map((figure) => {
        const lines = figure.samples().map((sample) => lineOf(figure.name, sample));
        const head = [
          `# HELP ${figure.name} ${escaped(figure.help)}`,
          `# TYPE ${figure.name} ${figure.kind}`,
        ];
        return [...head, ...lines].map((line) => `${line}\n`).join("");
      })
      .join("");
  }

  #keep<F extends Figure>(figure: F): F {
    this.#figures.push(figure);
    return figure;
  }
}

function lineOf(name: string, { suffix = "", labels, value }: Sample): string {
  const inside = labels.map(([label, text]) => `${label}="${escaped(text).replaceAll('"', '\\"')}"`);
  return `${name}${suffix}${inside.length === 0 ? "" : `{${inside.join(",")}}`} ${numberOf(value)}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberOf(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}
