import { existsSync } from "node:fs";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sparticuz, { inflate } from "@sparticuz/chromium";
import { chromium, type Browser } from "playwright-core";
import { refusePicturesOfSecrets } from "./no-pictures.ts";

/** Why no browser can run here, or undefined where one can: the npm package carries Linux on x64 only. */
export const noBrowserBecause: string | undefined =
  process.platform === "linux" && process.arch === "x64"
    ? undefined
    : `@sparticuz/chromium has no build for ${process.platform} on ${process.arch}`;

if (noBrowserBecause !== undefined) {
  process.stderr.write(`\n*** BROWSER TESTS SKIPPED: ${noBrowserBecause} ***\n\n`);
}

const args = [
  "--no-sandbox", // Chromium refuses to run as root with its sandbox
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-domain-reliability",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
  "--no-pings",
  "--font-render-hinting=none",
];

/** A headless Chromium from an npm package that takes no picture of a secret; the caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  const home = await unpackedBrowser();
  const executablePath = join(home, "chromium");
  const env = { ...process.env, FONTCONFIG_FILE: join(home, "fonts.conf") };
  try {
    return await refusePicturesOfSecrets(await chromium.launch({ args, executablePath, env }));
  } catch (cause) {
    // A slim image lacks NSS; the package brings the libraries along.
    if (!(cause instanceof Error) || !cause.message.includes("shared libraries")) throw cause;
    const withLibraries = { ...env, LD_LIBRARY_PATH: join(home, "al2023/lib") };
    return refusePicturesOfSecrets(await chromium.launch({ args, executablePath, env: withLibraries }));
  }
}

/** Unpacks once a machine and version: beside its final name and then moved, as several test files start at once. */
async function unpackedBrowser(): Promise<string> {
  const root = fileURLToPath(new URL("..", import.meta.resolve("@sparticuz/chromium")));
  const binaries = join(root, "bin");
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const home = join(tmpdir(), `portcullis-chromium-${version}`);
  if (existsSync(home)) return home;

  const mine = await mkdtemp(`${home}-`);
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = mine; // the package unpacks to the temporary folder, and takes no other
  try {
    await sparticuz.executablePath(binaries);
    await inflate(join(binaries, "al2023.tar.br"));
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
  await writeFile(join(mine, "fonts.conf"), fontConfiguration(home));
  await rename(mine, home).catch(async (cause: unknown) => {
    await rm(mine, { recursive: true, force: true });
    if (!existsSync(home)) throw cause;
  });
  return home;
}

const fontConfiguration = (home: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${home}/fonts</dir>
  <cachedir>${home}/fonts-cache</cachedir>
</fontconfig>
`;
