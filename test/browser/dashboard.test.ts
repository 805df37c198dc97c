import { AxeBuilder } from "@axe-core/playwright";
import { MailError } from "@mail/core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { skipWithout } from "../skip-without.ts";
import { type DashboardApp, startApp } from "./dashboard-app.ts";
import { addBounced, fillSample } from "./dashboard-sample.ts";
import { missingBrowser, openBrowser } from "./open-page.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const views: Readonly<Record<string, BrowserContextOptions>> = {
  "desktop, light": { colorScheme: "light" },
  "phone, dark": { colorScheme: "dark", viewport: { width: 375, height: 720 } },
};

interface Window extends AsyncDisposable {
  readonly page: Page;
  /** Errors of pages, and what the console and the content policy complain of. */
  readonly problems: readonly string[];
}

async function openWindow(browser: Browser, options: BrowserContextOptions = {}): Promise<Window> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const problems: string[] = [];
  page.on("pageerror", ({ message }) => problems.push(message));
  page.on("console", (message) => void (message.type() === "error" && problems.push(message.text())));
  page.on("dialog", (dialog) => problems.push(dialog.message()));
  page.on("request", (request) => {
    if (!/^(http:\/\/127\.0\.0\.1|data:image)/.test(request.url())) problems.push(request.url());
  });
  return { page, problems, [Symbol.asyncDispose]: () => context.close() };
}

/** Every page once, by a name. */
async function pagesOf({ url, tracker }: DashboardApp): Promise<Readonly<Record<string, string>>> {
  const { events } = await tracker.recent({ type: "bounced", limit: 1 });
  const { entries } = await tracker.suppressions.list({ limit: 1 });
  const mailId = encodeURIComponent(events[0]?.mailId ?? "");
  const { address = "", reason = "", scope = "" } = entries[0] ?? {};
  const remove = new URLSearchParams({ view: "unsuppress", address, reason, scope });
  return {
    overview: `${url}?range=7d`,
    hours: `${url}?range=24h`,
    "other days": `${url}?from=2026-02-30&to=2026-03-01`,
    events: `${url}?view=mail`,
    "one mail": `${url}?view=mail&id=${mailId}`,
    suppressions: `${url}?view=suppressions&done=added`,
    add: `${url}?view=suppress`,
    remove: `${url}?${remove}`,
    import: `${url}?view=import`,
  };
}

const overflow = (page: Page): Promise<unknown> =>
  page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");

