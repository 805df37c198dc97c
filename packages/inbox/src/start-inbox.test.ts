import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMailer } from "@mail/core";
import { mailgun } from "@mail/mailgun";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { smtp } from "@mail/smtp";
import { afterEach, expect, test } from "vitest";
import type { Inbox } from "./inbox.ts";
import type { InboxOptions } from "./inbox-options.ts";
import { smtpCertificate } from "./smtp/smtp-certificate.ts";
import { startInbox } from "./start-inbox.ts";

const message = { from: "app@acme.example", to: "ada@example.com", subject: "Hi", text: "Hello" };
const open: Inbox[] = [];

afterEach(async () => {
  for (const inbox of open.splice(0)) await inbox.close();
});

async function start(options: InboxOptions = {}): Promise<Inbox> {
  const inbox = await startInbox({ port: 0, ...options });
  open.push(inbox);
  return inbox;
}

const adapters = { smtp, sendgrid, mailgun, ses };

async function send(inbox: Inbox, by: keyof typeof adapters = "smtp", fields: Partial<typeof message> = {}) {
  await using mailer = createMailer({ transport: adapters[by].fromUrl(inbox.urls[by]) });
  return await mailer.send({ ...message, ...fields });
}

test.each(Object.keys(adapters) as (keyof typeof adapters)[])("a mail sent to urls.%s as it is arrives", async (by) => {
  const inbox = await start();
  const receipt = await send(inbox, by);
  const mail = await inbox.waitFor(({ subject }) => subject === "Hi");
  expect(mail).toMatchObject({ via: by, inbox: "default", mailId: receipt.id, envelope: { to: ["ada@example.com"] } });
  if (receipt.providerId !== undefined) expect(mail.providerId).toBe(receipt.providerId);
  expect(Buffer.from(inbox.source(mail.id) ?? []).toString()).toContain("Hello");
});

test.each(Object.keys(adapters) as (keyof typeof adapters)[])("with a login, urls.%s brings it along", async (by) => {
  const inbox = await start({ login: { user: "ada", pass: "s3cr@t" } });
  await send(inbox, by);
  expect(inbox.messages()).toMatchObject([{ inbox: "ada" }]);
});

test("implicit TLS works with the certificate", async () => {
  const inbox = await start();
  const { port, hostname } = new URL(inbox.urls.smtps);
  const transport = smtp({ host: hostname, port: Number(port), secure: true, tls: { ca: inbox.certificate } });
  await using mailer = createMailer({ transport });
  await mailer.send(message);
  expect(inbox.messages()).toHaveLength(1);
});

test("a certificate of one's own is shown to clients; one that does not fit is refused", async () => {
  const certificate = await smtpCertificate(undefined, "127.0.0.1");
  const inbox = await start({ tls: { key: certificate.key, cert: certificate.cert } });
  expect(inbox.certificate).toBe(certificate.cert);
  const { port, hostname } = new URL(inbox.urls.smtps);
  const tls = { ca: certificate.authority };
  await using mailer = createMailer({ transport: smtp({ host: hostname, port: Number(port), secure: true, tls }) });
  await mailer.send(message);
  const other = await smtpCertificate(undefined, "127.0.0.1");
  for (const key of [other.key, "no key"])
    await expect(start({ tls: { key, cert: certificate.cert } })).rejects.toMatchObject({ field: "tls" });
});

test("several in one process do not see each other's mail", async () => {
  const [one, other] = [await start(), await start()];
  await send(one);
  expect(one.messages()).toHaveLength(1);
  expect(other.messages()).toEqual([]);
});

test("messages come newest last, with bodies, and can be searched", async () => {
  const inbox = await start();
  await send(inbox, "smtp", { subject: "First" });
  await send(inbox, "smtp", { subject: "Second" });
  expect(inbox.messages().map(({ subject }) => subject)).toEqual(["First", "Second"]);
  expect(inbox.messages({ search: "subject:second", limit: undefined })).toMatchObject([{ text: "Hello\n" }]);
  inbox.clear();
  expect(inbox.messages()).toEqual([]);
});

test("waiting ends with a mail still to come", async () => {
  const inbox = await start();
  const waiting = inbox.waitFor(({ subject }) => subject === "Second");
  await send(inbox, "smtp", { subject: "First" });
  await send(inbox, "smtp", { subject: "Second" });
  expect((await waiting).subject).toBe("Second");
});

test("waiting may go on for ever", async () => {
  const inbox = await start();
  const waiting = inbox.waitFor(() => true, { timeoutMs: Number.POSITIVE_INFINITY });
  await send(inbox);
  expect((await waiting).subject).toBe("Hi");
});

test("waiting in vain says what did come", async () => {
  const inbox = await start();
  await expect(inbox.waitFor(() => true, { timeoutMs: 1 })).rejects.toThrow("No mail that fits within 1 ms; none came");
  await send(inbox);
  await expect(inbox.waitFor(() => false, { timeoutMs: 1 })).rejects.toThrow(
    'No mail that fits within 1 ms; 1 came:\n  "Hi" to ada@example.com',
  );
});

