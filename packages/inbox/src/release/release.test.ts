import { createMailer, type Transport } from "@mail/core";
import { mailgun } from "@mail/mailgun";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CaughtMail } from "../caught-mail.ts";
import type { Inbox } from "../inbox.ts";
import { startInbox } from "../start-inbox.ts";
import { openWeb } from "../web/web.fixture.ts";

let real: Inbox;

beforeEach(async () => {
  real = await startInbox({ port: 0 });
});

afterEach(() => real.close());

const allow = ["*@acme.example", "Ada@Example.com", "*@bücher.example"];
const release = (url = real.urls.smtp) => ({ release: { url, allow } });
const released = (): CaughtMail => {
  const [mail] = real.messages();
  if (mail === undefined) throw new Error("Nothing was released.");
  return mail;
};

test("a mail goes on with all its content, to the chosen address alone", async () => {
  await using web = await openWeb(release());
  const { id } = await web.send({
    from: "Acme <app@acme.example>",
    to: "somebody@elsewhere.example",
    replyTo: "help@acme.example",
    subject: "Grüße",
    text: "Hello",
    html: "<p>Hello <img src='cid:logo'></p>",
    amp: "<html ⚡4email></html>",
    headers: {
      "List-Unsubscribe": "<https://acme.example/u>",
      "X-Note": "Grüße",
      "X-Mail-Id": "01900000-0000-7000-8000-00000000abcd",
    },
    icalEvent: { method: "REQUEST", content: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n" },
    attachments: [
      { filename: "a.txt", content: "file" },
      { filename: "logo.png", content: Buffer.from([1, 2, 3]), cid: "logo" },
    ],
  });
  const answer = await web.call("POST", `/api/v1/mails/${id}/release`, { to: ["team@acme.example"] });
  expect(await answer.json()).toEqual({ transport: "smtp", accepted: ["team@acme.example"], rejected: [] });
  const mail = released();
  expect(mail).toMatchObject({
    envelope: { to: ["team@acme.example"] },
    from: { name: "Acme", address: "app@acme.example" },
    to: [{ address: "team@acme.example" }],
    replyTo: [{ address: "help@acme.example" }],
    subject: "Grüße",
    text: "Hello\n",
  });
  expect(mail.html).toContain("cid:logo");
  expect(mail.attachments).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ filename: "amp.html" }),
      expect.objectContaining({ filename: "invite.ics", disposition: "alternative" }),
      expect.objectContaining({ filename: "a.txt", size: 4 }),
      expect.objectContaining({ filename: "logo.png", size: 3, contentId: "logo" }),
    ]),
  );
  expect(mail.headers).toContainEqual({ name: "List-Unsubscribe", value: "<https://acme.example/u>" });
  expect(mail.headers).toContainEqual({ name: "X-Note", value: "=?UTF-8?B?R3LDvMOfZQ==?=" });
  expect(mail.headers).toContainEqual({ name: "X-Original-To", value: "somebody@elsewhere.example" });
  expect(mail.mailId).not.toBe("01900000-0000-7000-8000-00000000abcd");
});

test("without a list of recipients it goes to those that it had, if all of them are allowed", async () => {
  await using web = await openWeb(release());
  const { id } = await web.send({});
  const answer = await web.call("POST", `/api/v1/mails/${id}/release`, {});
  expect(await answer.json()).toMatchObject({ accepted: ["ada@example.com"] });
});

test("headers by which a server would send to others are left out", async () => {
  await using web = await openWeb(release());
  const headers = {
    "X-SMTPAPI": '{"to":["eve@evil.example"]}',
    "X-MSYS-API": '{"bcc":[{"email":"eve@evil.example"}]}',
    "X-MC-BccAddress": "eve@evil.example",
    "Resent-Bcc": "eve@evil.example",
    "Apparently-To": "eve@evil.example",
    "X-Kept": "yes",
  };
  const { id } = await web.send({ headers });
  expect((await web.call("POST", `/api/v1/mails/${id}/release`, { to: ["x@acme.example"] })).status).toBe(200);
  const [mail] = real.messages();
  expect(mail?.headers).toContainEqual({ name: "X-Kept", value: "yes" });
  expect(JSON.stringify(mail)).not.toContain("eve@evil.example");
});

