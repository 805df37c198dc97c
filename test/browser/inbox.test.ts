import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AxeBuilder } from "@axe-core/playwright";
import { type Inbox, startInbox } from "@mail/inbox";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { sendBy } from "../inbox/send-by.ts";
import { skipWithout } from "../skip-without.ts";
import { hostileMails } from "./hostile-mails.ts";
import { missingBrowser, openBrowser, openPage } from "./open-page.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const views = {
  "desktop, light": { colorScheme: "light" },
  "desktop, dark": { colorScheme: "dark" },
  "phone, light": { colorScheme: "light", viewport: { width: 375, height: 720 } },
  "phone, dark": { colorScheme: "dark", viewport: { width: 375, height: 720 } },
} as const;

const code = {
  subject: "Your code",
  text: "Your code is 481 920",
  html: "<p>Your code is <b>481 920</b></p>",
  bcc: "audit@acme.example",
};

async function seeded(): Promise<Inbox> {
  const inbox = await startInbox({ port: 0 });
  await sendBy("sendgrid", inbox, {
    subject: "Invoice",
    tags: ["billing"],
    attachments: [{ filename: "a.pdf", content: "x" }],
  });
  await sendBy("mailgun", inbox, { subject: "Letter" });
  await sendBy("smtp", inbox, code);
  return inbox;
}

const row = (page: Page, subject: string) => page.getByRole("option", { name: subject });
const subjects = (page: Page) => page.locator(".mail-row-subject").allTextContents();

