import { once } from "node:events";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { createMailer, type Message } from "@mail/core";
import { type Inbox, startInbox } from "@mail/inbox";
import { ses } from "@mail/ses";
import type { Config } from "aws-ses-v2-local";
import { decodeWords } from "postal-mime";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

/** CommonJS, whose default export vitest and TypeScript see in different places. */
const { default: startOther } = createRequire(import.meta.url)("aws-ses-v2-local") as {
  default(config: Config): Promise<Server>;
};

/** Somebody else's imitation of SES: what our adapter sends must be taken by both, and read alike. */
let other: Server;
let otherUrl: string;
beforeAll(async () => {
  other = await startOther({ host: "127.0.0.1", port: 0 });
  otherUrl = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
});
afterAll(async () => {
  other.closeAllConnections();
  other.close();
  await once(other, "close");
});

let inbox: Inbox;
beforeEach(async () => {
  await fetch(`${otherUrl}/clear-store`, { method: "POST" });
  inbox = await startInbox({ port: 0 });
});
afterEach(() => inbox.close());

const mailerOf = (endpoint: string) =>
  createMailer({
    transport: ses({ region: "eu-west-1", endpoint, credentials: { accessKeyId: "AKIA", secretAccessKey: "secret" } }),
    defaults: { from: "Acme Café <hello@acme.example>" },
  });

interface StoredMail {
  readonly messageId: string;
  readonly subject: string;
  readonly body: { readonly text?: string; readonly html?: string };
  readonly destination: Readonly<Record<"to" | "cc" | "bcc", readonly string[]>>;
  readonly attachments: readonly { readonly filename?: string; readonly size: number }[];
}

async function stored(): Promise<readonly StoredMail[]> {
  const answer = await fetch(`${otherUrl}/store`);
  const { emails } = (await answer.json()) as { readonly emails: readonly StoredMail[] };
  return emails;
}

const plain = (address: string) => /<(.*)>/.exec(address)?.[1] ?? address;
const body = (text = "") => text.replaceAll("\r\n", "\n").trimEnd();

/** What both should have read. */
const fromOther = ({ subject, body: { text, html }, destination: { to, cc, bcc }, attachments }: StoredMail) => ({
  // It does not decode what stands in headers.
  subject: decodeWords(subject),
  text: body(text),
  html: body(html),
  recipients: [...to, ...cc, ...bcc].map(plain).sort(),
  sizes: attachments.map(({ size }) => size).sort(),
});

const fromInbox = ({ subject, text, html, envelope, attachments }: ReturnType<Inbox["messages"]>[number]) => ({
  subject,
  text: body(text),
  html: body(html),
  recipients: [...envelope.to].sort(),
  sizes: attachments.map(({ size }) => size).sort(),
});

const content = { subject: "Your order", text: "Dear Ada", html: "<p>Dear Ada</p>" };

test.each<readonly [string, Message]>([
  ["a text", { to: "ada@example.com", subject: "Hi", text: "Hello" }],
  [
    "text and html to several",
    { ...content, to: ["ada@example.com", "bob@example.com"], cc: "cc@example.com", bcc: "bcc@example.com" },
  ],
  ["names and texts beyond ASCII", { ...content, to: "Jürgen 📦 <j@bücher.example>", subject: "Grüße 📦" }],
  [
    "tags, metadata and headers",
    {
      ...content,
      to: "ada@example.com",
      tags: ["order"],
      metadata: { order: "1" },
      headers: { "X-Campaign": "spring" },
    },
  ],
  [
    "attachments",
    {
      ...content,
      to: "ada@example.com",
      attachments: [
        { filename: "räport.csv", content: "a,b\n" },
        { filename: "logo.png", contentId: "logo", content: new Uint8Array(300) },
      ],
    },
  ],
])("%s", async (_, message) => {
  for (const url of [otherUrl, inbox.urls.web]) {
    await using mailer = mailerOf(url);
    expect(await mailer.send(message)).toMatchObject({ status: "sent", rejected: [] });
  }
  const theirs = await stored();
  expect(theirs).toHaveLength(1);
  expect(inbox.messages().map(fromInbox)).toEqual(theirs.map(fromOther));
});

test("a mail merge", async () => {
  const people = ["Ada & <Co>", "Bob"].map((name, n) => ({ to: `user${n}@example.com`, data: { name } }));
  const merge = { subject: "Hi {{name}}", text: "Hello {{name}}", html: "<p>Hello {{name}}</p>" };
  for (const url of [otherUrl, inbox.urls.web]) {
    await using mailer = mailerOf(url);
    expect(await mailer.sendBulk(merge, people)).toEqual({ sent: 2, queued: 0, failed: 0 });
  }
  const bySubject = (one: { subject: string }, two: { subject: string }) => one.subject.localeCompare(two.subject);
  const theirs = (await stored()).map(fromOther).sort(bySubject);
  expect(theirs).toHaveLength(2);
  expect(inbox.messages().map(fromInbox).sort(bySubject)).toEqual(theirs);
});