describe("the dashboard", () => {
  if (skipWithout(missingBrowser())) return;

  let browser: Browser;
  let app: DashboardApp;
  beforeAll(async () => {
    browser = await openBrowser();
    app = await startApp();
    await fillSample(app, 8, 25);
    await addBounced(app);
    await app.tracker.suppressions.add({ address: "press@example.com", note: "asked by phone" });
  });
  afterAll(async () => {
    await browser?.close();
    await app?.[Symbol.asyncDispose]();
  });

  test.each(Object.entries(views))("axe finds nothing on any page: %s", async (_, options) => {
    await using opened = await openWindow(browser, options);
    const { page, problems } = opened;
    for (const [name, url] of Object.entries(await pagesOf(app))) {
      await page.goto(url);
      await page.setViewportSize({ height: 720, width: options.viewport?.width ?? 1280 });
      await page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true");
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect([name, violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])]).toEqual([name, []]);
      for (const width of [1280, 768, 375]) {
        await page.setViewportSize({ width, height: 720 });
        expect([name, width, await overflow(page)]).toEqual([name, width, 0]);
      }
    }
    expect(problems).toEqual([]);
  });

  test.each(Object.entries(views))(
    "axe finds nothing where there is nothing, or the store is away: %s",
    async (_, options) => {
      await using empty = await startApp();
      await using broken = await startApp();
      const away = new MailError("away", { code: "unavailable" });
      vi.spyOn(broken.store.suppressions, "counts").mockRejectedValue(away);
      await using opened = await openWindow(browser, options);
      const { page } = opened;
      const urls = [
        empty.url,
        `${empty.url}?view=mail`,
        `${empty.url}?view=mail&id=x`,
        `${empty.url}?view=suppressions`,
      ];
      for (const url of [...urls, `${empty.url}?view=nothing`, `${broken.url}?view=suppressions`]) {
        await page.goto(url);
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect([url, violations.map(({ id }) => id)]).toEqual([url, []]);
        expect([url, await overflow(page)]).toEqual([url, 0]);
      }
    },
  );

  test.each(["", "/"])("is walked through by its links without JavaScript, mounted at /admin/mail%s", async (slash) => {
    await using opened = await openWindow(browser, { javaScriptEnabled: false });
    const { page, problems } = opened;
    await page.goto(`${app.url}${slash}`);
    await page.getByRole("heading", { name: "Sent and delivered" }).waitFor();
    await page.getByRole("link", { name: "7 days" }).click();
    await page.getByText("The same as a table").click();
    expect(
      await page
        .getByRole("table", { name: /Numbers by day/ })
        .getByRole("row")
        .count(),
    ).toBe(8);
    await page.getByText("Other days").click();
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByText("so far, UTC").waitFor();
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Mail" }).click();
    await page.getByLabel("Show").selectOption("bounced");
    await page.getByRole("button", { name: "Apply" }).click();
    await page
      .getByRole("link", { name: /Timeline/ })
      .first()
      .click();
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    await page.getByText("wrote it").last().click();
    await page.getByText('"event": "bounced"').waitFor();
    const id = new URL(page.url()).searchParams.get("id") ?? "";
    await page.getByRole("link", { name: "Newest events" }).click();
    await page.getByRole("searchbox").fill(id);
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByRole("heading", { name: "Recipients" }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/admin/mail${slash}`);
    expect(problems).toEqual([]);
  });

  test("adds, finds and removes an address, takes a file in and gives one out", async () => {
    await using own = await startApp();
    await using opened = await openWindow(browser, { javaScriptEnabled: false, acceptDownloads: true });
    const { page, problems } = opened;
    await page.goto(`${own.url}?view=suppressions`);
    await page.getByRole("link", { name: "Add an address" }).click();
    await page.getByLabel("Address").fill("not an address");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Address").fill("Ada@Example.com");
    await page.getByLabel("Note").fill("asked by phone");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByRole("status").getByText("The address is on the list.").waitFor();
    await page.getByRole("link", { name: "Remove ada@example.com" }).click();
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByText("The address was taken off the list.").waitFor();
    await page.getByRole("link", { name: "Import CSV" }).click();
    const buffer = Buffer.from("email,reason\ngrace@example.com,bounced\nnonsense,bounced\n");
    await page.getByLabel("File", { exact: true }).setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer });
    await page.getByRole("button", { name: "Import" }).click();
    await page.getByText("1 added, 0 there already, 1 not taken.").waitFor();
    await page.getByRole("row", { name: /^3/ }).waitFor();
    await page.getByRole("link", { name: "Suppressions" }).first().click();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Export CSV" }).click();
    expect((await download).suggestedFilename()).toBe("suppressions.csv");
    expect(await own.tracker.suppressions.counts()).toMatchObject({ bounced: 1, manual: 0 });
    expect(problems.filter((text) => !text.includes("422"))).toEqual([]);
  });

  test("another site's page cannot post to it", async () => {
    await using own = await startApp();
    await using opened = await openWindow(browser);
    const { page } = opened;
    await page.route("http://evil.example/", (route) =>
      route.fulfill({
        contentType: "text/html",
        body: `<form method="post" action="${own.url}?view=suppress"><input name="address" value="ada@example.com"></form><script>document.forms[0].submit()</script>`,
      }),
    );
    await page.goto("http://evil.example/");
    await page.getByText("Another site’s page may not change this").waitFor();
    expect(await own.tracker.suppressions.counts()).toMatchObject({ manual: 0 });
  });

  test("hostile and unwieldy values neither run nor break the page", async () => {
    await using own = await startApp();
    const attack = `"><script>document.title='owned'</script><img src=x onerror="document.title='owned'">`;
    const long = `${"very-long-".repeat(6)}@${"sub.".repeat(30)}example.com`;
    const subject = `${attack} \u202Eשלום ${"x".repeat(300)}`;
    const mail = { at: Date.now(), transport: attack, tags: [attack, "y".repeat(200)], metadata: { [attack]: attack } };
    await own.store.tracking?.recordMails([{ id: "m1", recipients: [long], subject, ...mail }]);
    const event = { provider: attack, mailId: "m1", recipient: long, tags: mail.tags, metadata: {}, raw: attack };
    const at = new Date();
    await own.tracker.add([
      { id: "1", type: "sent", at, ...event },
      { id: "2", type: "clicked", at, url: `javascript:document.title='owned'//${"z".repeat(900)}`, ...event },
      { id: "3", type: "bounced", at, permanent: true, response: `${attack} ${"w".repeat(900)}`, ...event },
    ]);
    await own.tracker.suppressions.add({
      address: "a@example.com",
      scope: "s".repeat(100),
      note: attack + "n".repeat(500),
    });
    for (const options of Object.values(views)) {
      await using opened = await openWindow(browser, options);
      const { page, problems } = opened;
      for (const query of ["", "?view=mail", "?view=mail&id=m1", "?view=suppressions"]) {
        await page.goto(`${own.url}${query}`);
        expect([query, await page.title()]).not.toContain("owned");
        expect([query, await overflow(page)]).toEqual([query, 0]);
      }
      expect(problems).toEqual([]);
    }
  });

  test("is worked by keyboard: a link leads past the navigation, and what has the focus is seen", async () => {
    await using opened = await openWindow(browser);
    const { page } = opened;
    await page.goto(app.url);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate("document.activeElement.id")).toBe("main");
    await page.keyboard.press("Tab");
    const focused = page.locator(":focus");
    expect(await focused.textContent()).toBe("24 hours");
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
  });
});
