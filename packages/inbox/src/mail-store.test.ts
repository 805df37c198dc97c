import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { bytes, caught, numbered } from "./caught-mail.fixture.ts";
import type { MailStore } from "./mail-store.ts";
import { memoryMailStore } from "./memory-mail-store.ts";
import { sqliteMailStore } from "./sqlite-mail-store.ts";
import type { StoreLimits } from "./stored-mail.ts";

const folder = mkdtempSync(join(tmpdir(), "inbox-"));
const open: MailStore[] = [];
let files = 0;

afterEach(() => {
  for (const store of open.splice(0)) store.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const kinds: Readonly<Record<string, (limits?: StoreLimits) => MailStore | Promise<MailStore>>> = {
  "in memory": memoryMailStore,
  "in SQLite": (limits) => sqliteMailStore(join(folder, `${files++}.db`), limits),
};

describe.each(Object.entries(kinds))("a store %s", (_name, make) => {
  async function store(limits?: StoreLimits): Promise<MailStore> {
    const made = await make(limits);
    open.push(made);
    return made;
  }
  const subjects = (mails: readonly { readonly subject: string }[]) => mails.map(({ subject }) => subject);

  test("gives back all of a mail and its source", async () => {
    const mails = await store();
    const mail = caught({
      text: "Hello",
      html: "<p>Hello</p>",
      sendAt: new Date(5),
      dialogue: ["S: 220 hi"],
      request: { method: "POST", path: "/v3/mail/send", headers: { a: "b" }, body: "{}" },
    });
    mails.add(mail, bytes("Subject: x\r\n\r\nHello"));
    expect(mails.get(mail.id)).toEqual(mail);
    expect(Buffer.from(mails.source(mail.id) ?? []).toString()).toBe("Subject: x\r\n\r\nHello");
    expect(mails.get("nobody")).toBeUndefined();
    expect(mails.source("nobody")).toBeUndefined();
  });

  test("lists the newest first and leaves bodies out", async () => {
    const mails = await store();
    for (let n = 0; n < 3; n++) mails.add(numbered(n, { text: "long", html: "long" }), bytes("x"));
    const page = mails.list({});
    expect(subjects(page.mails)).toEqual(["Mail 2", "Mail 1", "Mail 0"]);
    expect(page.mails[0]).not.toHaveProperty("text");
    expect(page.mails[0]).not.toHaveProperty("html");
    expect(page.mails[0]?.receivedAt).toBeInstanceOf(Date);
  });

  test("pages by the last id, also when that mail is gone, and counts all that match", async () => {
    const mails = await store();
    for (let n = 0; n < 10; n++) mails.add(numbered(n, { unread: n % 2 === 0 }), bytes("x"));
    const first = mails.list({ limit: 3 });
    expect(first).toMatchObject({ total: 10, unread: 5 });
    const before = first.mails.at(-1)?.id ?? "";
    expect(subjects(mails.list({ limit: 3, before }).mails)).toEqual(["Mail 6", "Mail 5", "Mail 4"]);
    mails.delete(before);
    expect(subjects(mails.list({ limit: 3, before }).mails)).toEqual(["Mail 6", "Mail 5", "Mail 4"]);
    expect(subjects(mails.list({ limit: 2, before, search: "mail" }).mails)).toEqual(["Mail 6", "Mail 5"]);
    expect(mails.list({ limit: 2, before, search: "mail" }).total).toBe(9);
  });

  test("without a limit gives a hundred, and without end all", async () => {
    const mails = await store();
    for (let n = 0; n < 120; n++) mails.add(numbered(n), bytes("x"));
    expect(mails.list({}).mails).toHaveLength(100);
    expect(mails.list({ limit: Number.POSITIVE_INFINITY }).mails).toHaveLength(120);
  });

  test("keeps inboxes apart", async () => {
    const mails = await store();
    mails.add(numbered(0, { inbox: "ada" }), bytes("x"));
    mails.add(numbered(1, { inbox: "bob", unread: false }), bytes("x"));
    mails.add(numbered(2, { inbox: "ada" }), bytes("x"));
    expect(mails.inboxes()).toEqual([
      { name: "ada", total: 2, unread: 2 },
      { name: "bob", total: 1, unread: 0 },
    ]);
    expect(subjects(mails.list({ inbox: "ada" }).mails)).toEqual(["Mail 2", "Mail 0"]);
    expect(mails.list({ inbox: "nobody" })).toEqual({ mails: [], total: 0, unread: 0 });
    const other = mails.list({ inbox: "bob" }).mails[0]?.id;
    expect(subjects(mails.list({ inbox: "ada", before: other }).mails)).toEqual(["Mail 0"]);
    mails.clear("ada");
    expect(mails.inboxes()).toEqual([{ name: "bob", total: 1, unread: 0 }]);
    mails.clear();
    expect(mails.list({}).total).toBe(0);
    expect(mails.inboxes()).toEqual([]);
  });

  test("remembers what was read", async () => {
    const mails = await store();
    const mail = numbered(0);
    mails.add(mail, bytes("x"));
    expect(mails.markRead(mail.id, false)).toBe(true);
    expect(mails.get(mail.id)?.unread).toBe(false);
    expect(mails.list({})).toMatchObject({ unread: 0, mails: [{ unread: false }] });
    expect(mails.inboxes()).toEqual([{ name: "default", total: 1, unread: 0 }]);
    mails.markRead(mail.id, false);
    mails.markRead(mail.id, true);
    expect(mails.list({}).unread).toBe(1);
    expect(mails.markRead("nobody", true)).toBe(false);
  });

  test("deletes a mail, once", async () => {
    const mails = await store();
    for (let n = 0; n < 3; n++) mails.add(numbered(n), bytes("x"));
    const id = numbered(1).id;
    expect(mails.delete(id)).toBe(true);
    expect(mails.delete(id)).toBe(false);
    expect(mails.source(id)).toBeUndefined();
    expect(subjects(mails.list({}).mails)).toEqual(["Mail 2", "Mail 0"]);
    expect(mails.list({})).toMatchObject({ total: 2, unread: 2 });
    expect(mails.inboxes()).toEqual([{ name: "default", total: 2, unread: 2 }]);
  });

  test("lets the oldest go when there are too many", async () => {
    const mails = await store({ maxMails: 2 });
    expect(mails.add(numbered(0), bytes("x"))).toEqual([]);
    mails.add(numbered(1), bytes("x"));
    expect(mails.add(numbered(2), bytes("x"))).toEqual([numbered(0).id]);
    expect(subjects(mails.list({}).mails)).toEqual(["Mail 2", "Mail 1"]);
    expect(mails.get(numbered(0).id)).toBeUndefined();
  });

  test("lets the oldest go when they are too large, but never the one that just came", async () => {
    const mails = await store({ maxBytes: 9_000 });
    for (let n = 0; n < 5; n++) mails.add(numbered(n), new Uint8Array(3_000));
    expect(subjects(mails.list({}).mails)).toEqual(["Mail 4", "Mail 3"]);
    expect(mails.add(numbered(5), new Uint8Array(20_000))).toHaveLength(2);
    expect(subjects(mails.list({}).mails)).toEqual(["Mail 5"]);
    mails.delete(numbered(5).id);
    for (let n = 6; n < 8; n++) mails.add(numbered(n), new Uint8Array(3_000));
    expect(mails.list({}).total).toBe(2);
  });

  const searches: readonly (readonly [string, readonly number[]])[] = [
    ["from:ADA", [0]],
    ["to:bob@example.com", [0]],
    ["to:hidden@example.com", [1]],
    ["subject:welcome", [1, 0]],
    ['subject:"welcome back"', [1]],
    ["tag:billing", [1]],
    ["tag:bill", []],
    ["has:attachment", [1]],
    ["invoice.pdf", [1]],
    ["Grüße aus", [0]],
    ["GRÜSSE", []],
    ["grÜße subject:welcome from:ada", [0]],
    ['"aus köln"', [0]],
    ["strong", []],
    ["bold", [1]],
    ["after:2026-02-01", [1]],
    ["before:2026-02-01", [0]],
    ["after:2026-01-10T00:00:00Z before:2026-01-10T00:00:02Z", [0]],
    ["before:yesterday", []],
    ["https://acme.example", [0]],
    ["100%_", [0]],
    ["subject:", [1, 0]],
    ["'; DROP TABLE mails", []],
  ];
  test.each(searches)("finds by %s", async (search, wanted) => {
    const mails = await store();
    mails.add(
      numbered(0, {
        from: { name: "Ada Lovelace", address: "ada@acme.example" },
        to: [{ address: "bob@example.com" }],
        subject: "Welcome",
        receivedAt: new Date("2026-01-10T00:00:01Z"),
        text: "Gru\u0308ße aus Köln, 100%_ https://acme.example/x",
      }),
      bytes("x"),
    );
    mails.add(
      numbered(1, {
        bcc: [{ address: "hidden@example.com" }],
        subject: "Welcome back",
        tags: ["Billing", "other"],
        html: "<p>Very <strong>bold</strong></p>",
        receivedAt: new Date("2026-03-01T12:00:00Z"),
        attachments: [
          { index: 0, filename: "Invoice.pdf", contentType: "application/pdf", disposition: "attachment", size: 1 },
        ],
      }),
      bytes("x"),
    );
    const page = mails.list({ search });
    expect(subjects(page.mails)).toEqual(wanted.map((n) => (n === 0 ? "Welcome" : "Welcome back")));
    expect(page.total).toBe(wanted.length);
  });

  test("searches within one inbox and counts the unread ones", async () => {
    const mails = await store();
    for (let n = 0; n < 6; n++) mails.add(numbered(n, { inbox: n < 3 ? "a" : "b", unread: n > 3 }), bytes("x"));
    expect(mails.list({ inbox: "b", search: "mail" })).toMatchObject({ total: 3, unread: 2 });
  });
});
