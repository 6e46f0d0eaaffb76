/*
 * PromQL without its numbers: which labels the series have that come out of an expression. None means
 * that it never says anything, whatever the figures are. What it does not know it throws at.
 */

export type Labels = Readonly<Record<string, string>>;
/** What is scraped: each series' name and labels. */
export type Series = readonly { name: string; labels: Labels }[];
type Vector = readonly Labels[];
type Matching = (labels: Labels) => string;

const RANKS = ["or", "and unless", "== != > < >= <=", "+ -", "* /"].map((each) => each.split(" "));
const AGGREGATIONS = ["sum", "min", "max", "avg", "count"];
const TOKEN = /\s*(\d+(?:\.\d+)?[smhd]?|[A-Za-z_][\w]*|"[^"]*"|=~|!~|[=!<>]=|[-+*/<>(){}[\],=])\s*/y;

/** The series of a text in the form of /metrics, as a server has them that scrapes one process. */
export function seriesIn(text: string): Series {
  return text.split("\n").flatMap((line) => {
    const [, name, labels = ""] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (name === undefined) return [];
    const own = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = "", value = ""]) => [label, value]);
    return [{ name, labels: { ...Object.fromEntries(own), job: "portcullis", instance: "one:9090" } }];
  });
}

/** The labels of each series that the expression may lead to; a number has none. */
export function labelsOf(expression: string, series: Series): Vector {
  const reader = new Reader(expression, series);
  const found = reader.read(1);
  reader.end();
  return found ?? [{}];
}

class Reader {
  readonly #tokens: string[] = [];
  readonly #series: Series;

  constructor(expression: string, series: Series) {
    this.#series = series;
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < expression.length) {
      const [, token] = TOKEN.exec(expression) ?? [];
      if (token === undefined) throw new Error(`not understood: ${expression}`);
      this.#tokens.push(token);
    }
  }

  /** `undefined`: a number. */
  read(rank: number): Vector | undefined {
    let left = this.#operand();
    for (;;) {
      const operator = this.#tokens[0] ?? "";
      const own = RANKS.findIndex((each) => each.includes(operator)) + 1;
      if (own < rank) return left;
      this.#tokens.shift();
      const matching = this.#matching();
      left = combined(operator, left, this.read(own + 1), matching);
    }
  }

  end(): void {
    if (this.#tokens.length > 0) throw new Error(`not understood: ${this.#tokens.join(" ")}`);
  }

  #operand(): Vector | undefined {
    const token = this.#tokens.shift() ?? "";
    if (/^\d/.test(token)) return undefined;
    if (token === "(") return this.#closed();
    if (AGGREGATIONS.includes(token)) {
      const by = this.#took("by") ? this.#names() : [];
      this.#take("(");
      return unique((this.#closed() ?? []).map((labels) => picked(labels, (name) => by.includes(name))));
    }
    return this.#tokens[0] === "(" ? this.#call(token) : this.#selected(token);
  }

  #closed(): Vector | undefined {
    const inside = this.read(1);
    this.#take(")");
    return inside;
  }

  #call(name: string): Vector {
    this.#take("(");
    if (name === "histogram_quantile") {
      this.read(1);
      this.#take(",");
    }
    const given = this.#closed() ?? [];
    switch (name) {
      case "rate":
      case "increase":
        return given;
      case "histogram_quantile":
        return unique(given.map((labels) => picked(labels, (each) => each !== "le")));
      case "absent":
        // Of what never was it would speak all the time.
        return given.length === 0 ? [] : [{}];
      default:
        throw new Error(`not understood: ${name}`);
    }
  }

  #selected(name: string): Vector {
    let found: Vector = this.#series.filter((each) => each.name === name).map(({ labels }) => labels);
    if (this.#took("{"))
      while (!this.#took("}")) {
        const [label = "", how = "", value = ""] = this.#tokens.splice(0, 3);
        found = matched(found, label, how, value.slice(1, -1));
        this.#took(",");
      }
    if (this.#took("[")) {
      this.#tokens.shift();
      this.#take("]");
    }
    if (this.#took("offset")) this.#tokens.shift();
    return found;
  }

  #matching(): Matching {
    const on = this.#took("on");
    if (!on && !this.#took("ignoring")) return keyOf;
    const names = this.#names();
    return (labels) => keyOf(picked(labels, (name) => names.includes(name) === on));
  }

  #names(): string[] {
    this.#take("(");
    return this.#tokens.splice(0, this.#tokens.indexOf(")") + 1).filter((each) => /^\w/.test(each));
  }

  #took(token: string): boolean {
    if (this.#tokens[0] !== token) return false;
    this.#tokens.shift();
    return true;
  }

  #take(token: string): void {
    if (!this.#took(token)) throw new Error(`${token} is missing before ${this.#tokens.join(" ")}`);
  }
}

function combined(
  operator: string,
  left: Vector | undefined,
  right: Vector | undefined,
  matching: Matching,
): Vector | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  if (operator === "or") return [...left, ...right];
  if (operator === "unless") return left;
  const others = new Set(right.map(matching));
  return left.filter((labels) => others.has(matching(labels)));
}

function matched(vector: Vector, label: string, how: string, value: string): Vector {
  const is = (wanted: RegExp): Vector => vector.filter((labels) => wanted.test(labels[label] ?? ""));
  switch (how) {
    case "=":
      return vector.filter((labels) => (labels[label] ?? "") === value);
    case "!=":
      return vector.filter((labels) => (labels[label] ?? "") !== value);
    case "=~": {
      // One that matches nothing is a wrong word, which the others would hide.
      const each = alternativesOf(value).map((one) => is(new RegExp(`^(?:${one})$`)));
      return each.some((found) => found.length === 0) ? [] : unique(each.flat());
    }
    default:
      throw new Error(`not understood: ${label}${how}`);
  }
}

function alternativesOf(pattern: string): string[] {
  const [, before = "", inside = pattern, after = ""] =
    /^([^()|]*)\(([^()]*)\)([^()|]*)$/.exec(pattern) ?? [];
  return inside.split("|").map((each) => `${before}${each}${after}`);
}

function picked(labels: Labels, wanted: (name: string) => boolean): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => wanted(name)));
}

function unique(vector: Vector): Vector {
  return [...new Map(vector.map((labels) => [keyOf(labels), labels])).values()];
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)));
}
