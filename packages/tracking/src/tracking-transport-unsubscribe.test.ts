import { createMailer } from "@mail/core";
import { mock } from "@mail/mock";
import { describe, expect, test } from "vitest";
import { createTracker } from "./create-tracker.ts";

const hello = { from: "hello@acme.example", to: "ada@example.com", subject: "Hi", text: "Hello", tags: ["welcome"] };

describe("one-click unsubscribe", () => {
  const unsubscribe = { url: "https://app.example/unsubscribe", secret: "0123456789abcdef0123456789abcdef" };

  test("goes from the mail's own link to the list, the timeline and the numbers", async () => {
    const tracker = createTracker({ unsubscribe });
    const inner = mock();
    const mailer = createMailer({ transport: tracker.transport(inner), suppressions: tracker.suppressions });
    const mail = { ...hello, unsubscribe: { url: tracker.unsubscribe.url() } };
    const { id } = await mailer.send(mail);
    const link = /<(https:[^>]+)>/.exec(inner.last?.headers["List-Unsubscribe"] ?? "")?.[1] ?? "";
    const body = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
    expect((await tracker.unsubscribe(new Request(link, { method: "POST", body }))).status).toBe(200);
    expect(await tracker.status(id)).toMatchObject({ recipients: [{ state: "unsubscribed" }] });
    expect((await tracker.stats({ since: new Date(0) })).total).toMatchObject({ sent: 1, unsubscribed: 1 });
    await expect(mailer.send(mail)).rejects.toMatchObject({ code: "suppressed" });
  });

  test("of several recipients in one mail is refused before anything is sent, and by check() too", async () => {
    const tracker = createTracker({ unsubscribe });
    const inner = mock();
    const mailer = createMailer({ transport: tracker.transport(inner) });
    const mail = {
      ...hello,
      to: ["ada@example.com", "bob@example.com"],
      unsubscribe: { url: tracker.unsubscribe.url() },
    };
    await expect(mailer.send(mail)).rejects.toMatchObject({ code: "invalid_message", delivery: "not_sent" });
    expect(await mailer.check(mail)).toMatchObject({ ok: false });
    expect(inner.sent).toEqual([]);
    expect((await tracker.recent()).events).toEqual([]);
  });

  test("is each recipient's own in a mail merge", async () => {
    const tracker = createTracker({ unsubscribe });
    const inner = mock();
    const mailer = createMailer({ transport: tracker.transport(inner) });
    const url = tracker.unsubscribe.url();
    await mailer.sendBulk({ from: "hello@acme.example", subject: "Hi", text: "Hello", unsubscribe: { url } }, [
      { to: "ada@example.com" },
      { to: "bob@example.com" },
    ]);
    const links = inner.sent.map(({ headers }) => headers["List-Unsubscribe"]);
    expect(new Set(links).size).toBe(2);
    expect(links).not.toContain(`<${url}>`);
  });
});
