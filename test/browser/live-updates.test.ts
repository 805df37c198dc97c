import { startInbox } from "@mail/inbox";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { sendBy } from "../inbox/send-by.ts";
import { missingBrowser, openBrowser } from "./open-page.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const subjects = (page: Page) => page.locator(".mail-row-subject").allTextContents();

/** What the page tells screen readers stands there for a moment alone. */
const hearWhatIsSaid = `
  new MutationObserver(() => {
    for (const { textContent } of document.querySelectorAll("[role=status]")) hear(textContent);
  }).observe(document, { subtree: true, childList: true, characterData: true });
`;

describe.skipIf(missingBrowser() !== undefined)("the list while mails come in", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  test("a mail that comes while the list is on its way is neither lost nor shown twice", async () => {
    await using inbox = await startInbox({ port: 0 });
    await sendBy("smtp", inbox, { subject: "First" });
    const page = await browser.newPage();
    const told = Promise.withResolvers<void>();
    await page.exposeFunction("hear", (text: string) => text.includes("New mail: Second") && told.resolve());
    await page.addInitScript(hearWhatIsSaid);
    const isListening = page.waitForResponse("**/api/v1/events");
    let isSent = false;
    await page.route("**/api/v1/mails?*", async (route) => {
      const list = await route.fetch();
      if (!isSent) {
        isSent = true;
        await isListening;
        await sendBy("smtp", inbox, { subject: "Second" });
        await told.promise;
      }
      await route.fulfill({ response: list });
    });
    await page.goto(inbox.urls.web);
    await expect.poll(() => subjects(page)).toEqual(["Second", "First"]);
    await sendBy("smtp", inbox, { subject: "Third" });
    await expect.poll(() => subjects(page)).toEqual(["Third", "Second", "First"]);
    await expect.poll(() => page.title()).toBe("(3) Inbox");
    await page.close();
  });

  test("a mail that comes before the page is told of changes is shown as well", async () => {
    await using inbox = await startInbox({ port: 0 });
    await sendBy("smtp", inbox, { subject: "First" });
    const page = await browser.newPage();
    await page.route("**/api/v1/events", async (route) => {
      await page.getByRole("option", { name: "First" }).waitFor();
      await sendBy("smtp", inbox, { subject: "Second" });
      await route.continue();
    });
    await page.goto(inbox.urls.web);
    await expect.poll(() => subjects(page)).toEqual(["Second", "First"]);
    await page.close();
  });
});
