import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MINUTE } from "../../src/domain/values.ts";
import { launchBrowser, noBrowserBecause } from "../support/browser.ts";
import { personNamed } from "../support/context.ts";
import { until } from "../support/conversation.ts";
import { activeNow, makeKeys, policyForIncidents } from "../support/lockouts.ts";
import { type Program, startProgram } from "../support/program.ts";

/** What people see, for whoever wants to look at it. */
const pictures = join(tmpdir(), "portcullis-pictures");

describe.skipIf(noBrowserBecause !== undefined)("an incident in a browser", () => {
  let browser: Browser;
  let program: Program;
  const troubles: string[] = [];

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    browser = await launchBrowser();
    program = await startProgram({ policy: policyForIncidents() });
    await program.slack.admin("PATCH", "channels/C0INCIDENTS", {
      add: [personNamed("emi"), personNamed("chiara")],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await program[Symbol.asyncDispose]();
    expect(troubles).toEqual([]);
  });

  async function visit(name: string): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on("pageerror", (error) => troubles.push(error.message));
    await page.goto(`${program.slack.url}#/${personNamed(name)}/C0INCIDENTS`);
    return page;
  }
  const picture = async (page: Page, name: string) =>
    page.screenshot({ path: join(pictures, `lockout-${name}.png`) });
  const messageWith = (page: Page, text: string): Locator =>
    page.getByRole("article").filter({ hasText: text }).last();

  test("is declared after a dry run, seen to move and verified, and restored by a second person to exactly what was", async () => {
    const { manager, store } = program.context;
    await makeKeys(manager, 40);
    program.clock.advance(6 * MINUTE);
    await until(async () => ((await store.inventoryState())?.counts.all ?? 0) >= 40);
    const before = await activeNow(manager);

    const farid = await visit("farid");
    const composer = farid
      .getByRole("textbox", { name: /Message/ })
      .or(farid.locator("textarea"))
      .first();
    await composer.fill("/apikey lockout key-*");
    await composer.press("Enter");
    const form = farid.getByRole("dialog", { name: "Declare a lockout" });
    await form.getByText("40 keys").first().waitFor();
    await picture(farid, "dry-run");
    await form.getByLabel(/^Search/).fill("key-1*");
    await form.getByRole("button", { name: "Look again" }).click();
    await form.getByText("11 keys").waitFor();
    await form.getByLabel(/^Search/).fill("key-*");
    await form.getByRole("button", { name: "Look again" }).click();
    await form.getByText("40 keys").first().waitFor();
    await form.getByLabel("Incident", { exact: true }).fill("INC-42");
    await form.getByLabel("Why").fill("a laptop was stolen");
    await form.getByLabel(/Type the incident/).fill("INC-42");
    await form.getByRole("button", { name: "Lock them out" }).click();
    await farid.getByRole("dialog").getByText("Declared: from now on").waitFor();
    await farid.getByRole("dialog").getByRole("button", { name: "Close", exact: true }).click();
    const card = messageWith(farid, "Declared: by");
    await card.getByText("Contained: every key").waitFor({ timeout: 20_000 });
    await picture(farid, "contained");
    expect([...(await activeNow(manager)).values()].filter(Boolean)).toEqual([]);

    const emi = await visit("emi");
    await messageWith(emi, "Declared: by").getByRole("button", { name: "Restore…" }).click();
    const restore = emi.getByRole("dialog", { name: "Restore keys" });
    await restore.getByLabel("Why").fill("the laptop is wiped");
    await picture(emi, "restore");
    await restore.getByRole("button", { name: "Ask for it" }).click();
    await emi.getByRole("dialog").getByText("is made").waitFor();

    // Who declared it is refused; a third responder's approval counts.
    await messageWith(farid, "Comes back").getByRole("button", { name: "Approve" }).click();
    await farid.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
    await farid
      .getByText(/somebody else has to decide/)
      .first()
      .waitFor();
    expect([...(await activeNow(manager)).values()].filter(Boolean)).toEqual([]);
    const chiara = await visit("chiara");
    await messageWith(chiara, "Comes back").getByRole("button", { name: "Approve" }).click();
    await chiara.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
    await messageWith(farid, "Declared: by").getByText("Restored (").waitFor({ timeout: 20_000 });
    await picture(farid, "restored");
    expect(await activeNow(manager)).toEqual(before);
  }, 90_000);
});
