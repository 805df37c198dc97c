import { createMailer, type MailEvent, type Transport } from "@mail/core";
import { type Inbox, startInbox } from "@mail/inbox";
import { smtp } from "@mail/smtp";
import { bounceEvents, verp } from "@mail/smtp/events";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { skipWithout } from "../skip-without.ts";
import { exim } from "./servers/exim.ts";
import type { MailServer } from "./servers/mail-server.ts";
import { postfix } from "./servers/postfix.ts";
import { site } from "./servers/site.ts";

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const bouncesTo = `bounces@${site.domain}`;
const signed = { address: bouncesTo, secret: "correct horse battery staple" };
const there = (localPart: string): string => `${localPart}@${site.elsewhere}`;

describe.each([postfix, exim])("$name", ({ missing, start }) => {
  if (skipWithout(missing())) return;

  let elsewhere: Inbox;
  let server: MailServer;
  beforeAll(async () => {
    elsewhere = await startInbox({ port: 0 });
    server = await start(Number(new URL(elsewhere.urls.smtp).port));
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await elsewhere?.[Symbol.asyncDispose]();
  });

  const relay = (): Transport => smtp({ host: "127.0.0.1", port: server.ports.plain });

  /** Sends a mail, waits for the bounce, and reads it. */
  async function bounceOf(to: string, transport: Transport): Promise<{ id: string; source: Buffer }> {
    await using mailer = createMailer({ transport });
    const { id } = await mailer.send({
      from: "app@sender.example",
      to,
      subject: "Hello",
      text: "Hi",
      envelope: { from: bouncesTo },
    });
    return { id, source: await server.mailboxes.arrived("bounces", id) };
  }

  const withoutRaw = ({ raw: _, ...event }: MailEvent): Partial<MailEvent> => event;

  test.each([
    ["reject", { type: "bounced", reason: "invalid", permanent: true, detail: "5.1.1" }, /550.*5\.1\.1 User unknown/],
    [
      "overquota",
      { type: "bounced", reason: "bounced", permanent: false, detail: "5.2.2" },
      /552.*5\.2\.2 Mailbox full/,
    ],
    ["spam", { type: "bounced", reason: "blocked", permanent: false, detail: "5.7.1" }, /554.*5\.7\.1 Message refused/],
    ["toolarge", { type: "bounced", reason: "other", permanent: false, detail: "5.3.4" }, /552.*5\.3\.4/],
  ])("tells what became of a mail to %s@", async (localPart, expected, response) => {
    const { id, source } = await bounceOf(there(localPart), verp(relay(), signed));
    const events = await bounceEvents({ verp: signed }).read(source);
    expect(events.map(withoutRaw)).toEqual([
      {
        ...expected,
        id: expect.any(String),
        at: expect.any(Date),
        provider: "smtp",
        mailId: id,
        recipient: there(localPart),
        response: expect.stringMatching(response),
        tags: [],
        metadata: {},
      },
    ]);
    expect(Math.abs((events[0]?.at.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test("tells that a mail is delayed, and by whom", async () => {
    const { id, source } = await bounceOf(there("unavailable"), verp(relay(), signed));
    const events = await bounceEvents({ verp: signed }).read(source);
    expect(events).toMatchObject([{ type: "deferred", mailId: id, recipient: there("unavailable") }]);
    expect(events[0]?.permanent).toBeUndefined();
  });

  test("tells of the address that was written where it forwards to a dead one", async () => {
    const moved = `${site.movedUser}@${site.domain}`;
    const { id, source } = await bounceOf(moved, verp(relay(), signed));
    const events = await bounceEvents({ verp: signed }).read(source);
    expect(events).toMatchObject([{ type: "bounced", mailId: id, recipient: moved, detail: "5.1.1" }]);
  });

  test("names the mail by its own headers where the return path is not signed", async () => {
    const { id, source } = await bounceOf(there("reject"), relay());
    const events = await bounceEvents().read(source);
    expect(events).toMatchObject([
      { type: "bounced", mailId: id, messageId: expect.stringMatching(/^<.+>$/), recipient: there("reject") },
    ]);
    await expect(bounceEvents({ verp: signed }).read(source)).rejects.toMatchObject({ code: "invalid_signature" });
  });

  test("gives each recipient a bounce of their own", async () => {
    await using mailer = createMailer({ transport: verp(relay(), signed) });
    const to = [there("reject"), there("overquota"), there("ok")];
    const receipt = await mailer.send({ from: "app@sender.example", to, subject: "Hello", text: "Hi" });
    expect(receipt).toMatchObject({ accepted: to, rejected: [] });
    await expect.poll(() => server.mailboxes.find("bounces", receipt.id).length, { timeout: 45_000 }).toBe(2);
    const bounces = bounceEvents({ verp: signed });
    const events = await Promise.all(server.mailboxes.find("bounces", receipt.id).map((mail) => bounces.read(mail)));
    expect(events.flat().map(({ recipient, mailId }) => [recipient, mailId])).toEqual(
      expect.arrayContaining([
        [there("reject"), receipt.id],
        [there("overquota"), receipt.id],
      ]),
    );
  });
});
