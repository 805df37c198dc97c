import type { Inbox } from "@mail/inbox";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { missingBrowser, openBrowser, openPage } from "../browser/open-page.ts";
import { message } from "../inbox/send-by.ts";
import { skipWithout } from "../skip-without.ts";
import { startEventApp, startEventInbox } from "./event-app.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe("a press of the button on the page", () => {
  if (skipWithout(missingBrowser())) return;

  let browser: Browser;
  let inbox: Inbox;
  beforeAll(async () => {
    [browser, inbox] = await Promise.all([openBrowser(), startEventInbox()]);
  });
  afterAll(async () => {
    await browser?.close();
    await inbox?.close();
  });

  test.each([
    { via: "smtp", otherKind: "no-such-domain" },
    { via: "sendgrid", otherKind: "dropped-bounced-address" },
    { via: "mailgun", otherKind: "legacy-bounced" },
    { via: "ses", otherKind: "no-email" },
  ] as const)("is in the timeline of a mail by $via, once however often it is sent", async ({ via, otherKind }) => {
    inbox.clear();
    await using app = await startEventApp(inbox, { via });
    const { tracker, mailer } = app;
    const { id, providerId } = await mailer.send({ ...message, subject: `By ${via}` });
    await using opened = await openPage(browser, inbox);
    const { page, errors } = opened;
    await page.getByRole("option", { name: `By ${via}` }).click();
    await page.getByRole("tab", { name: "Events" }).click();
    const answered = page.getByRole("listitem").getByText("delivered", { exact: true });

    await page.getByRole("button", { name: "Hard bounce", exact: true }).click();
    await answered.waitFor();
    const reported = async () => (await tracker.timeline(id)).filter(({ provider }) => provider === via);
    expect(await reported()).toMatchObject([
      { type: "bounced", permanent: true, recipient: "ada@example.com", mailId: id },
    ]);
    expect((await reported())[0]?.providerId).toBe(providerId);

    await page.getByRole("button", { name: "Send hard bounce again" }).click();
    await page.getByText("2 tries").waitFor();
    expect(await reported()).toHaveLength(1);

    await page.getByRole("combobox", { name: "Kind of hard bounce" }).selectOption(otherKind);
    await page.getByRole("button", { name: "Hard bounce", exact: true }).click();
    await expect.poll(() => answered.count()).toBe(2);
    expect(await reported()).toHaveLength(2);
    await expect(mailer.send(message)).rejects.toMatchObject({ code: "suppressed" });
    expect(errors).toEqual([]);
  });
});
