import { writeFile } from "node:fs/promises";
import type { Browser, ElementHandle, Locator, Page } from "playwright-core";
import { containsSecret } from "../../src/domain/secret.ts";

/**
 * Makes it impossible to keep a secret as a picture, for all pages of this process: a screenshot is
 * refused while its page shows a secret, and whatever else records a page is refused always.
 */
export async function refusePicturesOfSecrets(browser: Browser): Promise<Browser> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const handle = (await page.evaluateHandle(() => document.documentElement)) as ElementHandle;
  const prototypeOf = <Kind extends object>(of: Kind): Kind => Object.getPrototypeOf(of) as Kind;

  const pages = prototypeOf<Page>(page);
  pages.screenshot = onlyWithoutSecret(pages);
  pages.pdf = refuse;
  pages.routeFromHAR = refuse;
  prototypeOf<Locator>(page.locator("html")).screenshot = refuse;
  prototypeOf(handle).screenshot = refuse;
  prototypeOf(page.screencast).start = refuse;
  prototypeOf(context).routeFromHAR = refuse;
  Object.assign(prototypeOf(context.tracing), { start: refuse, startChunk: refuse, startHar: refuse });

  const browsers = prototypeOf(browser);
  const newContext = originalOf(browsers, "newContext");
  browsers.newContext = async function (this: Browser, options = {}) {
    return (options.recordVideo ?? options.recordHar) ? refuse() : newContext.call(this, options);
  };
  browsers.startTracing = refuse;
  await context.close();
  return browser;
}

/** Looks before and after, so that a secret that comes meanwhile is not kept either. */
function onlyWithoutSecret(pages: Page): Page["screenshot"] {
  const screenshot = originalOf(pages, "screenshot");
  return async function (this: Page, { path, ...options } = {}) {
    await refuseIfShown(this);
    const picture = await screenshot.call(this, options);
    await refuseIfShown(this);
    if (path !== undefined) await writeFile(path, picture);
    return picture;
  };
}

function originalOf<Kind extends object, Name extends keyof Kind>(of: Kind, name: Name): Kind[Name] {
  return Reflect.get(of, name);
}

async function refuseIfShown(page: Page): Promise<void> {
  // What is typed into fields is no text of the page.
  const shown = await page.evaluate(() => {
    const fields = [...document.querySelectorAll<HTMLInputElement>("input, textarea")];
    return [document.documentElement.textContent, ...fields.map(({ value }) => value)].join("\n");
  });
  if (containsSecret(shown)) throw new Error("A secret is on the page: no picture of it is taken.");
}

function refuse(): never {
  throw new Error("Only a page's screenshot may be taken: whatever else records a page could keep a secret.");
}
