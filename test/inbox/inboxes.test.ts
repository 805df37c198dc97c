import { createMailer } from "@mail/core";
import { type Inbox, startInbox } from "@mail/inbox";
import { mailgun } from "@mail/mailgun";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { smtp } from "@mail/smtp";
import { describe, expect, test } from "vitest";
import { failureBy, mailerBy, message, sendBy, transports } from "./send-by.ts";

describe("several inboxes in one process", () => {
  test("each gets its own mail, whatever the transport", async () => {
    await using one = await startInbox({ port: 0 });
    await using other = await startInbox({ port: 0 });
    for (const via of transports) {
      await sendBy(via, one, { subject: `${via} to one` });
      await sendBy(via, other, { subject: `${via} to the other` });
    }
    expect(one.messages().map(({ subject }) => subject)).toEqual(transports.map((via) => `${via} to one`));
    expect(other.messages().map(({ subject }) => subject)).toEqual(transports.map((via) => `${via} to the other`));
  });

  test("one that was closed takes nothing, and the other goes on", async () => {
    const closed = await startInbox({ port: 0 });
    await using open = await startInbox({ port: 0 });
    await closed.close();
    for (const via of transports) {
      expect(await failureBy(via, closed)).toMatchObject({ code: "connection", delivery: "not_sent" });
      await sendBy(via, open);
    }
    expect(open.messages()).toHaveLength(4);
  });
});

test("the key or the login names the inbox, the same for all transports", async () => {
  await using inbox = await startInbox({ port: 0 });
  const { hostname: host, port: smtpPort } = new URL(inbox.urls.smtp);
  const baseUrl = inbox.urls.web;
  const team = {
    smtp: (name: string) => smtp({ host, port: Number(smtpPort), auth: { user: name, pass: "any" } }),
    sendgrid: (name: string) => sendgrid({ apiKey: name, baseUrl }),
    mailgun: (name: string) => mailgun({ apiKey: name, domain: "acme.example", baseUrl }),
    ses: (name: string) =>
      ses({ region: "eu-west-1", endpoint: baseUrl, credentials: { accessKeyId: name, secretAccessKey: "any" } }),
  };
  for (const via of transports) {
    for (const name of ["team-red", "team-blue"]) {
      await using mailer = createMailer({ transport: team[via](name) });
      await mailer.send({ ...message, subject: `${via} of ${name}` });
    }
  }
  for (const name of ["team-red", "team-blue"]) {
    expect(inbox.messages({ inbox: name }).map(({ subject }) => subject)).toEqual(
      transports.map((via) => `${via} of ${name}`),
    );
  }
  inbox.clear("team-red");
  expect(inbox.messages()).toHaveLength(4);
});

