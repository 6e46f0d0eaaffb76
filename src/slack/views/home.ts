import type { HomeView, KnownBlock } from "@slack/types";
import type { KeyCounts, ListedKey } from "../../usecases/inventory-port.ts";
import type { HomeContent, HomeKeys, Need } from "../../usecases/home.ts";
import { explainRefusal } from "../words/explain.ts";
import { wishInWords } from "../words/wants-words.ts";
import { code, lines, plain, saying, time, type Words } from "../words/words.ts";
import { button, buttons } from "./buttons.ts";
import { showButton } from "./claim-card.ts";
import { KEY, keyActions } from "./key-actions.ts";
import { LIST } from "./keys-list.ts";
import { REQUEST } from "./request-modal.ts";
import { ownBlocks, waitingBlocks } from "./requests-list.ts";
import { ROLE } from "./roles-list.ts";
import { sayingHome } from "./saying-modal.ts";

/** The global shortcut's id, as the manifest has it. */
export const SHORTCUT = { request: "request" } as const;

/** Items that wait to be claimed which a Home has room for; with all parts at their longest it has 97 blocks. */
const MOST_CLAIMS = 5;

const AS_OF = "home.as-of";

type Full = Extract<HomeContent, { claims: unknown }>;

/** One person's App Home; `note` says what the click did that it answers. */
export function homeView(content: HomeContent, note?: Words): HomeView {
  if ("refusal" in content) return sayingHome(saying(explainRefusal(content.refusal)));
  const { requests } = content;
  const shown = new Set(content.claims.map(({ request }) => request.value.id));
  const listed = {
    ...requests,
    // Their button stands above already.
    mine: requests.mine.map((each) => {
      const { claim: _, ...without } = each;
      return shown.has(each.request.value.id) ? without : each;
    }),
  };
  const waits = requests.waiting.length > 0;
  const blocks: KnownBlock[] = [
    ...(note === undefined ? [] : [lines(note)]),
    ...claimBlocks(content),
    ...(waits ? waitingBlocks(listed, content.groups) : []),
    ...keyBlocks(content),
    ...(requests.mine.length > 0 ? ownBlocks(listed, content.groups) : []),
    ...countBlocks(content),
    { type: "divider" },
    { ...lines(asOf(content)), block_id: AS_OF },
  ];
  return { type: "home", blocks };
}

/** All of a Home by which people could tell it from another: when it was made does not count. */
export function lookOf({ blocks }: HomeView): string {
  return JSON.stringify(blocks.filter((block) => block.block_id !== AS_OF));
}

function claimBlocks({ claims }: Full): KnownBlock[] {
  if (claims.length === 0) return [];
  return [
    { type: "header", text: plain("Secrets that wait for you", 150) },
    ...claims
      .slice(0, MOST_CLAIMS)
      .flatMap(({ claim: { value }, request }) => [
        lines(wishInWords(request.value.wants), [
          value.purpose.kind === "rotation"
            ? "The new secret is shown once, in our direct message, and the old one dies then. The button works until "
            : "Approved. The secret is shown once, in our direct message. The button works until ",
          time(value.lapsesAt),
          ".",
        ]),
        showButton(value.id, request.value.id),
      ]),
    ...(claims.length > MOST_CLAIMS
      ? [lines([`And ${claims.length - MOST_CLAIMS} more: `, code("/apikey requests")])]
      : []),
  ];
}

function keyBlocks({ keys, responder, asOf: now, person: reader }: Full): KnownBlock[] {
  const may = { owner: true, responder, auditor: false, reader };
  return [
    { type: "header", text: plain("Your API keys", 150) },
    ...keys.shown.flatMap(({ key, need }) => [
      lines(...keyLine(key, now)),
      buttons(button(KEY.show, "Show", String(key.id)), ...useful(keyActions(may, key), need)),
    ]),
    ...restOfKeys(keys),
    buttons(
      button(REQUEST.open, "Ask for an API key", "", { style: "primary" }),
      button(ROLE.list, "See the roles", ""),
    ),
  ];
}

/** What somebody in need of this most likely wants; all that can be done stands on the key's own page. */
const USEFUL: Record<Need | "none", readonly string[]> = {
  locked: [KEY.unlock],
  expired: [KEY.extend, KEY.delete],
  "expires-soon": [KEY.extend, KEY.rotate],
  none: [KEY.rotate, KEY.lock],
};

function useful(actions: ReturnType<typeof keyActions>, need: Need | undefined): typeof actions {
  const wanted = USEFUL[need ?? "none"];
  return actions.filter((each) => each.action_id !== undefined && wanted.includes(each.action_id));
}

function keyLine({ name, id, roleName, active, expiresAt }: ListedKey, now: number): Words[] {
  const ends: Words =
    expiresAt === undefined
      ? ["never expires"]
      : [expiresAt <= now ? "expired " : "expires ", time(expiresAt)];
  return [
    [code(name), ` (${id}), ${roleName}`],
    [active ? "Active" : "Locked", ", ", ...ends],
  ];
}

function restOfKeys({ shown, total, asOf }: HomeKeys): KnownBlock[] {
  if (total > shown.length)
    return [lines([`And ${total - shown.length} more: `, code("/apikey list owner:@me")])];
  if (total > 0) return [];
  return [
    asOf === undefined
      ? lines(["I am still reading the manager's keys; yours appear here in a moment."])
      : lines([
          "You have no API keys yet. Ask for one with the button below: you say what it is for, others approve it, and its secret is shown to you once.",
        ]),
  ];
}

/** Each count with the list behind it. */
const COUNTS: readonly { what: keyof KeyCounts; label: string; query: string }[] = [
  { what: "expiringSoon", label: "Expiring within 30 days", query: "expires<30d" },
  { what: "neverUsed", label: "Never used", query: "has:no-use" },
  { what: "noOwner", label: "Without an owner", query: "has:no-owner" },
];

function countBlocks({ counts, responder }: Full): KnownBlock[] {
  if (!responder) return [];
  const header: KnownBlock = { type: "header", text: plain("All keys", 150) };
  if (counts === undefined) return [header, lines(["The manager's keys have not been counted yet."])];
  const all: Words = [`${counts.all === 1 ? "1 key" : `${counts.all} keys`}, ${counts.locked} locked.`];
  return [
    header,
    lines(all),
    ...COUNTS.map(({ what, label, query }) => countBlock(label, counts[what], query)),
  ];
}

function countBlock(label: string, count: number, query: string): KnownBlock {
  return {
    type: "section",
    text: plain(`${label}: ${count}`, 3000),
    ...(count === 0 ? {} : { accessory: button(LIST.open, "Show", query) }),
  };
}

function asOf({ asOf: now, keys }: Full): Words {
  const read: Words =
    keys.asOf === undefined ? [] : [" Keys as the manager had them at ", time(keys.asOf), "."];
  return ["As of ", time(now), ".", ...read];
}
