import { expect, test } from "vitest";
import { bytes } from "./caught-mail.fixture.ts";
import { createHub } from "./create-hub.ts";
import type { HubChange, IncomingMail } from "./hub.ts";
import { memoryMailStore } from "./memory-mail-store.ts";

const lines = (...all: readonly string[]): Uint8Array => bytes(all.join("\r\n"));

function incoming(fields: Partial<IncomingMail> = {}): IncomingMail {
  return {
    via: "smtp",
    inbox: "default",
    envelope: { from: "app@acme.example", to: ["ada@example.com"] },
    source: lines("Subject: Hi", "", "Hello"),
    ...fields,
  };
}

test("a mail is parsed: addresses, groups, headers, bodies and attachments", async () => {
  const hub = createHub(memoryMailStore());
  const mail = await hub.catchMail(
    incoming({
      tags: ["welcome"],
      metadata: { user: "7" },
      source: lines(
        "From: =?utf-8?q?Z=C3=B6e?= <zoe@acme.example>",
        "To: Team: Ada <ada@example.com>, bob@example.com;, eve@example.com",
        "Cc: cc@example.com",
        "Reply-To: help@acme.example",
        "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
        "Message-ID: <1@acme.example>",
        "X-Mail-Id: 0190",
        "MIME-Version: 1.0",
        "Content-Type: multipart/mixed; boundary=b",
        "",
        "--b",
        "Content-Type: text/html; charset=utf-8",
        "",
        "<p>Hello</p>",
        "--b",
        "Content-Type: image/png",
        "Content-Disposition: inline",
        "Content-ID: <logo@acme>",
        "Content-Transfer-Encoding: base64",
        "",
        "AAEC",
        "--b",
        "Content-Type: application/pdf",
        "Content-Disposition: attachment; filename=invoice.pdf",
        "",
        "%PDF",
        "--b--",
      ),
    }),
  );
  expect(mail).toMatchObject({
    from: { name: "Zöe", address: "zoe@acme.example" },
    to: [{ name: "Ada", address: "ada@example.com" }, { address: "bob@example.com" }, { address: "eve@example.com" }],
    cc: [{ address: "cc@example.com" }],
    replyTo: [{ address: "help@acme.example" }],
    subject: "Grüße",
    messageId: "<1@acme.example>",
    mailId: "0190",
    tags: ["welcome"],
    metadata: { user: "7" },
    attachments: [
      { index: 0, contentType: "image/png", disposition: "inline", contentId: "logo@acme", size: 3 },
      { index: 1, contentType: "application/pdf", disposition: "attachment", filename: "invoice.pdf" },
    ],
  });
  expect(mail.html).toContain("<p>Hello</p>");
  expect(mail).not.toHaveProperty("text");
  expect(mail.headers).toContainEqual({ name: "X-Mail-Id", value: "0190" });
  expect(hub.store.get(mail.id)).toEqual(mail);
});

test("Bcc are the envelope's recipients whom no header names, case and form of the domain aside", async () => {
  const hub = createHub(memoryMailStore());
  const mail = await hub.catchMail(
    incoming({
      envelope: { from: "", to: ["ADA@Example.com", "b@xn--exmple-cua.com", "hidden@example.com"] },
      source: lines("To: ada@example.com", "Cc: b@exämple.com", "", "x"),
    }),
  );
  expect(mail.bcc).toEqual([{ address: "hidden@example.com" }]);
});

test("the mail's id is taken from the metadata where no header has it", async () => {
  const mail = await createHub(memoryMailStore()).catchMail(incoming({ metadata: { mail_id: "0191" } }));
  expect(mail.mailId).toBe("0191");
});

test.each([
  ["smtp", /^[0-9A-F]{12}$/],
  ["sendgrid", /^[\w-]{22}$/],
  ["mailgun", /^\d{14}\.[0-9a-f]{16}@acme\.example$/],
  ["ses", /^0102[0-9a-f]{12}-[0-9a-f-]{36}-000000$/],
] as const)("an id in the form of %s is made up where the client was given none", async (via, form) => {
  const hub = createHub(memoryMailStore());
  expect((await hub.catchMail(incoming({ via }))).providerId).toMatch(form);
  expect((await hub.catchMail(incoming({ via, providerId: "given" }))).providerId).toBe("given");
});

test("a source that cannot be parsed is kept all the same", async () => {
  const hub = createHub(memoryMailStore());
  const source = bytes(`X: ${"x".repeat(3 * 1024 * 1024)}\r\n\r\nbody`);
  const mail = await hub.catchMail(incoming({ source }));
  expect(mail.subject).toMatch(/cannot be read/);
  expect(mail.to).toEqual([]);
  expect(hub.store.source(mail.id)).toBe(source);
});

test("mails that come at once are listed in the order of their ids", async () => {
  const hub = createHub(memoryMailStore());
  const mails = await Promise.all(Array.from({ length: 50 }, () => hub.catchMail(incoming())));
  const listed = hub.store.list({}).mails.map(({ id }) => id);
  expect(new Set(listed)).toEqual(new Set(mails.map(({ id }) => id)));
  expect(listed).toEqual([...listed].sort().reverse());
});

test("changes are told until the listener is taken off", async () => {
  const hub = createHub(memoryMailStore({ maxMails: 1 }));
  const changes: HubChange[] = [];
  const off = hub.onChange((change) => changes.push(change));
  const first = await hub.catchMail(incoming());
  const second = await hub.catchMail(incoming());
  hub.markRead(second.id, false);
  hub.delete(second.id);
  hub.clear("default");
  hub.clear();
  expect(changes).toEqual([
    { type: "caught", mail: first },
    { type: "caught", mail: second },
    { type: "deleted", id: first.id },
    { type: "changed", id: second.id },
    { type: "deleted", id: second.id },
    { type: "cleared", inbox: "default" },
    { type: "cleared" },
  ]);
  expect(hub.markRead("nobody", false)).toBe(false);
  expect(hub.delete("nobody")).toBe(false);
  off();
  await hub.catchMail(incoming());
  expect(changes).toHaveLength(7);
});