describe("the page of the inbox", () => {
  if (skipWithout(missingBrowser())) return;

  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  test("gives the addresses to send to while nothing came, and shows a mail as soon as it comes", async () => {
    await using inbox = await startInbox({ port: 0 });
    await using opened = await openPage(browser, inbox);
    const { page, errors } = opened;
    for (const via of ["smtp", "sendgrid", "mailgun", "ses"] as const)
      await page.getByText(`MAIL_URL=${inbox.urls[via]}`).waitFor();
    await page.getByText("each key is an inbox of its own").waitFor();
    await sendBy("ses", inbox, { subject: "First" });
    await row(page, "First").waitFor();
    await expect.poll(() => page.title()).toBe("(1) Inbox");
    expect(errors).toEqual([]);
  });

  test("shows a mail in all its views, with codes to copy", async () => {
    await using inbox = await seeded();
    await using opened = await openPage(browser, inbox, { permissions: ["clipboard-read", "clipboard-write"] });
    const { page, errors } = opened;
    await row(page, "Your code").click();
    await page.frameLocator("iframe").getByText("481 920").waitFor();
    await page.getByRole("button", { name: "Copy code: 481 920" }).click();
    await page.getByText("Copied code").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe("481 920");
    const shows = {
      Text: "Your code is 481 920",
      Envelope: "gets this as Bcc",
      Headers: "MIME-Version",
      SMTP: "RCPT TO:<audit@acme.example>",
      Source: "Content-Type: multipart/alternative",
      Checks: "Text and HTML",
      Events: "Nothing was sent yet",
    };
    for (const [tab, text] of Object.entries(shows)) {
      await page.getByRole("tab", { name: tab }).click();
      await page.getByRole("tabpanel").getByText(text).first().waitFor();
    }
    await row(page, "Invoice").click();
    await page.getByRole("tab", { name: "Request" }).click();
    await page.getByText("/v3/mail/send").waitFor();
    await page.getByRole("tab", { name: "Links" }).click();
    await page.getByRole("link", { name: "https://acme.example/orders/1" }).waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: /a\.pdf/ }).click();
    expect((await download).suggestedFilename()).toBe("a.pdf");
    const source = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download .eml" }).click();
    expect((await source).suggestedFilename()).toBe("Invoice.eml");
    expect(errors).toEqual([]);
  });

  test("follows the links of a mail when asked to", async () => {
    await using inbox = await startInbox({ port: 0, checkPrivateLinks: true });
    const [good, gone] = [`${inbox.urls.web}/api/v1/info`, `${inbox.urls.web}/api/v1/gone`];
    await sendBy("smtp", inbox, { subject: "Linked", html: `<a href="${good}">Go</a> <a href="${gone}">Gone</a>` });
    await using opened = await openPage(browser, inbox);
    const { page, errors } = opened;
    await row(page, "Linked").click();
    await page.getByRole("tab", { name: "Links" }).click();
    await page.getByRole("button", { name: "Follow the links" }).click();
    await page.getByRole("listitem").filter({ hasText: good }).getByText("200", { exact: true }).waitFor();
    await page.getByRole("listitem").filter({ hasText: gone }).getByText("404", { exact: true }).waitFor();
    await page.getByText("1 of 2 links do not work").waitFor();
    expect(errors).toEqual([]);
  });

  test("shows the preview in other widths and colours", async () => {
    await using inbox = await startInbox({ port: 0 });
    const css = "p{color:rgb(1,1,1)}@media (prefers-color-scheme:dark){p{color:rgb(250,250,250)}}";
    await sendBy("smtp", inbox, { subject: "Themed", html: `<style>${css}</style><p>Hi</p>` });
    await using opened = await openPage(browser, inbox);
    const { page } = opened;
    await row(page, "Themed").click();
    const text = page.frameLocator("iframe").locator("p");
    const color = () => text.evaluate((element) => element.ownerDocument.defaultView?.getComputedStyle(element).color);
    await expect.poll(color).toBe("rgb(1, 1, 1)");
    await page.getByRole("button", { name: "Dark" }).click();
    await expect.poll(color).toBe("rgb(250, 250, 250)");
    await page.getByRole("button", { name: "Phone" }).click();
    await expect.poll(async () => (await page.locator("iframe").boundingBox())?.width).toBe(375);
  });

  test("searches and chooses an inbox", async () => {
    await using inbox = await seeded();
    await using opened = await openPage(browser, inbox);
    const { page } = opened;
    const search = page.getByRole("searchbox");
    await search.fill("has:attachment");
    await expect.poll(() => subjects(page)).toEqual(["Invoice"]);
    await search.fill("tag:nothing");
    await page.getByText("No mail matches.").waitFor();
    await search.fill("");
    await expect.poll(() => subjects(page)).toEqual(["Your code", "Letter", "Invoice"]);
    await page.getByRole("combobox", { name: "Inbox" }).selectOption("default");
    await expect.poll(() => subjects(page)).toHaveLength(3);
  });

  test("keeps the mails of each domain in an inbox, and says so while nothing came", async () => {
    await using inbox = await startInbox({ port: 0, inboxBy: "recipient-domain" });
    await using opened = await openPage(browser, inbox);
    const { page } = opened;
    await page.getByText("each domain of a recipient is an inbox of its own").waitFor();
    await sendBy("sendgrid", inbox, { subject: "One", to: "ada@test-1.example" });
    await sendBy("mailgun", inbox, { subject: "Two", to: "ada@test-2.example" });
    await row(page, "Two").waitFor();
    const chooser = page.getByRole("combobox", { name: "Inbox" });
    await chooser.selectOption("test-1.example");
    await expect.poll(() => subjects(page)).toEqual(["One"]);
    await sendBy("smtp", inbox, { subject: "Three", to: "bob@test-1.example" });
    await expect.poll(() => subjects(page)).toEqual(["Three", "One"]);
  });

  test("is worked by keyboard alone", async () => {
    await using inbox = await seeded();
    await using opened = await openPage(browser, inbox);
    const { page, errors } = opened;
    const heading = page.locator("#mail-subject");
    const press = async (key: string, subject: string) => {
      await page.keyboard.press(key);
      await page.locator("#mail-subject", { hasText: subject }).waitFor();
    };
    await press("j", "Your code");
    await press("ArrowDown", "Letter");
    await press("k", "Your code");
    await page.keyboard.press("Enter");
    await expect.poll(() => heading.evaluate((element) => element.matches(":focus"))).toBe(true);
    await expect.poll(() => inbox.messages().at(-1)?.unread).toBe(false);
    await page.keyboard.press("u");
    await expect.poll(() => inbox.messages().at(-1)?.unread).toBe(true);
    await press("Delete", "Letter");
    await expect.poll(() => inbox.messages().map(({ subject }) => subject)).toEqual(["Invoice", "Letter"]);
    await page.keyboard.press("/");
    await page.keyboard.type("invoice?j");
    expect(await page.getByRole("searchbox").inputValue()).toBe("invoice?j");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys and search" }).waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
    await page.keyboard.press("Escape");
    await heading.waitFor({ state: "detached" });
    expect(errors).toEqual([]);
  });

  test("keys of one character can be switched off, for who speaks to the browser", async () => {
    await using inbox = await seeded();
    await using opened = await openPage(browser, inbox);
    const { page } = opened;
    await page.keyboard.press("?");
    await page.getByRole("checkbox", { name: "Keys of one character" }).uncheck();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const nothingComesOfKeys = async () => {
      for (const key of ["j", "f", "?"]) await page.keyboard.press(key);
      // Comes when the keys before it are done.
      await page.keyboard.press("ArrowDown");
      await page.locator("#mail-subject", { hasText: "Your code" }).waitFor();
      expect(await page.getByRole("dialog").count()).toBe(0);
    };
    await nothingComesOfKeys();
    await page.goto(inbox.urls.web);
    await page.locator(".mail-row").first().waitFor();
    await nothingComesOfKeys();
    await page.getByRole("button", { name: "Keys" }).click();
    await page.getByRole("checkbox", { name: "Keys of one character" }).check();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("f");
    await page.getByRole("dialog", { name: "Faults" }).waitFor();
  });

  test("reports to the app, logs and replays", async () => {
    await using inbox = await seeded();
    await using target = await startInbox({ port: 0 });
    inbox.setWebhookTargets({ smtp: target.urls.smtp });
    await using opened = await openPage(browser, inbox);
    const { page } = opened;
    await row(page, "Your code").click();
    await page.getByRole("tab", { name: "Events" }).click();
    await page.getByRole("button", { name: "Hard bounce", exact: true }).click();
    await page.getByRole("listitem").getByText("delivered", { exact: true }).waitFor();
    expect(target.messages()).toHaveLength(1);
    await page.getByRole("button", { name: "Send hard bounce again" }).click();
    await expect.poll(() => target.messages().length).toBe(2);
  });

  test("reports the kind of an event that was chosen", async () => {
    await using inbox = await seeded();
    await using opened = await openPage(browser, inbox);
    const { page } = opened;
    await row(page, "Letter").click();
    await page.getByRole("tab", { name: "Events" }).click();
    const kinds = page.getByRole("combobox", { name: "Kind of hard bounce" });
    const chosen = await kinds.locator("option").nth(1).getAttribute("value");
    await kinds.selectOption({ index: 1 });
    const request = page.waitForRequest((sent) => sent.method() === "POST" && sent.url().endsWith("/events"));
    await page.getByRole("button", { name: "Hard bounce", exact: true }).click();
    expect((await request).postDataJSON()).toEqual({ action: "hard_bounce", detail: chosen });
  });

  test("offers for a mail by SMTP what servers report, and nothing else", async () => {
    await using inbox = await seeded();
    await using opened = await openPage(browser, inbox);
    const { page } = opened;
    await row(page, "Your code").click();
    await page.getByRole("tab", { name: "Events" }).click();
    const buttons = page.getByRole("group", { name: "Report to the app" }).getByRole("button");
    await expect.poll(() => buttons.allTextContents()).toEqual(["Deliver", "Soft bounce", "Hard bounce", "Complain"]);
  });

  test("opens the panel of a key that follows at once on the end of another", async () => {
    await using inbox = await seeded();
    await using opened = await openPage(browser, inbox);
    const { page } = opened;
    for (const [key, name] of Object.entries({ f: "Faults", w: "Webhooks and addresses", "?": "Keys and search" })) {
      await page.keyboard.press(key);
      await page.getByRole("dialog", { name }).waitFor();
      await page.keyboard.press("Escape");
    }
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
  });

  test("says what is missing when there is no address to report to", async () => {
    await using inbox = await seeded();
    await using opened = await openPage(browser, inbox);
    const { page } = opened;
    await row(page, "Letter").click();
    await page.getByRole("tab", { name: "Events" }).click();
    await page.getByRole("button", { name: "Deliver", exact: true }).click();
    await page.getByRole("alert").waitFor();
    await page.keyboard.press("w");
    await page.getByRole("textbox", { name: "Mailgun" }).fill("http://127.0.0.1:9/x");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved").waitFor();
  });

  test("sets and removes faults", async () => {
    await using inbox = await seeded();
    await using opened = await openPage(browser, inbox);
    const { page } = opened;
    await page.keyboard.press("f");
    await page.getByRole("textbox", { name: "Recipient" }).fill("*@full.example");
    await page.getByRole("textbox", { name: "Inbox" }).fill("team-red");
    await page.getByRole("button", { name: "Add rule" }).click();
    await expect
      .poll(() => inbox.faults.list())
      .toMatchObject([{ to: "*@full.example", inbox: "team-red", stage: "rcpt" }]);
    await page.getByRole("button", { name: /^Remove: Reply 451/ }).click();
    await expect.poll(() => inbox.faults.list()).toEqual([]);
  });

  test("deletes all only when asked twice", async () => {
    await using inbox = await seeded();
    await using opened = await openPage(browser, inbox);
    const { page } = opened;
    await page.getByRole("button", { name: "Delete all" }).click();
    expect(inbox.messages()).toHaveLength(3);
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("heading", { name: "Waiting for mail" }).waitFor();
    expect(inbox.messages()).toEqual([]);
  });

  test("draws a few rows of many, and reaches the last", async () => {
    await using inbox = await startInbox({ port: 0 });
    const count = 350;
    for (let n = 0; n < count; n += 50)
      await Promise.all(Array.from({ length: 50 }, (_, i) => sendGridDirect(inbox, `Mail ${n + i}`)));
    await using opened = await openPage(browser, inbox);
    const { page } = opened;
    await page.getByText(`${count} mails`).waitFor();
    expect(await page.locator(".mail-row").count()).toBeLessThan(60);
    const last = page.locator(`.mail-row[aria-posinset="${count}"]`);
    await expect
      .poll(
        async () => {
          await page.locator(".mail-list").evaluate((list) => list.scrollTo(0, list.scrollHeight));
          return last.count();
        },
        { timeout: 30_000 },
      )
      .toBe(1);
    expect(await page.locator(".mail-row").count()).toBeLessThan(60);
  });

  test("takes the focus along on a phone, into the mail and back to the list", async () => {
    await using inbox = await seeded();
    await using opened = await openPage(browser, inbox, views["phone, light"]);
    const { page, errors } = opened;
    const focused = () => page.evaluate("document.activeElement.id");
    await row(page, "Your code").click();
    await expect.poll(focused).toBe("mail-subject");
    expect(await page.getByRole("heading", { level: 1 }).allTextContents()).toEqual(["Inbox"]);
    await page.getByRole("button", { name: "Back to the list" }).click();
    await expect.poll(focused).toBe("mail-list");
    await row(page, "Letter").click();
    await expect.poll(focused).toBe("mail-subject");
    await page.goBack();
    await expect.poll(focused).toBe("mail-list");
    expect(errors).toEqual([]);
  });

  test.each(Object.entries(views))("axe finds nothing: %s", async (_, options) => {
    await using inbox = await seeded();
    await using opened = await openPage(browser, inbox, options);
    const { page, errors } = opened;
    const check = async (what: string) => {
      const { violations } = await new AxeBuilder({ page }).exclude("iframe").analyze();
      expect([what, violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])]).toEqual([what, []]);
      const overflow = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect([what, overflow]).toEqual([what, 0]);
    };
    await check("list");
    for (const [key, name] of Object.entries({ f: "faults", w: "webhooks", "?": "help" })) {
      await page.keyboard.press(key);
      await page.getByRole("dialog").waitFor();
      await check(name);
      await page.keyboard.press("Escape");
    }
    await row(page, "Your code").click();
    for (const tab of ["HTML", "Text", "Links", "Checks", "Events", "Envelope", "Headers", "SMTP", "Source"]) {
      await page.getByRole("tab", { name: tab }).click();
      await check(tab);
    }
    expect(errors).toEqual([]);
  });

  describe("hostile mails", () => {
    const asked: string[] = [];
    const server = createServer((request, answer) => {
      asked.push(request.url ?? "");
      answer.end();
    });
    let connections = 0;
    server.on("connection", () => void connections++);
    beforeAll(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
    afterAll(() => void server.close());

    test.each(Object.keys(hostileMails("")))("%s gets nowhere", async (name) => {
      asked.length = 0;
      connections = 0;
      const canary = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await using inbox = await startInbox({ port: 0 });
      await sendBy("smtp", inbox, { subject: "Hostile", html: hostileMails(canary)[name] ?? "" });
      await using opened = await openPage(browser, inbox);
      const { page, errors } = opened;
      const opens: string[] = [];
      page.on("dialog", (dialog) => opens.push(dialog.message()));
      page.context().on("page", (other) => opens.push(other.url()));
      await row(page, "Hostile").click();
      const frame = page.frameLocator("iframe[title='HTML of the mail']");
      await frame.locator("body").waitFor({ state: "attached" });
      const go = frame.locator("#go");
      if ((await go.count()) > 0 && name !== "link to the top") await go.click();
      // A round trip of both the page and a second, direct look: whatever the mail had started would have come through.
      await page.getByRole("tab", { name: "Source" }).click();
      await page.getByText("Subject: Hostile").waitFor();
      expect(opens).toEqual([]);
      const direct = await page.context().newPage();
      direct.on("dialog", (dialog) => opens.push(dialog.message()));
      opens.length = 0;
      await direct.goto(`${inbox.urls.web}/preview/${inbox.messages()[0]?.id}`, { waitUntil: "load" });
      expect(direct.url()).toMatch(/\/preview\//);
      expect(await direct.title()).not.toBe("owned");
      await expect.poll(() => page.title()).toBe("Inbox");
      expect(page.url()).toContain(`${inbox.urls.web}/#/mail/`);
      expect(asked).toEqual([]);
      // Chromium opens some in advance, before it asks the policy.
      expect(connections).toBe(0);
      expect(opens).toEqual([]);
      expect(errors).toEqual([]);
    });

    test("remote images are loaded after a click", async () => {
      asked.length = 0;
      const canary = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await using inbox = await startInbox({ port: 0 });
      await sendBy("smtp", inbox, { subject: "Pictures", html: `<img src="${canary}/a.png"><p>x</p>` });
      await using opened = await openPage(browser, inbox);
      const { page } = opened;
      await row(page, "Pictures").click();
      await page.frameLocator("iframe").getByText("x").waitFor();
      expect(asked).toEqual([]);
      await page.getByRole("button", { name: "Show remote images" }).click();
      await expect.poll(() => asked).toEqual(["/a.png"]);
    });

    test("a link opens in a tab of its own that knows nothing of the inbox", async () => {
      asked.length = 0;
      const canary = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await using inbox = await startInbox({ port: 0 });
      await sendBy("smtp", inbox, { subject: "Linked", html: `<a href="${canary}/go" target=_top>Go</a>` });
      await using opened = await openPage(browser, inbox);
      const { page } = opened;
      await row(page, "Linked").click();
      const tab = page.context().waitForEvent("page");
      await page.frameLocator("iframe").getByText("Go").click();
      const other = await tab;
      await other.waitForURL(`${canary}/go`);
      expect(await other.evaluate("[window.opener, document.referrer]")).toEqual([null, ""]);
    });
  });
});

async function sendGridDirect(inbox: Inbox, subject: string): Promise<void> {
  await fetch(`${inbox.urls.web}/v3/mail/send`, {
    method: "POST",
    headers: { Authorization: "Bearer default", "Content-Type": "application/json" },
    body: JSON.stringify({
      from: { email: "app@acme.example" },
      personalizations: [{ to: [{ email: "ada@example.com" }] }],
      subject,
      content: [{ type: "text/plain", value: "x" }],
    }),
  });
}
