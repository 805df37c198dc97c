import { existsSync } from "node:fs";
import type { Inbox } from "@mail/inbox";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const executablePath = "/usr/bin/chromium";

/** What is missing for tests in a browser, and how to get it. */
export function missingBrowser(): string | undefined {
  return existsSync(executablePath) ? undefined : "Chromium is missing: sudo apt-get install -y chromium";
}

export async function openBrowser(): Promise<Browser> {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", ...quiet] });
}

export interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors of the page itself. */
  readonly errors: readonly string[];
}

/** The inbox's page in a window of its own, once its list is drawn. */
export async function openPage(
  browser: Browser,
  inbox: Inbox,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  const answer = await page.goto(inbox.urls.web);
  if (answer?.status() !== 200) throw new Error("Build the page first: npm run build --workspace @mail/inbox");
  await page.locator(".mail-row, .empty").first().waitFor();
  return { page, errors, [Symbol.asyncDispose]: () => context.close() };
}
