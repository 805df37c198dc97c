import { createTransport, type SendMailOptions } from "nodemailer";
import { expect, test } from "vitest";
import { rawClient } from "./raw-client.fixture.ts";
import { type SmtpInbox, smtpInbox } from "./smtp-inbox.fixture.ts";

const mail = { from: "Ada <ada@acme.example>", to: "bob@example.com", subject: "Hi", text: "Hello\n.dot" };

async function send(inbox: SmtpInbox, message: SendMailOptions = mail, options: object = {}) {
  const transport = createTransport({ host: "127.0.0.1", port: inbox.port, ...options });
  try {
    return await transport.sendMail(message);
  } finally {
    transport.close();
  }
}

test("a mail is caught as its reader would see it, with source and envelope", async () => {
  const inbox = await smtpInbox();
  const info = await send(inbox, { ...mail, bcc: "hidden@example.com", headers: { "X-Mail-Id": "42" } });
  const [caught] = inbox.mails();
  expect(caught).toMatchObject({
    inbox: "default",
    via: "smtp",
    unread: true,
    mailId: "42",
    envelope: { from: "ada@acme.example", to: ["bob@example.com", "hidden@example.com"] },
    from: { name: "Ada", address: "ada@acme.example" },
    to: [{ address: "bob@example.com" }],
    bcc: [{ address: "hidden@example.com" }],
    subject: "Hi",
    text: "Hello\n.dot\n",
    messageId: info.messageId,
  });
  expect(info.response).toBe(`250 2.6.0 Ok: queued as ${caught?.providerId}`);
  expect(inbox.source(caught)).toContain("\r\n\r\nHello\r\n.dot\r\n");
});

test("EHLO names what the server can do, and STARTTLS where that is offered", async () => {
  const inbox = await smtpInbox({ maxBytes: 12_345 });
  const client = rawClient(inbox.port);
  expect(await client.reply()).toBe("220 localhost ESMTP @mail/inbox");
  const features = (await client.say("EHLO me")).split(/\r\n250[- ]/).slice(1);
  expect(features).toEqual([
    "PIPELINING",
    "8BITMIME",
    "SMTPUTF8",
    "ENHANCEDSTATUSCODES",
    "DSN",
    "AUTH PLAIN LOGIN",
    "SIZE 12345",
  ]);
  const offering = rawClient((await smtpInbox({ starttls: "offered" })).port);
  await offering.reply();
  expect(await offering.say("EHLO me")).toMatch(/^250[- ]STARTTLS$/m);
});

