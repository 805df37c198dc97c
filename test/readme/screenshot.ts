/** Makes the README's pictures of the inbox, docs/inbox.png and docs/inbox-dark.png: `npm run screenshot`. Needs Chromium. */
import { fileURLToPath } from "node:url";
import { createMailer, fromUrl, type Message } from "@mail/core";
import { type Inbox, startInbox, type Via } from "@mail/inbox";
import { mailgun } from "@mail/mailgun";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { smtp } from "@mail/smtp";
import { chromium } from "playwright-core";
import { sampleMessage } from "../../examples/quickstart/src/sample-message.ts";

/** Not every machine has a font with emoji. */
const order: Message = { ...sampleMessage, subject: "Your order is on its way" };
const html = (text: string): string => `<p>${text}</p>`;
const from = sampleMessage.from;
const text = "See the order for details.";

/** The last is on top. */
const mails: readonly (readonly [Via, Message])[] = [
  ["smtp", { from: "Nightly build <ci@acme.example>", to: "dev@acme.example", subject: "Build 2187 passed", text }],
  [
    "mailgun",
    {
      from,
      to: "Katherine Johnson <katherine@example.com>",
      subject: "Welcome to the Acme Café",
      html: html("Hello"),
      tags: ["welcome"],
    },
  ],
  ["ses", { from, to: "bounce@example.com", subject: "Confirm your address", text, tags: ["signup"] }],
  [
    "sendgrid",
    {
      from,
      to: "Radia Perlman <radia@example.com>",
      subject: "Sidamo is back",
      html: html("Hello"),
      tags: ["news"],
      unsubscribe: { url: "https://acme.example/unsubscribe" },
    },
  ],
  [
    "ses",
    {
      from,
      to: "Grace Hopper <grace@example.com>",
      subject: "Your sign-in code: 604 118",
      text: "604 118",
      tags: ["login"],
    },
  ],
  [
    "mailgun",
    {
      from,
      to: "Barbara Liskov <barbara@example.com>",
      subject: "Invoice 2026-1187",
      text,
      tags: ["invoice"],
      attachments: [{ filename: "invoice.pdf", content: "%PDF-1.7" }],
    },
  ],
  ["smtp", { ...order, tags: [], metadata: {} }],
  ["ses", order],
  ["mailgun", order],
  ["sendgrid", order],
];

async function fill(inbox: Inbox): Promise<void> {
  for (const [via, message] of mails) {
    await using mailer = createMailer({ transport: fromUrl(inbox.urls[via], [smtp, sendgrid, mailgun, ses]) });
    const { id } = await mailer.send(message);
    await inbox.waitFor(({ mailId }) => mailId === id);
  }
}

await using inbox = await startInbox({ port: 0 });
await fill(inbox);
const shown = inbox.messages().at(-1)?.id;

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});
try {
  for (const colorScheme of ["dark", "light"] as const) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1200, height: 800 }, deviceScaleFactor: 1.5 });
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(`${inbox.urls.web}/#/mail/${shown}`);
    await page.frameLocator("iframe").getByText("Follow your parcel").waitFor();
    await page.locator(".announcer.shown").waitFor({ state: "hidden" });
    if (problems.length > 0) throw new Error(problems.join("\n"));
    const name = colorScheme === "light" ? "inbox.png" : "inbox-dark.png";
    await page.screenshot({
      path: fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)),
      animations: "disabled",
    });
    await page.close();
  }
} finally {
  await browser.close();
}
