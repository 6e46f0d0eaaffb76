import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { noBrowserBecause } from "../../support/browser.ts";
import { ada, composer, emi, general, messageWith, openStage, type Stage } from "./stage.ts";

describe.skipIf(noBrowserBecause !== undefined)("messages on the page", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterEach(() => stage.leave());
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  it("sends what one types with Enter, and others see it marked up, in their own time zone", async () => {
    const page = await stage.visit(`${ada}/${general}`);
    const other = await stage.visit(`${emi}/${general}`);
    await composer(page).fill("good *morning* @emi");
    await composer(page).press("Enter");

    const seen = messageWith(other, "good morning");
    await seen.getByText("@Emi Tanaka").waitFor();
    expect(await seen.locator("strong").textContent()).toBe("morning");
    const mine = await messageWith(page, "good morning").getByRole("time").textContent();
    expect(await seen.getByRole("time").textContent()).not.toBe(mine);
    expect(await composer(page).inputValue()).toBe("");
  });

  it("shows markup that is no Slack markup as text", async () => {
    const page = await stage.visit(`${ada}/${general}`);
    await composer(page).fill("<img src=x onerror=alert(1)> <script>1</script>");
    await composer(page).press("Enter");
    await messageWith(page, "<script>1</script>").waitFor();
    expect(await page.getByRole("log").locator("img, script").count()).toBe(0);
  });

  it("draws links, mentions, dates, emoji and preformatted text", async () => {
    const page = await stage.visit(`${ada}/${general}`);
    await stage.post(
      [],
      "<https://example.com|the page> <@U0ADA000001> <!subteam^S0AUDITORS1> <#C0AUDIT0001> <!date^1700000000^{date_num}|then> :key: ```a\nb```",
    );
    const message = messageWith(page, "the page");
    const link = message.getByRole("link", { name: "the page" });
    await link.waitFor();
    expect(await link.getAttribute("rel")).toContain("noopener");
    for (const text of ["@Ada Lovelace", "@auditors", "#audit", "2023-11-14"])
      await message.getByText(text).waitFor();
    expect(await message.getByRole("img", { name: "key" }).textContent()).toBe("🔑");
    expect(await message.locator("pre").textContent()).toBe("a\nb");
    await message.getByText("APP", { exact: true }).waitFor();
  });

  it("shows an ephemeral to one tab only, and not after a reload", async () => {
    const page = await stage.visit(`${ada}/${general}`);
    const other = await stage.visit(`${emi}/${general}`);
    await page.getByRole("log").waitFor();
    await stage.whisper(ada, "between us");
    await messageWith(page, "between us").getByText("Only visible to you").waitFor();
    await stage.post([], "after the whisper");
    await messageWith(other, "after the whisper").waitFor();
    expect(await other.getByText("between us").count()).toBe(0);

    await page.reload();
    await messageWith(page, "after the whisper").waitFor();
    expect(await page.getByText("between us").count()).toBe(0);
    expect(page.url()).toContain(`#/${ada}/${general}`);
  });

  it("follows edits and deletions", async () => {
    const page = await stage.visit(`${ada}/${general}`);
    const { ts = "" } = await stage.post([], "first thought");
    await messageWith(page, "first thought").waitFor();
    await stage.app.client.chat.update({ channel: general, ts, text: "second thought" });
    await messageWith(page, "second thought").getByText("(edited)").waitFor();
    await stage.app.client.chat.delete({ channel: general, ts });
    await page.getByText("second thought").waitFor({ state: "detached" });
  });

  it("keeps the keyboard at a message whose button has gone", async () => {
    stage.app.action("settle", async ({ ack, respond }) => {
      await ack();
      await respond({ replace_original: true, text: "It is settled." });
    });
    const page = await stage.visit(`${ada}/${general}`);
    await page.getByRole("log").waitFor();
    const label = { type: "plain_text" as const, text: "Settle it" };
    await stage.post([{ type: "actions", elements: [{ type: "button", action_id: "settle", text: label }] }]);
    await page.getByRole("button", { name: "Settle it" }).press("Enter");
    const message = messageWith(page, "It is settled.");
    await message.waitFor();
    await expect.poll(() => message.evaluate((article) => article === document.activeElement)).toBe(true);
  });

  it("groups replies under what they answer", async () => {
    const page = await stage.visit(`${ada}/${general}`);
    await stage.post([], "a question");
    await messageWith(page, "a question").hover();
    await messageWith(page, "a question").getByRole("button", { name: "Reply in thread" }).click();
    await page.getByText("Replying in thread").waitFor();
    await composer(page).fill("an answer");
    await composer(page).press("Enter");
    await page.getByRole("group", { name: "Replies in thread" }).getByText("an answer").waitFor();
  });

  it("counts what has not been read, until one looks", async () => {
    const page = await stage.visit(`${ada}/C0AUDIT0001`);
    await page.getByRole("log").waitFor();
    await stage.post([], "news");
    const link = page.getByRole("link", { name: "general 1 unread" });
    await link.click();
    await messageWith(page, "news").waitFor();
    expect(await page.getByRole("link", { name: /unread/ }).count()).toBe(0);
  });

  it("offers the apps' commands and tells of one that fails as Slackbot does", async () => {
    const page = await stage.visit(`${ada}/${general}`);
    await composer(page).fill("/");
    await page.getByRole("option", { name: "/probe [what]" }).waitFor();
    await composer(page).press("Escape");
    await composer(page).fill("/nothing");
    await composer(page).press("Enter");
    const notice = messageWith(page, "/nothing is not a valid command");
    await notice.getByText("Slackbot").waitFor();
    await notice.getByText("Only visible to you").waitFor();
  });

  it("lets each tab act as another person, and says who cannot sign in", async () => {
    const page = await stage.visit(`${ada}/${general}`);
    await page.getByRole("log").waitFor();
    const actAs = page.getByRole("button", { name: "Act as" });
    await actAs.click();
    await page.getByRole("menuitemradio", { name: "Gus Meyer Contractor, guest" }).waitFor();
    await page
      .getByRole("menuitemradio", { name: "Sam Stranger Partner, Globex, other workspace" })
      .waitFor();
    await page.getByRole("menuitemradio", { name: "Emi Tanaka" }).click();
    await page.waitForURL(`**/#/${emi}/*`);
    await composer(page).fill("it is me, Emi");
    await composer(page).press("Enter");
    await page
      .getByRole("article", { name: /^Emi Tanaka/ })
      .getByText("it is me, Emi")
      .waitFor();
    await actAs.click();
    await page.getByRole("menuitemradio", { name: "Dora Lang" }).click();
    await page.getByRole("heading", { name: "Dora Lang cannot sign in" }).waitFor();
  });

  it("says why one cannot write in a channel", async () => {
    const page = await stage.visit(`${ada}/C0AUDIT0001`);
    await page.getByText("You are not a member of #audit.").waitFor();
    expect(await composer(page).count()).toBe(0);
  });

  it("works in a narrow window", async () => {
    const page = await stage.visit(`${ada}/${general}`);
    await page.setViewportSize({ width: 400, height: 700 });
    const link = page.getByRole("link", { name: "incidents" });
    expect(await link.isVisible()).toBe(false);
    await page.getByRole("button", { name: "Channels and apps" }).click();
    await link.click();
    await page.getByRole("heading", { name: "incidents", level: 1 }).waitFor();
    expect(await link.isVisible()).toBe(false);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(400);
  });

  it("makes no script fail and breaks no rule of its content policy", () => {
    expect(stage.troubles).toEqual([]);
  });
});
