import { AxeBuilder } from "@axe-core/playwright";
import { memoryStore } from "@mail/core";
import { createTracker, type Tracker } from "@mail/tracking";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { skipWithout } from "../skip-without.ts";
import { missingBrowser, openBrowser } from "./open-page.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const views: Readonly<Record<string, BrowserContextOptions>> = {
  "desktop, light": { colorScheme: "light" },
  "desktop, dark": { colorScheme: "dark" },
  "phone, light": { colorScheme: "light", viewport: { width: 375, height: 720 } },
  "phone, dark": { colorScheme: "dark", viewport: { width: 375, height: 720 } },
};

const address = "ada.lovelace.with.a.rather.long.address@correspondence.analytical-engines.example";

function unsubscribing(): Tracker {
  return createTracker({
    store: memoryStore(),
    unsubscribe: {
      url: "https://app.example/unsubscribe",
      secret: "0123456789abcdef0123456789abcdef",
      texts: { product: "Acme <Shop>" },
    },
  });
}

interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** Errors, and what the page asks for beside itself. */
  readonly problems: readonly string[];
}

/** A page at the tracker's address, which its handler answers. */
async function openLink(
  browser: Browser,
  { unsubscribe }: Tracker,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const problems: string[] = [];
  await context.route("**", async (route) => {
    const request = route.request();
    if (!request.url().startsWith("https://app.example/unsubscribe?")) problems.push(request.url());
    const body = request.postDataBuffer();
    const headers = await request.allHeaders();
    if (headers["referer"] !== undefined) problems.push(`Referer: ${headers["referer"]}`);
    const response = await unsubscribe(
      new Request(request.url(), {
        method: request.method(),
        headers: { "content-type": headers["content-type"] ?? "text/plain" },
        ...(body !== null && { body: new Uint8Array(body) }),
      }),
    );
    await route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    });
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on("pageerror", ({ message }) => problems.push(message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("status of 400")) problems.push(message.text());
  });
  await page.goto(url);
  return { page, problems, [Symbol.asyncDispose]: () => context.close() };
}

const heading = (page: Page, name: string) => page.getByRole("heading", { name, level: 1 });
const overflow = (page: Page): Promise<unknown> =>
  page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");

describe("the page of one-click unsubscribe", () => {
  if (skipWithout(missingBrowser())) return;

  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  test("asks before it unsubscribes, by keyboard too, and takes it back", async () => {
    const tracker = unsubscribing();
    const url = tracker.unsubscribe.linkFor(address, { scope: "weekly <news>" });
    await using opened = await openLink(browser, tracker, url);
    const { page, problems } = opened;
    await heading(page, "Unsubscribe?").waitFor();
    await page.getByText("of the list “weekly <news>”").waitFor();
    expect(await tracker.suppressions.get(address)).toEqual([]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await heading(page, "You are unsubscribed").waitFor();
    expect(await tracker.suppressions.get(address)).toMatchObject([{ reason: "unsubscribed", scope: "weekly <news>" }]);
    expect((await tracker.recent({ type: "unsubscribed" })).events).toHaveLength(1);
    await page.getByRole("button", { name: "Subscribe again" }).click();
    await heading(page, "You are subscribed again").waitFor();
    expect(await tracker.suppressions.get(address)).toEqual([]);
    expect(problems).toEqual([]);
  });

  test("says so where a link was cut", async () => {
    const tracker = unsubscribing();
    await using opened = await openLink(browser, tracker, tracker.unsubscribe.linkFor(address).slice(0, -3));
    await heading(opened.page, "This link does not work").waitFor();
    expect(await opened.page.getByRole("button").count()).toBe(0);
    expect(opened.problems).toEqual([]);
  });

  test.each(Object.entries(views))("can be read by everybody, and fits (%s)", async (_name, options) => {
    const tracker = unsubscribing();
    const url = tracker.unsubscribe.linkFor(address, { scope: "newsletter" });
    await using opened = await openLink(browser, tracker, url, options);
    const { page, problems } = opened;
    const check = async (): Promise<void> => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      expect(await overflow(page)).toBe(0);
    };
    await heading(page, "Unsubscribe?").waitFor();
    await check();
    await page.getByRole("button").click();
    await heading(page, "You are unsubscribed").waitFor();
    await check();
    await page.goto(`${url}x`);
    await heading(page, "This link does not work").waitFor();
    await check();
    expect(problems).toEqual([]);
  });
});