test.each(["ADA@example.COM", "x@ACME.example", "leser@xn--bcher-kva.example"])("%s is allowed", async (address) => {
  await using web = await openWeb(release());
  const { id } = await web.send({});
  expect((await web.call("POST", `/api/v1/mails/${id}/release`, { to: [address] })).status).toBe(200);
});

test.each([
  "eve@example.com",
  "eve@sub.acme.example",
  "eve@acme.example.evil.example",
  "*@acme.example.evil.example",
  "x@acme.example, eve@evil.example",
  "eve@evil.example\r\nRCPT TO:<x@acme.example>",
  '"x@acme.example"@evil.example',
  "Team <eve@evil.example>",
])("nothing goes to %j, nor to others named beside it", async (address) => {
  await using web = await openWeb(release());
  const { id } = await web.send({});
  const answer = await web.call("POST", `/api/v1/mails/${id}/release`, { to: ["x@acme.example", address] });
  expect([400, 403]).toContain(answer.status);
  expect(real.messages()).toEqual([]);
});

test.each([[[]], ["x@acme.example"], [[1]], [null]])("%j is no list of recipients", async (to) => {
  await using web = await openWeb(release());
  const { id } = await web.send({});
  expect((await web.call("POST", `/api/v1/mails/${id}/release`, { to })).status).toBe(400);
  expect(real.messages()).toEqual([]);
});

test("without the option nothing is released", async () => {
  await using web = await openWeb();
  const { id } = await web.send({});
  expect((await web.call("POST", `/api/v1/mails/${id}/release`, { to: ["x@acme.example"] })).status).toBe(409);
  expect(await (await web.get("/api/v1/info")).json()).not.toHaveProperty("release");
});

test("another site's page cannot release", async () => {
  await using web = await openWeb(release());
  const { id } = await web.send({});
  const headers = { Origin: "https://evil.example" };
  expect((await web.call("POST", `/api/v1/mails/${id}/release`, { to: ["x@acme.example"] }, headers)).status).toBe(403);
});

test("any transport of the app's serves, and stays open after the inbox is closed", async () => {
  let closed = false;
  const close = async (): Promise<void> => {
    closed = true;
  };
  const transport: Transport = { ...mailgun.fromUrl(real.urls.mailgun), label: "outbox", close };
  const web = await openWeb({ release: { transport, allow } });
  await using mailer = createMailer({ transport: mailgun.fromUrl(web.inbox.urls.mailgun) });
  await mailer.send({
    from: "app@acme.example",
    to: "ada@example.com",
    subject: "Hi",
    text: "Hello",
    tags: ["welcome"],
    metadata: { order: "42" },
  });
  const [mail] = web.inbox.messages();
  const answer = await web.call("POST", `/api/v1/mails/${mail?.id}/release`, {});
  expect(await answer.json()).toMatchObject({ transport: "outbox", accepted: ["ada@example.com"] });
  expect(released()).toMatchObject({ via: "mailgun", tags: ["welcome"], metadata: { order: "42" } });
  expect(await (await web.get("/api/v1/info")).json()).toMatchObject({
    release: { transport: "outbox", allowed: ["*@acme.example", "ada@example.com", "*@xn--bcher-kva.example"] },
  });
  await web.inbox.close();
  expect(closed).toBe(false);
});

test("what the transport refuses is told", async () => {
  await using web = await openWeb(release());
  const { id } = await web.send({});
  const answer = await web.call("POST", `/api/v1/mails/${id}/release`, { to: ["reject@acme.example"] });
  expect(answer.status).toBe(502);
  expect((await answer.json()).error.message).toContain("User unknown");
});

test("closing does not wait for a release that hangs", async () => {
  const web = await openWeb(release());
  const { id } = await web.send({});
  const caught = real.waitFor(() => true);
  const answer = web.call("POST", `/api/v1/mails/${id}/release`, { to: ["slow+3600000@acme.example"] });
  const ended = answer.then(
    () => "answered",
    () => "cut",
  );
  await caught;
  await web.inbox.close();
  expect(await ended).toBe("cut");
});
