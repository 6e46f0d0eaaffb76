import { claimSecret } from "../../usecases/claim-secret.ts";
import { noteCard } from "../../usecases/cards.ts";
import { explainRefusal, explainUndoing } from "../explain.ts";
import type { Bot, Click, Conversation } from "../interaction.ts";
import { CLAIM, freshButton, readClaimButton } from "../views/claim-card.ts";
import { SECRET } from "../views/secret-message.ts";
import { saying } from "../words.ts";
import { relist } from "./requests.ts";

/** The one showing of a secret, and taking it from the screen. */
export const claim: Conversation = {
  clicks: { [CLAIM.show]: show, [SECRET.stored]: stored },
};

async function show(bot: Bot, click: Click): Promise<void> {
  const ids = readClaimButton(click.value);
  if (ids === undefined) return click.reply(saying(explainRefusal({ reason: "not-found", what: "claim" })));
  const { context } = bot;
  if (click.place !== undefined) {
    await noteCard(context, { request: ids.request, kind: "claim", ...click.place });
  }
  const claimed = await claimSecret(context, { claim: ids.claim, by: click.by, clickedAt: click.at });
  if ("shown" in claimed) {
    // Where the button stands in a list, which can be anywhere, nothing else would tell (R35).
    if (click.replace !== undefined) await relist(bot, click, ["Your secret is in our direct message now."]);
    return;
  }
  if ("undone" in claimed) {
    return click.reply(
      saying([explainUndoing(claimed.undone), " Your turn is kept: the button comes back in a moment."]),
    );
  }
  const { refusal } = claimed;
  const message = refusal.reason === "stale-click" ? freshButton(ids.claim, ids.request) : undefined;
  await click.reply(message ?? saying(explainRefusal(refusal)));
}

async function stored(_: Bot, click: Click): Promise<void> {
  try {
    await click.dismiss();
  } catch {
    // The URL that could delete it lives for 30 minutes (R4).
    await click.reply(
      saying(["I can no longer take that message away myself. Reload Slack, and it is gone."]),
    );
  }
}
