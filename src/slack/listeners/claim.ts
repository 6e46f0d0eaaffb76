import { type Claimed, claimSecret } from "../../usecases/claims/claim-secret.ts";
import { explainRefusal } from "../words/explain.ts";
import { explainUndoing } from "../words/explain-failure.ts";
import type { Bot, Click, Conversation } from "../interaction.ts";
import { CLAIM, freshButton, readClaimButton } from "../views/claim-card.ts";
import { SECRET } from "../views/secret-message.ts";
import { saying, type Words } from "../words/words.ts";
import { inList, relist } from "./requests.ts";

/** The one showing of a secret, and taking it from the screen. */
export const claim: Conversation = {
  clicks: { [CLAIM.show]: show, [SECRET.stored]: stored },
};

async function show(bot: Bot, click: Click): Promise<void> {
  const ids = readClaimButton(click.value);
  if (ids === undefined) return click.reply(saying(explainRefusal({ reason: "not-found", what: "claim" })));
  const { context } = bot;
  const claimed = await claimSecret(context, { claim: ids.claim, by: click.by, clickedAt: click.at });
  if ("refusal" in claimed && claimed.refusal.reason === "stale-click") {
    return click.reply(freshButton(ids.claim, ids.request));
  }
  // A list stands anywhere, and the secret appears in our direct message alone (R35).
  if (inList(click)) return relist(bot, click, outcome(claimed));
  if (!("shown" in claimed)) await click.reply(saying(outcome(claimed)));
}

function outcome(claimed: Claimed): Words {
  if ("shown" in claimed) return ["Your secret is in our direct message now."];
  if ("refusal" in claimed) return explainRefusal(claimed.refusal);
  return [explainUndoing(claimed.undone), " Your turn is kept: the button comes back in a moment."];
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
