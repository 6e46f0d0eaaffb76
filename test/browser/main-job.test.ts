import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchBrowser, noBrowserBecause } from "../support/browser.ts";
import { personNamed, secretsIn, works } from "../support/context.ts";
import { type Program, startProgram } from "../support/program.ts";

const general = "C0GENERAL01";

describe.skipIf(noBrowserBecause !== undefined)("the main job in a browser", () => {
  let browser: Browser;
  let program: Program;
  let troubles: string[];

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  beforeEach(async () => {
    troubles = [];
    program = await startProgram();
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await program[Symbol.asyncDispose]();
    expect(troubles).toEqual([]);
  });
  afterAll(async () => browser?.close());

  /** The page as a person opens it, in #general. */
  async function visit(name: string): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    page.setDefaultTimeout(8000);
    page.on("pageerror", (error) => troubles.push(error.message));
    await page.goto(`${program.slack.url}#/${personNamed(name)}/${general}`);
    return page;
  }

  const composer = (page: Page) => page.getByRole("combobox", { name: /^Message / });
  const room = (page: Page, name: RegExp) =>
    page.getByRole("navigation", { name: "Channels and apps" }).getByRole("link", { name });
  const messageWith = (page: Page, words: string) =>
    page.getByRole("article").filter({ hasText: words }).last();

  /** Ada asks: a command, then the form with real clicks. */
  async function ask(page: Page, keyName: string): Promise<void> {
    await composer(page).fill("/apikey request");
    await composer(page).press("Enter");
    const form = page.getByRole("dialog", { name: "Ask for an API key" });
    await form.getByLabel("Name").fill(keyName);
    await form.getByRole("combobox", { name: /Role/ }).click();
    await page.keyboard.type("audi");
    await page.getByRole("option", { name: /Auditor/ }).click();
    await form.getByText("one for reading").waitFor();
    await form.getByLabel("Reason").fill("nightly report");
    await form.getByRole("button", { name: "Ask" }).click();
    await form.getByText("is made").waitFor();
    await form.getByRole("button", { name: "Close", exact: true }).click();
  }

  async function approve(page: Page, keyName: string): Promise<void> {
    program.clock.advance(2000); // a card is redrawn every two seconds at most
    await room(page, /key-approvals/).click();
    const card = messageWith(page, `API key: ${keyName}`);
    await card.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
    await card.getByText("approved by").first().waitFor();
    expect(await card.getByRole("button", { name: /Approve|Deny/ }).count()).toBe(0);
  }

  /** Asked for and approved; then the one press, and the secret that comes of it. */
  async function showSecret(page: Page, keyName: string): Promise<string> {
    await ask(page, keyName);
    await approve(await visit("chiara"), keyName);
    await room(page, /Portcullis/).click();
    await messageWith(page, "Show my secret once")
      .getByRole("button", { name: "Show my secret once" })
      .click();
    await messageWith(page, "It is shown this once").waitFor();
    const [secret, ...more] = secretsIn(await page.getByRole("article").allTextContents());
    expect(more).toEqual([]);
    return secret ?? "";
  }

  test("Ada asks, Chiara approves, Ada sees her secret, uses it, and puts it away", async () => {
    const page = await visit("ada");
    const secret = await showSecret(page, "ci-deploy");
    await expect(page.screenshot()).rejects.toThrow("no picture of it is taken");
    expect(await works(program.context.manager.url, secret)).toBe(true);
    await page.getByRole("button", { name: "I have stored it" }).click();
    await messageWith(page, "It is shown this once").waitFor({ state: "detached" });
    await messageWith(page, "Its secret was shown on").getByText("The key is active since").waitFor();
    expect(secretsIn([await page.content()])).toEqual([]);
    expect((await page.screenshot()).length).toBeGreaterThan(0);
  });

  test("a page that is reloaded has lost the secret, and no button brings it back", async () => {
    const page = await visit("ada");
    const secret = await showSecret(page, "ci-deploy");
    await page.reload();
    await messageWith(page, "Its secret was shown on").waitFor();
    expect(secretsIn([await page.content()])).toEqual([]);
    expect(await page.getByRole("button", { name: "Show my secret once" }).count()).toBe(0);
    expect(await works(program.context.manager.url, secret)).toBe(true);
  });

  test("nothing but a screenshot without a secret can be taken of a page", async () => {
    const page = await visit("ada");
    await composer(page).fill(`8:${"A".repeat(43)}=`);
    await expect(page.screenshot()).rejects.toThrow("no picture of it is taken");
    await composer(page).fill("");
    for (const record of [
      () => page.pdf(),
      () => composer(page).screenshot(),
      () => page.context().tracing.start(),
      () => page.screencast.start({ path: "/dev/null" }),
      async () => (await page.$("html"))?.screenshot(),
      () => browser.newContext({ recordVideo: { dir: program.folder } }),
    ])
      await expect((async () => record())()).rejects.toThrow("could keep a secret");
    expect((await page.screenshot()).length).toBeGreaterThan(0);
  });

  test("Chiara denies with a reason, by keyboard alone, and finds what waits in her list", async () => {
    const asker = await visit("ada");
    await ask(asker, "ci-deploy");
    const page = await visit("chiara");
    await composer(page).focus();
    await page.keyboard.type("/apikey requests");
    await page.keyboard.press("Enter");
    const list = messageWith(page, "ci-deploy");
    await press(page, list.getByRole("button", { name: /Deny/ }));
    const form = page.getByRole("dialog", { name: "Deny a request" });
    await form.waitFor();
    await page.keyboard.type("use the shared key");
    await press(page, form.getByRole("button", { name: "Deny" }));
    await form.getByText("You denied").waitFor();
    await page.keyboard.press("Escape");
    await form.waitFor({ state: "detached" });
    await room(asker, /Portcullis/).click();
    await messageWith(asker, "use the shared key").waitFor();
  });

  /** Tabs to a control and presses Enter on it, as somebody does who has no mouse. */
  async function press(page: Page, control: ReturnType<Page["getByRole"]>): Promise<void> {
    await control.waitFor();
    for (let tab = 0; tab < 60; tab++) {
      if (await control.evaluate((element) => element === document.activeElement)) {
        await page.keyboard.press("Enter");
        return;
      }
      await page.keyboard.press(tab < 30 ? "Shift+Tab" : "Tab");
    }
    throw new Error("the keyboard does not lead there");
  }
});
