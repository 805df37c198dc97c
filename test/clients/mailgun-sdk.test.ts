import { type Inbox, startInbox } from "@mail/inbox";
import Mailgun from "mailgun.js";
import { afterEach, beforeEach, expect, test } from "vitest";

let inbox: Inbox;
let client: ReturnType<Mailgun["client"]>;
beforeEach(async () => {
  inbox = await startInbox({ port: 0 });
  client = new Mailgun(FormData).client({ username: "api", key: "key-sdk", url: inbox.urls.web });
});
afterEach(() => inbox.close());

const message = { from: "Acme <hello@acme.example>", subject: "Hi", text: "Hello", html: "<p>Hello</p>" };

test("the README's first example", async () => {
  const answer = await client.messages.create("acme.example", { ...message, to: ["ada@example.com"] });
  const caught = await inbox.waitFor(() => true);
  expect(answer).toMatchObject({ status: 200, message: "Queued. Thank you.", id: `<${caught.providerId}>` });
  expect(caught).toMatchObject({ via: "mailgun", inbox: "key-sdk", subject: "Hi" });
});

test("recipient variables are a mail for each recipient, who sees nobody else", async () => {
  await client.messages.create("acme.example", {
    ...message,
    to: ["ada@example.com", "bob@example.com"],
    subject: "Hi %recipient.name%",
    "recipient-variables": JSON.stringify({ "ada@example.com": { name: "Ada" }, "bob@example.com": { name: "Bob" } }),
    "o:tag": ["greeting", "spring"],
    "v:campaign": "spring",
  });
  expect(inbox.messages()).toMatchObject([
    { subject: "Hi Ada", to: [{ address: "ada@example.com" }], tags: ["greeting", "spring"] },
    { subject: "Hi Bob", to: [{ address: "bob@example.com" }], metadata: { campaign: "spring" } },
  ]);
});

test("files, shown and attached", async () => {
  await client.messages.create("acme.example", {
    ...message,
    to: "ada@example.com",
    attachment: [{ data: Buffer.from("hi"), filename: "hi.txt" }],
    inline: [{ data: Buffer.from([137, 80, 78, 71]), filename: "logo.png" }],
  });
  const [caught] = inbox.messages();
  expect(caught?.attachments.toSorted((a, b) => b.size - a.size)).toMatchObject([
    { filename: "logo.png", contentId: "logo.png", disposition: "inline", size: 4 },
    { filename: "hi.txt", disposition: "attachment", size: 2 },
  ]);
});

test("a mail as MIME keeps its source", async () => {
  const source =
    "From: Acme <hello@acme.example>\r\nTo: ada@example.com\r\nSubject: Raw\r\nX-Mine: yes\r\n\r\nHello\r\n";
  await client.messages.create("acme.example", { to: ["ada@example.com"], message: source });
  const caught = await inbox.waitFor(() => true);
  expect(caught).toMatchObject({ subject: "Raw", envelope: { to: ["ada@example.com"] } });
  expect(caught.headers).toContainEqual({ name: "X-Mine", value: "yes" });
});

test("an error is the SDK's, with Mailgun's words", async () => {
  const refused = client.messages.create("acme.example", { ...message, to: "no address" });
  await expect(refused).rejects.toMatchObject({ status: 400, details: expect.stringContaining("'to' parameter") });
  const throttled = client.messages.create("acme.example", { ...message, to: "throttle@example.com" });
  await expect(throttled).rejects.toMatchObject({ status: 429 });
});