test("STARTTLS works with the authority's certificate, whether it is offered or not", async () => {
  for (const starttls of ["accepted", "offered"] as const) {
    const inbox = await smtpInbox({ starttls });
    await send(inbox, mail, { requireTLS: true, tls: { ca: inbox.ca } });
    expect(inbox.mails()[0]?.dialogue?.join("\n")).toMatch(/^\(TLSv1\.3 from here on, TLS_/m);
  }
});

test("TLS from the first byte works with the authority's certificate, and not without", async () => {
  const inbox = await smtpInbox();
  await send(inbox, mail, { port: inbox.tlsPort, secure: true, tls: { ca: inbox.ca } });
  expect(inbox.mails()).toHaveLength(1);
  await expect(send(inbox, mail, { port: inbox.tlsPort, secure: true })).rejects.toThrow(/certificate/);
});

test.each(["PLAIN", "LOGIN"])("whoever logs in with %s has an inbox of that name", async (method) => {
  const inbox = await smtpInbox();
  await send(inbox, mail, { auth: { user: "team-a", pass: "whatever" }, authMethod: method });
  expect(inbox.mails()[0]?.inbox).toBe("team-a");
});

test("where a login is set, no other one is taken, nor mail without one", async () => {
  const inbox = await smtpInbox({ login: { user: "ada", pass: "right" } });
  await expect(send(inbox, mail, { auth: { user: "ada", pass: "wrong" } })).rejects.toMatchObject({
    responseCode: 535,
  });
  await expect(send(inbox)).rejects.toMatchObject({ responseCode: 530 });
  await send(inbox, mail, { auth: { user: "ada", pass: "right" } });
  expect(inbox.mails()).toMatchObject([{ inbox: "ada" }]);
});

test("the dialogue is kept with each mail, and no password in it", async () => {
  const inbox = await smtpInbox();
  const client = rawClient(inbox.port);
  await client.reply();
  const secret = Buffer.from("\0ada\0s3cret").toString("base64");
  await client.sayAll("EHLO me", "AUTH PLAIN", secret);
  for (const n of [1, 2]) {
    await client.sayAll(
      `MAIL FROM:<a${n}@a.example>`,
      "RCPT TO:<b@example.com>",
      "DATA",
      `Subject: ${n}\r\n\r\nx\r\n.`,
    );
  }
  const [first, second] = inbox.mails();
  const opening = ["S: 220 localhost ESMTP @mail/inbox", "C: EHLO me"];
  expect(second?.dialogue?.slice(0, 2)).toEqual(opening);
  expect(first?.dialogue?.slice(-11)).toEqual([
    "S: 334 ",
    "C: ***",
    "S: 235 2.7.0 Authentication successful",
    "C: MAIL FROM:<a1@a.example>",
    "S: 250 2.1.0 Accepted",
    "C: RCPT TO:<b@example.com>",
    "S: 250 2.1.5 Accepted",
    "C: DATA",
    "S: 354 End data with <CR><LF>.<CR><LF>",
    "(17 bytes of mail)",
    `S: 250 2.6.0 Ok: queued as ${first?.providerId}`,
  ]);
  expect(second?.dialogue).not.toContain("C: MAIL FROM:<a1@a.example>");
  expect(second?.dialogue).toContain("C: MAIL FROM:<a2@a.example>");
  expect(JSON.stringify(inbox.mails())).not.toContain(secret);
});

test("a password that comes where none was asked for is masked too", async () => {
  const inbox = await smtpInbox({ maxBytes: 5_000 });
  const client = rawClient(inbox.port);
  await client.reply();
  const secret = Buffer.from("\0ada\0s3cret").toString("base64");
  await client.sayAll(`auth  plain  ${secret}`, secret, "EHLO me", `AUTH XOAUTH2 ${secret}`, secret);
  await client.sayAll("MAIL FROM:<>", "RCPT TO:<b@example.com>", "DATA", "Subject: x\r\n\r\nx\r\n.");
  expect(inbox.mails()).toHaveLength(1);
  expect(JSON.stringify(inbox.mails())).not.toContain(secret);
});

test("commands may be sent in one go", async () => {
  const inbox = await smtpInbox();
  const client = rawClient(inbox.port);
  await client.reply();
  await client.say("EHLO me");
  client.write("MAIL FROM:<a@a.example>\r\nRCPT TO:<b@example.com>\r\nRCPT TO:<c@example.com>\r\nDATA\r\n");
  const replies = [await client.reply(), await client.reply(), await client.reply(), await client.reply()];
  expect(replies.map((reply) => reply.slice(0, 3))).toEqual(["250", "250", "250", "354"]);
  client.write("Subject: x\r\n\r\nx\r\n.\r\nQUIT\r\n");
  expect(await client.reply()).toMatch(/^250 2\.6\.0 Ok/);
  expect(await client.reply()).toMatch(/^221/);
  expect(inbox.mails()[0]?.envelope.to).toEqual(["b@example.com", "c@example.com"]);
});

test("international addresses and 8-bit bodies come as they were sent; domains are ASCII", async () => {
  const inbox = await smtpInbox();
  const client = rawClient(inbox.port);
  await client.reply();
  await client.sayAll(
    "EHLO me",
    "MAIL FROM:<zoë@acme.example> SMTPUTF8 BODY=8BITMIME",
    "RCPT TO:<b@xn--exmple-cua.com>",
  );
  await client.sayAll("DATA", "Subject: Grüße\r\nTo: b@exämple.com\r\nFrom: zoë@acme.example\r\n\r\nKöln\r\n.");
  const [caught] = inbox.mails();
  expect(caught?.envelope).toEqual({ from: "zoë@acme.example", to: ["b@xn--exmple-cua.com"] });
  expect(caught).toMatchObject({ subject: "Grüße", bcc: [], from: { address: "zoë@acme.example" } });
  expect(inbox.source(caught)).toContain("Köln");
});

test("a mail over SIZE is refused, by its announced size or after its bytes, and not kept", async () => {
  const inbox = await smtpInbox({ maxBytes: 1_000 });
  const client = rawClient(inbox.port);
  await client.reply();
  await client.say("EHLO me");
  expect(await client.say("MAIL FROM:<a@a.example> SIZE=1001")).toMatch(/^552 5\.3\.4 /);
  await client.sayAll("MAIL FROM:<a@a.example>", "RCPT TO:<b@example.com>", "DATA");
  client.write(`${"x".repeat(998)}\r\n`.repeat(3));
  expect(await client.say(".")).toMatch(/^552 5\.3\.4 /);
  expect(inbox.mails()).toEqual([]);
});

test("a mail that cannot be kept is not accepted", async () => {
  const inbox = await smtpInbox({ broken: true });
  await expect(send(inbox)).rejects.toMatchObject({
    responseCode: 451,
    message: expect.stringContaining("the disk is full"),
  });
});

test("closing says goodbye to idle clients", async () => {
  const inbox = await smtpInbox();
  const client = rawClient(inbox.port);
  await client.reply();
  await inbox.close();
  expect(await client.reply()).toMatch(/^421 /);
  await client.ended();
});

test("connections that have ended are forgotten, encrypted ones too", async () => {
  const inbox = await smtpInbox();
  await send(inbox, mail, { requireTLS: true, tls: { ca: inbox.ca } });
  await send(inbox, mail, { port: inbox.tlsPort, secure: true, tls: { ca: inbox.ca } });
  await expect.poll(() => inbox.connections()).toBe(0);
});

test("closing in the middle of a TLS handshake ends it", async () => {
  const inbox = await smtpInbox();
  const waiting = rawClient(inbox.port);
  await waiting.reply();
  await waiting.sayAll("EHLO me", "STARTTLS");
  const silent = rawClient(inbox.tlsPort);
  const half = rawClient(inbox.port);
  await half.reply();
  await half.sayAll("EHLO me", "STARTTLS");
  half.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
  await inbox.close();
  await Promise.all([waiting.ended(), silent.ended(), half.ended()]);
});
