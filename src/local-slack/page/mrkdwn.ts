/** What Slack's mark-up means, as a tree. Pure; `mrkdwn-view.ts` draws it. */
export type Inline =
  | { is: "text"; text: string }
  | { is: "break" }
  | { is: "bold" | "italic" | "strike"; children: Inline[] }
  | { is: "code"; text: string }
  | { is: "link"; url: string; children: Inline[] }
  | { is: "emoji"; name: string }
  | { is: "user" | "channel" | "group"; id: string; label?: string }
  | { is: "broadcast"; range: string }
  | { is: "date"; seconds: number; template: string; url?: string; fallback: string };

export type Paragraph =
  | { is: "text"; children: Inline[] }
  | { is: "quote"; children: Inline[] }
  | { is: "list"; ordered: boolean; items: Inline[][] }
  | { is: "pre"; text: string };

export type Reading = { verbatim?: boolean };

export function parseMrkdwn(source: string, reading: Reading = {}): Paragraph[] {
  return source
    .split(/```/)
    .flatMap((part, at, all): Paragraph[] =>
      at % 2 === 1 && at < all.length - 1
        ? [{ is: "pre", text: plain(part.replace(/^\n|\n$/g, "")) }]
        : paragraphs(at % 2 === 1 ? `\`\`\`${part}` : trimAround(part, at, all.length), reading),
    );
}

/** The line break next to a preformatted block belongs to the block. */
function trimAround(part: string, at: number, count: number): string {
  const start = at > 0 ? part.replace(/^\n/, "") : part;
  return at < count - 1 ? start.replace(/\n$/, "") : start;
}

const quoted = /^(?:&gt;|>)\s?(.*)$/;
const bulleted = /^\s*[•◦▪-]\s+(.*)$/;
const numbered = /^\s*\d{1,3}[.)]\s+(.*)$/;

function paragraphs(source: string, reading: Reading): Paragraph[] {
  const result: Paragraph[] = [];
  if (source === "") return result;
  for (const line of source.split("\n")) {
    const last = result.at(-1);
    const quote = quoted.exec(line)?.[1];
    const bullet = bulleted.exec(line)?.[1];
    const number = numbered.exec(line)?.[1];
    if (quote !== undefined) append(result, "quote", parseInline(quote, reading));
    else if (bullet !== undefined || number !== undefined) {
      const ordered = bullet === undefined;
      const item = parseInline(bullet ?? number ?? "", reading);
      if (last?.is === "list" && last.ordered === ordered) last.items.push(item);
      else result.push({ is: "list", ordered, items: [item] });
    } else append(result, "text", parseInline(line, reading));
  }
  return result;
}

function append(result: Paragraph[], is: "text" | "quote", children: Inline[]): void {
  const last = result.at(-1);
  if (last?.is === is) last.children.push({ is: "break" }, ...children);
  else result.push({ is, children });
}

const marks = { "*": "bold", _: "italic", "~": "strike" } as const;
const token =
  /`([^`\n]+)`|<([^<>\n]+)>|:([a-z0-9_+'-]+(?:::skin-tone-\d)?):|(https?:\/\/[^\s<>|]*[^\s<>|.,;:!?'")\]*_~])|(?<![\p{L}\p{N}])([*_~])(?=\S)/gu;

export function parseInline(source: string, reading: Reading = {}): Inline[] {
  const result: Inline[] = [];
  let from = 0;
  token.lastIndex = 0;
  for (let found = token.exec(source); found !== null; found = token.exec(source)) {
    const at = found.index;
    const [piece, to] = read(source, found, reading) ?? [];
    if (piece === undefined || to === undefined) {
      token.lastIndex = at + 1;
      continue;
    }
    if (at > from) result.push({ is: "text", text: plain(source.slice(from, at)) });
    result.push(piece);
    from = to;
    token.lastIndex = to; // the recursion below moves it
  }
  if (from < source.length) result.push({ is: "text", text: plain(source.slice(from)) });
  return result;
}

function read(source: string, found: RegExpExecArray, reading: Reading): [Inline, number] | undefined {
  const [whole, code, angle, emoji, url, mark] = found;
  const end = found.index + whole.length;
  if (code !== undefined) return [{ is: "code", text: plain(code) }, end];
  if (angle !== undefined) {
    const meaning = parseAngle(angle);
    return meaning && [meaning, end];
  }
  if (emoji !== undefined) return [{ is: "emoji", name: emoji }, end];
  if (url !== undefined) {
    return reading.verbatim
      ? undefined
      : [{ is: "link", url: plain(url), children: [text(plain(url))] }, end];
  }
  if (mark !== "*" && mark !== "_" && mark !== "~") return undefined;
  const close = closing(source, mark, end);
  if (close === undefined) return undefined;
  return [{ is: marks[mark], children: parseInline(source.slice(end, close), reading) }, close + 1];
}

/** A closing mark follows something other than space, ends its word, and stands in no code. */
function closing(source: string, mark: string, from: number): number | undefined {
  for (let at = from; at < source.length; at += 1) {
    const codeEnd = source[at] === "`" ? source.indexOf("`", at + 1) : -1;
    if (codeEnd !== -1) at = codeEnd;
    else if (
      at > from &&
      source[at] === mark &&
      /\S/.test(source[at - 1] ?? "") &&
      !wordStart.test(source.slice(at + 1))
    )
      return at;
  }
  return undefined;
}
const wordStart = /^[\p{L}\p{N}]/u;

/** What stands between `<` and `>`; undefined where it means nothing and is shown as typed. */
function parseAngle(inside: string): Inline | undefined {
  const bar = inside.indexOf("|");
  const target = bar === -1 ? inside : inside.slice(0, bar);
  const given = bar === -1 ? "" : plain(inside.slice(bar + 1));
  const label = given === "" ? {} : { label: given };
  const id = target.slice(1);
  if (/^@[UW][A-Z0-9]+$/.test(target)) return { is: "user", id, ...label };
  if (/^#[CG][A-Z0-9]+$/.test(target)) return { is: "channel", id, ...label };
  if (target.startsWith("!subteam^")) return { is: "group", id: target.slice(9), ...label };
  if (/^!(here|channel|everyone)$/.test(target)) return { is: "broadcast", range: id };
  if (target.startsWith("!date^")) return parseDate(target.slice(6), given);
  if (/^(https?:\/\/|mailto:|tel:)/i.test(target)) {
    const children =
      given === "" ? [text(plain(target))] : parseInline(inside.slice(bar + 1), { verbatim: true });
    return { is: "link", url: plain(target), children };
  }
  return undefined;
}

function parseDate(parts: string, fallback: string): Inline | undefined {
  const [seconds = "", template = "", url] = parts.split("^");
  if (!/^\d+$/.test(seconds)) return undefined;
  return { is: "date", seconds: Number(seconds), template, fallback, ...(url === undefined ? {} : { url }) };
}

const text = (value: string): Inline => ({ is: "text", text: value });

/** The three characters that Slack escapes, and no other entity. */
const plain = (value: string) => value.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
