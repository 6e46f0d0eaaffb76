import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SECOND } from "../../src/domain/values.ts";
import { launchBrowser, noBrowserBecause } from "../support/browser.ts";
import { personNamed } from "../support/context.ts";
import { askAndGetApproved, askFor, showSecret } from "../support/conversation.ts";
import { type Program, startProgram } from "../support/program.ts";

const general = "C0GENERAL01";
/** What people see, for whoever wants to look at it. */
const pictures = join(tmpdir(), "portcullis-pictures");

describe.skipIf(noBrowserBecause !== undefined)("the life of a key in a browser", () => {
  let browser: Browser;
  let program: Program;
  let troubles: string[];

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
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
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(8000);
    page.on("pageerror", (error) => troubles.push(error.message));
    await page.goto(`${program.slack.url}#/${personNamed(name)}/${general}`);
    return page;
  }

  async function openHome(page: Page): Promise<void> {
    await page
      .getByRole("navigation", { name: "Channels and apps" })
      .getByRole("link", { name: /Portcullis/ })
      .click();
    await page.getByRole("link", { name: "Home" }).click();
    await page.getByRole("heading", { name: "Your API keys" }).waitFor();
  }

  const picture = async (page: Page, name: string): Promise<void> =>
    void (await page.screenshot({ path: join(pictures, `${name}.png`) }));

  test("the Home of somebody new, of an owner and of an approver, who decides there", async () => {
    const newcomer = await visit("grace");
    await openHome(newcomer);
    await picture(newcomer, "home-new");
    await newcomer.getByRole("button", { name: "Ask for an API key" }).click();
    await newcomer.getByRole("dialog", { name: "Ask for an API key" }).getByLabel("Name").waitFor();

    const ada = await program.slack.as("ada");
    await askAndGetApproved(program, ada, { name: "ci-deploy", life: "days:7" });
    await showSecret(program, ada, "ci-deploy");
    await askAndGetApproved(program, ada, { name: "nightly-report" });
    await askFor(program, ada, { name: "ci-test" });
    const owner = await visit("ada");
    await openHome(owner);
    await owner.getByRole("heading", { name: "Secrets that wait for you" }).waitFor();
    await picture(owner, "home-owner");

    const approver = await visit("chiara");
    await openHome(approver);
    await approver.getByRole("heading", { name: "Waiting for your decision" }).waitFor();
    await picture(approver, "home-approver");
    await approver.getByRole("button", { name: "Approve" }).click();
    await approver.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
    await approver.getByText("You approved").waitFor();
    await picture(approver, "home-approved");

    program.clock.advance(10 * SECOND);
    await owner.getByText("ci-test").first().waitFor();
    const responder = await visit("farid");
    await openHome(responder);
    await responder.getByRole("heading", { name: "All keys" }).waitFor();
    await picture(responder, "home-responder");
  });
});
