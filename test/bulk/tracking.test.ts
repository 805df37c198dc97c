import { createMailer, type Receipt } from "@mail/core";
import { createTracker } from "@mail/tracking";
import { describe, expect, test } from "vitest";
import { startEventApp, startEventInbox } from "../events/event-app.ts";
import { apis, countRequests, freshInbox, transportTo } from "./bulk-inbox.ts";

const names = ["ada", "bob", "cy"];
const people = names.map((name) => ({ to: `${name}@example.com`, data: { name } }));

async function sentBy(run: ReturnType<ReturnType<typeof createMailer>["sendBulk"]>): Promise<readonly Receipt[]> {
  const receipts: Receipt[] = [];
  for await (const outcome of run) {
    if (!outcome.ok) throw outcome.error;
    receipts[outcome.index] = outcome.receipt;
  }
  return receipts;
}

describe.each(apis)("a tracked mail merge by %s", (via) => {
  test("gives each recipient a link of their own, in header and text", async () => {
    const inbox = await freshInbox();
    const asked = countRequests(inbox, via);
    const unsubscribe = { url: "https://acme.example/u", secret: "0123456789abcdef0123456789abcdef" };
    const tracker = createTracker({ unsubscribe });
    const mailer = createMailer({ transport: tracker.transport(transportTo(inbox, via)) });
    const url = tracker.unsubscribe.url();
    const sent = await sentBy(
      mailer.sendBulk(
        {
          from: "hello@acme.example",
          subject: "Hi {{name}}",
          text: `Leave: ${url}`,
          html: `<a href="${url}">{{name}} leaves</a>`,
          unsubscribe: { url, oneClick: true },
        },
        people,
      ),
    );
    expect(asked()).toBe(1);
    const links = new Set<string>();
    for (const { id } of sent) {
      const mail = inbox.messages().find(({ mailId }) => mailId === id);
      const link = /^<(\S+)>$/.exec(
        mail?.headers.find(({ name }) => /^list-unsubscribe$/i.test(name))?.value ?? "",
      )?.[1];
      const [inText] = /https:\S+/.exec(mail?.text ?? "") ?? [];
      const [, inHtml] = /href="([^"]+)"/.exec(mail?.html ?? "") ?? [];
      expect(inText).toBe(link);
      expect(inHtml).toBe(link);
      links.add(link ?? "");
      const response = await tracker.unsubscribe(
        new Request(link ?? "", {
          method: "POST",
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: "List-Unsubscribe=One-Click",
        }),
      );
      expect(response.status).toBe(200);
    }
    expect(links.size).toBe(names.length);
    expect(await tracker.suppressions.counts()).toMatchObject({ unsubscribed: names.length });
    await tracker.close();
  });

  test("hears of each mail by itself, though a request has one id for all", async () => {
    await using inbox = await startEventInbox();
    await using app = await startEventApp(inbox, { via });
    const sent = await sentBy(
      app.mailer.sendBulk({ from: "hello@acme.example", subject: "Hi {{name}}", text: "Dear {{name}}" }, people),
    );
    const [ada, bob, cy] = sent.map(({ id }) => id);
    const caught = (mailId = ""): string => inbox.messages().find((mail) => mail.mailId === mailId)?.id ?? "";
    await inbox.fire(caught(bob), "hard_bounce");
    await inbox.fire(caught(cy), "deliver");
    const state = async (id = ""): Promise<unknown> => (await app.tracker.status(id))?.recipients;
    await expect.poll(() => state(cy)).toMatchObject([{ recipient: "cy@example.com", state: "delivered" }]);
    await expect.poll(() => state(bob)).toMatchObject([{ recipient: "bob@example.com", state: "bounced" }]);
    expect(await state(ada)).toMatchObject([{ recipient: "ada@example.com", state: "sent" }]);
    expect(app.read.map(({ mailId, providerId }) => ({ mailId, providerId }))).toEqual(
      [bob, cy].map((mailId) => ({ mailId, providerId: sent.find(({ id }) => id === mailId)?.providerId })),
    );
  });
});
