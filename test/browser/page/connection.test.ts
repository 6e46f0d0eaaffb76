import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser } from "playwright-core";
import { startLocalSlack } from "../../../src/local-slack/server.ts";
import { launchBrowser, noBrowserBecause } from "../../support/browser.ts";
import { ada, composer, general, messageWith } from "./stage.ts";

describe.skipIf(noBrowserBecause !== undefined)("the page's connection", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  it("tells somebody who is signed out, and lets them in no more", async () => {
    await using slack = await startLocalSlack();
    const page = await browser.newPage();
    await page.goto(`${slack.url}#/${ada}/${general}`);
    await composer(page).waitFor();
    await fetch(`${slack.url}client/admin/people/${ada}`, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ kind: "deactivated" }),
    });
    await page.getByRole("heading", { name: "Ada Lovelace cannot sign in" }).waitFor();
    await page.getByText("The account is deactivated").waitFor();
  });

  it("says when local Slack is gone, and goes on in a new session when it is back", async () => {
    const first = await startLocalSlack();
    const page = await browser.newPage();
    await page.goto(`${first.url}#/${ada}/${general}`);
    await composer(page).fill("before");
    await composer(page).press("Enter");
    await messageWith(page, "before").waitFor();

    await first.close();
    await page.getByRole("alert").getByText("Local Slack is not answering").waitFor();
    await composer(page).fill("not lost");
    await composer(page).press("Enter");
    await page.getByRole("alert").getByText("Your message was not sent").waitFor();
    expect(await composer(page).inputValue()).toBe("not lost");

    await using second = await startLocalSlack({ port: Number(new URL(first.url).port) });
    expect(second.url).toBe(first.url);
    await page.getByText("Local Slack is not answering").waitFor({ state: "detached", timeout: 15_000 });
    await composer(page).fill("after");
    await composer(page).press("Enter");
    await messageWith(page, "after").waitFor();
  });
});