describe("inboxes by domain", () => {
  test("of the sender keep apart what apps send with one key, by all transports", async () => {
    await using inbox = await startInbox({ port: 0, inboxBy: "sender-domain" });
    for (const via of transports)
      for (const domain of ["red.example", "blue.example"])
        await sendBy(via, sendingFor(domain, inbox), { from: `Team <team@${domain}>`, subject: `${via} of ${domain}` });
    for (const domain of ["red.example", "blue.example"])
      expect(inbox.messages({ inbox: domain }).map(({ subject }) => subject)).toEqual(
        transports.map((via) => `${via} of ${domain}`),
      );
  });

  test("of the sender are those that Mailgun is asked to send for, whoever stands in From", async () => {
    await using inbox = await startInbox({ port: 0, inboxBy: "sender-domain" });
    await sendBy("mailgun", inbox, { from: "hello@acme.example" });
    expect(inbox.messages().map((mail) => mail.inbox)).toEqual(["inbox.example"]);
  });

  test("of the recipient keep tests apart that run against one app, faults and waiting too", async () => {
    await using inbox = await startInbox({ port: 0, inboxBy: "recipient-domain" });
    inbox.faults.add({ inbox: "test-1.example", stage: "request", action: { type: "status", status: 503 } });
    inbox.faults.add({ inbox: "test-1.example", stage: "rcpt", action: { type: "reply", code: 451 } });
    for (const via of transports) {
      expect(await failureBy(via, inbox, { to: "ada@test-1.example" })).toMatchObject({ retryable: true });
      await sendBy(via, inbox, { to: "ada@test-2.example", cc: "bob@elsewhere.example" });
    }
    expect(inbox.messages({ inbox: "test-2.example" })).toHaveLength(4);
    const waited = await fetch(`${inbox.urls.web}/api/v1/wait?inbox=test-2.example`);
    expect(await waited.json()).toMatchObject({ via: "ses", inbox: "test-2.example" });
    const listed = await fetch(`${inbox.urls.web}/api/v1/inboxes`);
    expect(await listed.json()).toEqual({ inboxes: [{ name: "test-2.example", total: 4, unread: 4 }] });
  });

  test("of the recipient get their own copies of a mail merge in one request", async () => {
    await using inbox = await startInbox({ port: 0, inboxBy: "recipient-domain" });
    const { to: _, ...template } = message;
    const recipients = ["ada@test-1.example", "bob@test-2.example"].map((to) => ({ to, data: {} }));
    for (const via of transports) {
      await using mailer = mailerBy(via, inbox);
      expect(await mailer.sendBulk(template, recipients)).toMatchObject({ sent: 2, failed: 0 });
    }
    for (const name of ["test-1.example", "test-2.example"])
      expect(inbox.messages({ inbox: name }).map(({ via }) => via)).toEqual(transports);
  });

  test("ask for the login all the same where there is one", async () => {
    const login = { user: "ada", pass: "correct-horse" };
    await using inbox = await startInbox({ port: 0, inboxBy: "sender-domain", login });
    await sendBy("smtp", inbox);
    expect(inbox.messages().map((mail) => mail.inbox)).toEqual(["acme.example"]);
    const answer = await fetch(`${inbox.urls.web}/v3/mail/send`, { method: "POST", body: "{}" });
    expect(answer.status).toBe(401);
  });
});

test("a login that is asked for is in the URLs, and nobody else gets in", async () => {
  await using inbox = await startInbox({ port: 0, login: { user: "ada", pass: "correct-horse" } });
  await using open = await startInbox({ port: 0 });
  const strangers = { ...inbox, urls: withoutKeys(inbox.urls, open.urls) };
  for (const via of transports) {
    await sendBy(via, inbox);
    expect(await failureBy(via, strangers)).toMatchObject({ scope: "transport", delivery: "not_sent" });
  }
  expect(inbox.messages().map((mail) => [mail.via, mail.inbox])).toEqual(transports.map((via) => [via, "ada"]));
});

/** The inbox with the domain that its URL for Mailgun names. */
function sendingFor(domain: string, inbox: Inbox): Inbox {
  return { ...inbox, urls: { ...inbox.urls, mailgun: inbox.urls.mailgun.replace("inbox.example", domain) } };
}

/** The URLs of an inbox without login, at the ports of one that has one. */
function withoutKeys<Urls extends object>(urls: Urls, open: Urls): Urls {
  const ports = (text: string) => text.match(/(?<=127\.0\.0\.1:)\d+/)?.[0] ?? "";
  return Object.fromEntries(
    Object.entries(open).map(([name, url]) => [name, url.replace(ports(url), ports(String(urls[name as keyof Urls])))]),
  ) as Urls;
}

describe("waitFor", () => {
  test("gives a mail that is still to come", async () => {
    await using inbox = await startInbox({ port: 0 });
    const waiting = inbox.waitFor(({ subject }) => subject === "Second");
    await sendBy("sendgrid", inbox, { subject: "First" });
    const { id } = await sendBy("ses", inbox, { subject: "Second" });
    expect(await waiting).toMatchObject({ via: "ses", mailId: id });
  });

  test("tells what came instead of the mail that was waited for", async () => {
    await using inbox = await startInbox({ port: 0 });
    await sendBy("mailgun", inbox, { subject: "Another" });
    await expect(inbox.waitFor(() => false, { timeoutMs: 1 })).rejects.toThrow('"Another" to ada@example.com');
  });

  test("serves parallel tests that send at once", async () => {
    await using inbox = await startInbox({ port: 0 });
    const people = Array.from({ length: 40 }, (_, n) => `user${n}@example.com`);
    const found = await Promise.all(
      people.map(async (to, n) => {
        const waiting = inbox.waitFor(({ envelope }) => envelope.to.includes(to));
        await sendBy(transports[n % 4] ?? "smtp", inbox, { to });
        return (await waiting).to[0]?.address;
      }),
    );
    expect(found).toEqual(people);
  });
});
