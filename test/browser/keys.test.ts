import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SECOND } from "../../src/domain/values.ts";
import { launchBrowser, noBrowserBecause } from "../support/browser.ts";
import { personNamed, testPolicy } from "../support/context.ts";
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
    const { rules } = testPolicy();
    const lister = {
      name: "one for listing",
      when: { roles: ["Key lister"] },
      needs: [{ group: "security", approvals: 1 }],
    };
    program = await startProgram({ policy: testPolicy({ rules: [...rules, lister] }) });
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

  const composer = (page: Page) => page.getByRole("combobox", { name: /^Message / });
  const messageWith = (page: Page, words: string) =>
    page.getByRole("article").filter({ hasText: words }).last();

  /** Sends a line. While a dialog that was closed is still on its way out, keys go to it. */
  async function send(page: Page, line: string): Promise<void> {
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await composer(page).fill(`/apikey ${line}`);
    await composer(page).press("Enter");
  }

  /** Sends a line, and waits for the private answer with these words. */
  async function type(page: Page, line: string, words: string): Promise<void> {
    await send(page, line);
    await messageWith(page, words).waitFor();
  }

  async function room(page: Page, name: RegExp): Promise<void> {
    await page.getByRole("navigation", { name: "Channels and apps" }).getByRole("link", { name }).click();
  }

  test("one key is listed, shown, edited, given another role, locked, unlocked, rotated and handed over", async () => {
    const asOwner = await program.slack.as("ada");
    await askAndGetApproved(program, asOwner, { name: "ci-deploy" });
    await showSecret(program, asOwner, "ci-deploy");
    await program.context.manager.createRole({
      name: "Key lister",
      description: "",
      rights: ["platformRights.apikeyRights.canViewApiKeys"],
      allComputers: true,
      allPolicies: true,
      allowUserInterface: false,
      allowWebService: true,
      onlyEqualOrLesserUsers: false,
      computerIds: [],
      computerGroupIds: [],
      policyIds: [],
    });
    const managed = async () => program.context.manager.keyNamed("ci-release");

    const ada = await visit("ada");
    await type(ada, "list", "1 to 1 of 1.");
    await picture(ada, "key-list");
    await messageWith(ada, "1 to 1 of 1.").getByRole("button", { name: "Show" }).click();
    const page = messageWith(ada, "API key: ci-deploy");
    await page.getByText("History, the newest first").waitFor();
    await picture(ada, "key-page");

    await page.getByRole("button", { name: "Edit…" }).click();
    const edit = ada.getByRole("dialog", { name: "Edit a key" });
    await edit.getByLabel("Name").fill("ci-release");
    await edit.getByLabel("Expires earlier").fill("in 30 days");
    await picture(ada, "key-edit");
    await edit.getByRole("button", { name: "Save" }).click();
    await ada.getByRole("dialog").getByText("ci-release is changed.").waitFor();
    await picture(ada, "key-edited");
    await ada.getByRole("dialog").getByRole("button", { name: "Close", exact: true }).click();
    expect(await managed()).toBeDefined();

    await type(ada, "lock ci-release for 2h because a deployment freeze", "ci-release is locked until");
    await picture(ada, "key-locked");
    expect((await managed())?.active).toBe(false);
    await messageWith(ada, "ci-release is locked until").getByRole("button", { name: "Unlock" }).click();
    await messageWith(ada, "is as it was before it was locked").waitFor();
    expect((await managed())?.active).toBe(true);

    await send(ada, "role ci-release");
    const role = ada.getByRole("dialog", { name: "Another role" });
    await role.getByRole("combobox", { name: /New role/ }).click();
    await ada.keyboard.type("lister");
    await ada.getByRole("option", { name: /Key lister/ }).click();
    await role.getByText("Who will be asked").waitFor();
    await role.getByLabel("Why").fill("it only lists keys now");
    await picture(ada, "key-role");
    await role.getByRole("button", { name: "Ask" }).click();
    await ada.getByRole("dialog").getByText("is made").waitFor();
    await ada.getByRole("dialog").getByRole("button", { name: "Close", exact: true }).click();

    const chiara = await visit("chiara");
    await room(chiara, /key-approvals/);
    const card = messageWith(chiara, "Another role: ci-release");
    await card.getByRole("button", { name: "Approve" }).waitFor();
    await picture(chiara, "key-role-card");
    await card.getByRole("button", { name: "Approve" }).click();
    await chiara.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
    await card.getByText("Done: approved by").waitFor({ timeout: 15_000 });
    expect((await managed())?.role).toBeGreaterThan(2);

    await send(ada, "rotate ci-release");
    const rotate = ada.getByRole("dialog", { name: "Rotate a key" });
    await rotate.getByText("The old secret works until").waitFor();
    await picture(ada, "key-rotate");
    await rotate.getByRole("button", { name: "Rotate" }).click();
    await ada.getByRole("dialog").getByText("everything stays as it is").waitFor();
    await ada.getByRole("dialog").getByRole("button", { name: "Close", exact: true }).click();
    await room(ada, /Portcullis/);
    await ada.getByRole("link", { name: "Messages" }).click();
    const claim = messageWith(ada, "A new secret for your API key ci-release");
    await claim.getByRole("button", { name: "Show my secret once" }).click();
    await messageWith(ada, "It is shown this once").waitFor();
    await messageWith(ada, "It is shown this once").getByRole("button", { name: "I have stored it" }).click();
    await messageWith(ada, "It is shown this once").waitFor({ state: "detached" });
    await picture(ada, "key-rotated");

    await room(ada, /general/);
    await send(ada, "assign ci-release");
    const assign = ada.getByRole("dialog", { name: "Hand a key over" });
    await assign.getByRole("combobox", { name: /New owner/ }).click();
    await ada.keyboard.type("ben");
    await ada.getByRole("option", { name: /Ben Okafor/ }).click();
    await assign.getByLabel("Why").fill("I change teams");
    await picture(ada, "key-assign");
    await assign.getByRole("button", { name: "Ask" }).click();
    await ada.getByRole("dialog").getByText("is made").waitFor();
    await picture(ada, "key-assigned");

    const farid = await visit("farid");
    await send(farid, "search");
    await farid.getByRole("dialog", { name: "Search for keys" }).getByLabel("Name").fill("ci*");
    await picture(farid, "key-search");
    await farid.getByRole("dialog").getByRole("button", { name: "Search" }).click();
    await farid.getByRole("dialog").getByText("ci-release").first().waitFor();
    await picture(farid, "key-found");
  });
});
