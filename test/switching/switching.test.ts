import { createMailer, fromUrl, type Message } from "@mail/core";
import { mailgun } from "@mail/mailgun";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { smtp } from "@mail/smtp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ArrivedMail } from "./arrived-mail.ts";
import { type StandIns, startStandIns } from "./stand-ins.ts";

const adapters = [smtp, sendgrid, mailgun, ses];
const names = ["smtp", "sendgrid", "mailgun", "ses", "mock"] as const;
type Name = (typeof names)[number];

let standIns: StandIns;
beforeEach(async () => {
  standIns = await startStandIns();
});
afterEach(() => standIns.close());

/** The app's only mail file. `use` is the entry that changes. */
function appMailer(use: Name) {
  const { urls, mock } = standIns;
  return createMailer({
    use,
    transports: {
      smtp: () => fromUrl(urls.smtp, adapters),
      sendgrid: () => fromUrl(urls.sendgrid, adapters),
      mailgun: () => fromUrl(urls.mailgun, adapters),
      ses: () => fromUrl(urls.ses, adapters),
      mock: () => mock,
    },
    defaults: { from: '"Acme, Café" <hello@acme.example>' },
  });
}

const message: Message = {
  to: ["Ada Lovelace <ada@example.com>", { name: 'Smith, "Bob"', address: "bob@bücher.example" }],
  cc: "Çelik <cc@example.com>",
  bcc: "archive@acme.example",
  replyTo: "support@acme.example",
  subject: "Grüße — your order 📦 4711",
  text: `Dear Ada,\n\n.a line that starts with a dot\n${"long ".repeat(200)}\n`,
  html: `<p>Dear Ada</p><img src="cid:logo"><p>${"wide ".repeat(200)}</p>`,
  headers: { "X-Campaign": "Frühling" },
  attachments: [
    { filename: "räport.bin", content: Uint8Array.from({ length: 256 }, (_, byte) => byte) },
    { filename: "logo.png", contentId: "logo", content: new Blob(["not really a picture"]) },
  ],
};

const expected: Omit<ArrivedMail, "mailId"> = {
  from: { name: "Acme, Café", address: "hello@acme.example" },
  to: [
    { name: "Ada Lovelace", address: "ada@example.com" },
    { name: 'Smith, "Bob"', address: "bob@xn--bcher-kva.example" },
  ],
  cc: [{ name: "Çelik", address: "cc@example.com" }],
  replyTo: [{ address: "support@acme.example" }],
  recipients: ["ada@example.com", "archive@acme.example", "bob@xn--bcher-kva.example", "cc@example.com"],
  subject: "Grüße — your order 📦 4711",
  text: (message.text ?? "").trimEnd(),
  html: message.html ?? "",
  campaign: "Frühling",
  files: {
    "räport.bin": Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte)).toString("hex"),
    logo: Buffer.from("not really a picture").toString("hex"),
  },
};

describe.each(names)("with `use: %s`", (use) => {
  test("the same mail arrives, with the receipt's id", async () => {
    await using mailer = appMailer(use);
    const receipt = await mailer.send(message);
    expect(receipt).toMatchObject({ status: "sent", transport: use, rejected: [] });
    expect([...receipt.accepted].sort()).toEqual(expected.recipients);
    expect(await standIns.arrived(use)).toEqual([{ ...expected, mailId: receipt.id }]);
  });

  test("the same bad mail is the same error, and nothing is sent", async () => {
    await using mailer = appMailer(use);
    const bad: readonly [Message, object][] = [
      [
        { ...message, to: "ada@example.com, bob@example.com" },
        { code: "invalid_recipient", field: "to" },
      ],
      [
        { ...message, to: [] },
        { code: "invalid_recipient", field: "to" },
      ],
      [
        { ...message, subject: "Hi\r\nBcc: eve@example.com" },
        { code: "invalid_message", field: "subject" },
      ],
      [
        { ...message, headers: { "X-SG-EID": "1" } },
        { code: "invalid_message", field: "headers.X-SG-EID" },
      ],
      [
        { ...message, tags: ["x".repeat(129)] },
        { code: "invalid_message", field: "tags[0]" },
      ],
      [{ ...message, metadata: { "a\0b": "1" } }, { code: "invalid_message" }],
      [
        { to: "ada@example.com", subject: "Hi" },
        { code: "invalid_message", field: "text" },
      ],
      [
        { ...message, attachments: [{ filename: "gone.pdf", content: () => Promise.reject(new Error("gone")) }] },
        { code: "invalid_message", field: "attachments[0].content" },
      ],
    ];
    for (const [mail, error] of bad) {
      await expect(mailer.send(mail)).rejects.toMatchObject({
        ...error,
        delivery: "not_sent",
        hint: expect.any(String),
      });
    }
    expect(await standIns.arrived(use)).toEqual([]);
  });

  test("the same mail merge arrives", async () => {
    await using mailer = appMailer(use);
    const merge = { subject: "Hi {{name}}", text: "Hi {{name}}", html: "<p>{{name}}</p>" };
    const people = ["Ada & <Co>", "Bob"].map((name, n) => ({ to: `user${n}@example.com`, data: { name } }));
    expect(await mailer.sendBulk(merge, people, { concurrency: 1 })).toEqual({ sent: 2, queued: 0, failed: 0 });
    expect(
      (await standIns.arrived(use)).map(({ recipients, subject, html }) => ({ recipients, subject, html })),
    ).toEqual([
      { recipients: ["user0@example.com"], subject: "Hi Ada & <Co>", html: "<p>Ada &amp; &lt;Co&gt;</p>" },
      { recipients: ["user1@example.com"], subject: "Hi Bob", html: "<p>Bob</p>" },
    ]);
  });
});

test("check tells for all transports at once what each would leave out", async () => {
  await using mailer = appMailer("smtp");
  const results = await mailer.check(
    { ...message, tags: ["order"], metadata: { order: "4711" } },
    { transport: "all" },
  );
  expect(results.map(({ transport, ok, dropped }) => ({ transport, ok, dropped }))).toEqual([
    { transport: "smtp", ok: true, dropped: ["metadata", "tags"] },
    ...["sendgrid", "mailgun", "ses", "mock"].map((transport) => ({ transport, ok: true, dropped: [] })),
  ]);
});
