import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { noBrowserBecause } from "../../support/browser.ts";
import { ada, emi, general, openStage, type Stage } from "./stage.ts";

describe.skipIf(noBrowserBecause !== undefined)("an app's Home on the page", () => {
  let stage: Stage;
  const clicks: string[] = [];
  const opened: string[] = [];

  const publish = (user: string, words: string) =>
    stage.app.client.views.publish({
      user_id: user,
      view: {
        type: "home",
        blocks: [
          { type: "header", text: { type: "plain_text", text: words } },
          {
            type: "actions",
            elements: [{ type: "button", action_id: "again", text: { type: "plain_text", text: "Again" } }],
          },
        ],
      },
    });

  beforeAll(async () => {
    stage = await openStage();
    stage.app.event("app_home_opened", async ({ event }) => {
      opened.push(`${event.user} ${event.tab}`);
    });
    stage.app.action("again", async ({ ack, body }) => {
      await ack();
      clicks.push(body.user.id);
      await publish(body.user.id, "Published again");
    });
  });
  afterEach(() => stage.leave());
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  it("tells the app who looks at which tab, and shows what it publishes for that person", async () => {
    await publish(ada, "For Ada");
    const page = await stage.visit(`${ada}/${general}`);
    await page.getByRole("link", { name: "Probe" }).click();
    await page.getByRole("log", { name: "Messages in Probe" }).waitFor();
    await expect.poll(() => opened).toContain(`${ada} messages`);
    await page.getByRole("link", { name: "Home" }).click();
    await page.getByRole("heading", { name: "For Ada" }).waitFor();
    await expect.poll(() => opened).toContain(`${ada} home`);

    await page.getByRole("button", { name: "Again" }).click();
    await page.getByRole("heading", { name: "Published again" }).waitFor();
    expect(clicks).toEqual([ada]);

    await page.reload();
    await page.getByRole("heading", { name: "Published again" }).waitFor();
  });

  it("says so where nothing has been published", async () => {
    const page = await stage.visit(`${emi}/${general}`);
    await page.getByRole("link", { name: "Probe" }).click();
    await page.getByRole("link", { name: "Home" }).click();
    await page.getByRole("heading", { name: "Nothing here yet" }).waitFor();
  });
});