test("what the predicate throws, and the end of the inbox, end the waiting", async () => {
  const inbox = await start();
  const throwing = inbox.waitFor(() => {
    throw new Error("odd");
  });
  const waiting = inbox.waitFor(() => false);
  const both = Promise.allSettled([throwing, waiting]);
  await send(inbox);
  await inbox.close();
  expect(await both).toMatchObject([{ reason: { message: "odd" } }, { reason: { message: "The inbox was closed." } }]);
  await expect(inbox.waitFor(() => true)).rejects.toThrow("The inbox was closed.");
});

test("a fault by rule reaches the app as the provider's error", async () => {
  const inbox = await start();
  inbox.faults.add({
    stage: "rcpt",
    first: 1,
    action: { type: "reply", code: 451, enhancedCode: "4.7.1", text: "Later" },
  });
  await expect(send(inbox)).rejects.toMatchObject({ response: { smtpCode: 451, enhancedCode: "4.7.1" } });
  await send(inbox);
  expect(inbox.messages()).toHaveLength(1);
});

test("events go to the app's address: by call, and by themselves where the recipient's address asks for it", async () => {
  const bodies: string[] = [];
  const app = createHttpServer((request, response) => {
    request.setEncoding("utf8").on("data", (text: string) => bodies.push(text));
    request.on("end", () => response.end());
  });
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  const address = app.address();
  const target = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const inbox = await start({ webhooks: { sendgrid: target } });
  await send(inbox, "sendgrid");
  const [mail] = inbox.messages();
  expect(await inbox.fire(mail?.id ?? "", "open")).toMatchObject({ action: "open", state: "delivered" });
  expect(bodies.join("")).toContain('"event":"open"');
  const posted = once(app, "request");
  await send(inbox, "sendgrid", { to: "bounce@example.com" });
  await posted;
  await inbox.close();
  app.closeAllConnections();
  await new Promise((resolve) => app.close(resolve));
});

test("SNS messages come from the topic, and are signed and certified as the options say", async () => {
  const topicArn = "arn:aws:sns:eu-west-1:210987654321:mail";
  const signingCertUrl = "https://sns.eu-west-1.amazonaws.com/certificate.pem";
  const inbox = await start({
    topicArn,
    signingCertUrl,
    snsSignatureVersion: "2",
    webhooks: { ses: "http://127.0.0.1:1/" },
  });
  await send(inbox, "ses");
  const { body } = await inbox.fire(inbox.messages()[0]?.id ?? "", "deliver");
  expect(JSON.parse(body)).toMatchObject({
    TopicArn: topicArn,
    SigningCertURL: signingCertUrl,
    SignatureVersion: "2",
  });
  expect(inbox.webhookKeys.sesTopicArn).toBe(topicArn);
  await expect(start({ topicArn: "mail" })).rejects.toMatchObject({ field: "topicArn" });
  await expect(start({ signingCertUrl: "file:///etc/passwd" })).rejects.toMatchObject({ field: "signingCertUrl" });
});

test("the page's port serves the certificate of SNS and the JSON API, and refuses names that are not its own", async () => {
  const inbox = await start();
  const certificate = await fetch(`${inbox.urls.web}/sns/certificate.pem`);
  expect(await certificate.text()).toBe(inbox.webhookKeys.sesCertificate);
  expect((await fetch(`${inbox.urls.web}/api/v1/mails`)).status).toBe(200);
  const rebound = request(`${inbox.urls.web}/api/v1/mails`, { headers: { Host: "evil.example" } }).end();
  const [response]: IncomingMessage[] = await once(rebound, "response");
  expect(response?.resume().statusCode).toBe(403);
});

test("with a data file mails are there again after a restart", async () => {
  const folder = mkdtempSync(join(tmpdir(), "inbox-"));
  const dataFile = join(folder, "mails.db");
  const first = await start({ dataFile });
  await send(first);
  await first.close();
  const second = await start({ dataFile });
  expect(second.messages()).toMatchObject([{ subject: "Hi", text: "Hello\n" }]);
  await second.close();
  rmSync(folder, { recursive: true });
});

test.each(["port", "smtpPort", "smtpsPort"] as const)(
  "a taken %s is told in plain words, and nothing stays open",
  async (option) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    await expect(startInbox({ port: 0, [option]: port })).rejects.toMatchObject({
      code: "configuration",
      field: option,
      message: `${option}: port ${port} on 127.0.0.1 is taken by another program, perhaps by another inbox`,
      hint: expect.stringContaining(`lsof -i :${port}`),
    });
    await new Promise((resolve) => other.close(resolve));
  },
);

test("it closes once, with clients still connected, and its ports are free again", async () => {
  const inbox = await start();
  await using mailer = createMailer({ transport: smtp.fromUrl(inbox.urls.smtp) });
  await mailer.send(message);
  const updates = await fetch(`${inbox.urls.web}/api/v1/events`);
  expect(updates.status).toBe(200);
  const { web, smtp: plain, smtps } = inbox.urls;
  const [port, smtpPort, smtpsPort] = [web, plain, smtps].map((url) => Number(new URL(url).port));
  await Promise.all([inbox.close(), inbox.close()]);
  await expect(updates.text()).rejects.toThrow();
  await (await start({ port, smtpPort, smtpsPort })).close();
});

test("a mail that is not there cannot be reported about", async () => {
  const inbox = await start();
  await expect(inbox.fire("nobody", "deliver")).rejects.toThrow('There is no mail "nobody".');
});
