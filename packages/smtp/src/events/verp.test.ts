import { Readable } from "node:stream";
import { createMailer, failover, retry } from "@mail/core";
import { describe, expect, test } from "vitest";
import { type Script, type ScriptedServer, scriptedServer } from "../scripted-server.fixture.ts";
import { failure, send } from "../sending.fixture.ts";
import { smtp } from "../smtp-transport.ts";
import { bounceEvents, verp } from "./index.ts";

const signed = { address: "bounces@acme.example", secret: "correct horse battery staple" };
const to = ["ada@example.com", "bob@example.com", "carol@example.com"];
const plain = ({ port }: ScriptedServer) => smtp({ host: "127.0.0.1", port });

/** Answers by recipient, at RCPT or after the mail. */
const answering = (replies: Readonly<Record<string, string>>): Script => ({
  rcpt: (address) => replies[address] ?? "250 2.1.5 ok",
});

const returnPaths = ({ lines }: ScriptedServer) => lines.flatMap((line) => /^MAIL FROM:<(.*?)>/.exec(line)?.[1] ?? []);

describe("verp()", () => {
  test("gives each recipient a transaction and a return path of their own, and one receipt to all", async () => {
    await using server = await scriptedServer();
    const receipt = await send(verp(plain(server), signed), { to, cc: "dora@example.com" });
    expect(server.mails.map((mail) => mail.to)).toEqual(
      expect.arrayContaining([...to, "dora@example.com"].map((one) => [one])),
    );
    expect(new Set(returnPaths(server)).size).toBe(4);
    for (const path of returnPaths(server)) expect(path).toMatch(/^bounces\+[a-z2-7]{48}@acme\.example$/);
    expect(receipt).toMatchObject({ status: "sent", accepted: [...to, "dora@example.com"], rejected: [] });
    expect(receipt.attempts).toHaveLength(4);
    expect(receipt.messageId).toMatch(/^<.+>$/);
    const headers = server.mails.map(({ source }) => /^To: .*$/m.exec(source.toString())?.[0]);
    expect(new Set(headers).size).toBe(1);
  });

  test("makes return paths by which bounces are known", async () => {
    await using server = await scriptedServer();
    const receipt = await send(verp(plain(server), signed));
    const [path = ""] = returnPaths(server);
    const mail = `Return-Path: <>\r\nTo: <${path}>\r\n\r\nNo.\r\n`;
    expect(await bounceEvents({ verp: signed }).read(mail)).toMatchObject([{ type: "unknown", mailId: receipt.id }]);
  });

  test("tells who was refused among those who were accepted", async () => {
    await using server = await scriptedServer(answering({ "bob@example.com": "550 5.1.1 no" }));
    const receipt = await send(verp(plain(server), signed), { to });
    expect(receipt.accepted).toEqual(["ada@example.com", "carol@example.com"]);
    expect(receipt.rejected).toMatchObject([{ address: "bob@example.com", error: { code: "recipient_rejected" } }]);
  });

  test("is retried for those alone who were put off", async () => {
    let later = "451 4.2.1 later";
    await using server = await scriptedServer({
      rcpt: (address) => {
        if (address !== "bob@example.com") return "250 2.1.5 ok";
        const reply = later;
        later = "250 2.1.5 ok";
        return reply;
      },
    });
    const transport = retry(verp(plain(server), signed), { backoff: { initialMs: 1 } });
    const receipt = await send(transport, { to, idempotencyKey: "order-1" });
    expect(receipt.accepted.toSorted()).toEqual(to);
    expect(server.mails).toHaveLength(3);
    expect(new Set(returnPaths(server)).size).toBe(3);
  });

  test("sends to nobody again where it is not known whether one has the mail", async () => {
    let count = 0;
    await using server = await scriptedServer({ body: () => (++count === 1 ? "cut" : "250 2.0.0 taken") });
    const transport = retry(verp(plain(server), signed), { backoff: { initialMs: 1 } });
    const receipt = await send(transport, { to: to.slice(0, 2) });
    expect(receipt.accepted).toHaveLength(1);
    expect(receipt.rejected).toMatchObject([{ error: { delivery: "unknown" } }]);
    expect(server.mails).toHaveLength(2);
  });

  test("fails as not known where nobody surely has the mail and one may have it", async () => {
    await using server = await scriptedServer({
      rcpt: (address) => (address === "ada@example.com" ? "250 2.1.5 ok" : "550 5.1.1 no"),
      body: "cut",
    });
    const transport = retry(verp(plain(server), signed), { backoff: { initialMs: 1 } });
    expect(await failure(send(transport, { to }))).toMatchObject({ delivery: "unknown" });
    expect(server.mails).toHaveLength(1);
  });

  test("fails as the transport does where that is out of order, so that a group goes on", async () => {
    await using refusing = await scriptedServer({ mail: "421 4.3.2 shutting down" });
    await using server = await scriptedServer();
    const many = Array.from({ length: 30 }, (_, index) => `user${index}@example.com`);
    const group = failover([verp(plain(refusing), signed), verp(plain(server), signed)]);
    expect(await send(group, { to: many })).toMatchObject({ accepted: many, rejected: [] });
    // Who comes after the first refusals is not tried there any more.
    expect(returnPaths(refusing).length).toBeLessThan(12);
  });

  test("fails with the refusal where all are refused", async () => {
    await using server = await scriptedServer({ rcpt: "550 5.1.1 no" });
    const error = await failure(send(verp(plain(server), signed), { to }));
    expect(error).toMatchObject({ code: "recipient_rejected", delivery: "not_sent", retryable: false });
    expect(error.attempts).toHaveLength(3);
  });

  test("ends where it is told to", async () => {
    await using server = await scriptedServer({ mail: "hang" });
    const controller = new AbortController();
    const sending = failure(send(verp(plain(server), signed), { to }, controller.signal));
    await server.seen(/^MAIL/);
    controller.abort();
    expect(await sending).toMatchObject({ code: "aborted", delivery: "not_sent" });
  });

  test("refuses a bare stream to several before it is read, and takes it to one", async () => {
    await using server = await scriptedServer();
    const transport = verp(plain(server), signed);
    const attachments = () => [{ filename: "a.txt", content: Readable.from(["hi"]) }];
    const error = await failure(send(transport, { to, attachments: attachments() }));
    expect(error).toMatchObject({ code: "invalid_message", field: "attachments[0].content", delivery: "not_sent" });
    expect(await send(transport, { attachments: attachments() })).toMatchObject({ status: "sent" });
    expect(server.mails).toHaveLength(1);
  });

  test("makes each mail of a mail merge its own return path", async () => {
    await using server = await scriptedServer();
    await using mailer = createMailer({ transport: verp(plain(server), signed) });
    const message = { from: "app@acme.example", subject: "Hi {{name}}", text: "Hello" };
    const recipients = to.map((address) => ({ to: address, data: { name: "you" } }));
    expect(await mailer.sendBulk(message, recipients)).toMatchObject({ sent: 3, failed: 0 });
    expect(new Set(returnPaths(server)).size).toBe(3);
  });

  test("goes by the inner transport's name and label, and has its other methods", async () => {
    await using server = await scriptedServer();
    const inner = plain(server);
    expect(verp(inner, signed)).toMatchObject({ name: "smtp", features: inner.features });
    expect(verp(inner, { ...signed, label: "mx" }).label).toBe("mx");
    expect(
      verp({ ...inner, features: { ...inner.features, batch: { recipients: 9, bytes: 9 } } }, signed),
    ).toMatchObject({
      features: inner.features,
    });
    const context = { signal: new AbortController().signal, log: console };
    await verp(inner, signed).verify?.(context);
    await verp(inner, signed).close?.();
    await expect(send(inner)).rejects.toMatchObject({ code: "configuration" });
  });

  test("is refused around what sets the return path itself", () => {
    const inner = { ...smtp({ host: "127.0.0.1" }), features: { fields: [] } };
    expect(() => verp(inner, signed)).toThrow(expect.objectContaining({ code: "configuration", field: "transport" }));
    expect(() => verp(smtp({ host: "127.0.0.1" }), { ...signed, secret: "" })).toThrow(
      expect.objectContaining({ code: "configuration", field: "secret" }),
    );
  });
});
