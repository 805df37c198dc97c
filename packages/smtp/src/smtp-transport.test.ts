import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { mailServer } from "./mail-server.fixture.ts";
import { scriptedServer } from "./scripted-server.fixture.ts";
import { failure, send } from "./sending.fixture.ts";
import { smtp } from "./smtp-transport.ts";

const host = "127.0.0.1";

describe("sending", () => {
  it("gives the envelope to the server and tells who took the mail", async () => {
    await using server = await mailServer();
    const receipt = await send(smtp({ host, port: server.port }), {
      to: ["ada@example.com", "Bob <bob@example.com>"],
      cc: "cy@example.com",
      bcc: "dee@example.com",
      envelope: { from: "bounces@acme.example" },
    });
    const everyone = ["ada@example.com", "bob@example.com", "cy@example.com", "dee@example.com"];
    expect(receipt).toMatchObject({ status: "sent", transport: "smtp", accepted: everyone, rejected: [] });
    expect(server.taken[0]).toMatchObject({ from: "bounces@acme.example", to: everyone });
    expect(server.taken[0]?.source).not.toContain("dee@");
    expect(server.taken[0]?.parsed.messageId).toBe(receipt.messageId);
  });

  it("uses one connection for mails in turn, and no more than maxConnections at once", async () => {
    await using server = await mailServer();
    const transport = smtp({ host, port: server.port, maxConnections: 2 });
    await send(transport);
    await send(transport);
    expect(server.connections()).toBe(1);
    await Promise.all(Array.from({ length: 6 }, () => send(transport)));
    expect(server.connections()).toBe(2);
    expect(server.taken).toHaveLength(8);
    await transport.close?.();
  });

  it("opens a new connection after maxMessages, and for each mail with pool: false", async () => {
    await using server = await mailServer();
    const two = smtp({ host, port: server.port, maxMessages: 2 });
    for (let mail = 0; mail < 4; mail++) await send(two);
    expect(server.connections()).toBe(2);
    const single = smtp({ host, port: server.port, pool: false });
    for (let mail = 0; mail < 2; mail++) await send(single);
    expect(server.connections()).toBe(4);
  });

  it("reports refused recipients beside accepted ones", async () => {
    await using server = await scriptedServer({
      rcpt: (address) => (address.startsWith("gone") ? "550 5.1.1 no such user" : "250 2.1.5 ok"),
    });
    const receipt = await send(smtp({ host, port: server.port }), { to: ["gone@example.com", "ada@example.com"] });
    expect(receipt.accepted).toEqual(["ada@example.com"]);
    expect(receipt.rejected).toMatchObject([
      {
        address: "gone@example.com",
        error: { code: "recipient_rejected", retryable: false, response: { smtpCode: 550, enhancedCode: "5.1.1" } },
      },
    ]);
  });

  it("sends the next mail over the same connection after one was refused", async () => {
    let refuse = true;
    await using server = await scriptedServer(() => (refuse ? { body: "554 5.7.1 spam" } : {}));
    const transport = smtp({ host, port: server.port });
    expect(await failure(send(transport))).toMatchObject({ code: "policy_rejected", delivery: "not_sent" });
    refuse = false;
    await send(transport);
    expect(server.connections()).toBe(1);
    expect(server.lines).toContain("RSET");
  });

  it("takes a new connection where the one at rest is dead", async () => {
    await using server = await scriptedServer({
      rcpt: (address) => (address.startsWith("gone") ? "550 no" : "250 ok"),
      rset: "cut",
    });
    const transport = smtp({ host, port: server.port });
    await failure(send(transport, { to: "gone@example.com" }));
    await send(transport);
    expect(server.connections()).toBe(2);
  });

  it("tries a connection that rested for long before it gives it a mail", async () => {
    await using server = await scriptedServer({ rset: "cut" });
    const transport = smtp({ host, port: server.port });
    const clock = vi.spyOn(performance, "now");
    try {
      clock.mockReturnValue(1_000);
      await send(transport);
      clock.mockReturnValue(60_000);
      await send(transport);
    } finally {
      clock.mockRestore();
    }
    expect(server.connections()).toBe(2);
  });

  it("compares the mail with the server's SIZE before MAIL FROM", async () => {
    await using server = await scriptedServer({ ehlo: "250-test\r\n250 SIZE 2000" });
    const error = await failure(send(smtp({ host, port: server.port }), { text: "x".repeat(3000) }));
    expect(error).toMatchObject({ code: "message_too_large", delivery: "not_sent", scope: "message" });
    expect(server.lines.join("\n")).not.toContain("MAIL");
  });

  it("announces SMTPUTF8 where an address needs it, and refuses where the server has none", async () => {
    let ehlo = "250-test\r\n250-8BITMIME\r\n250 SMTPUTF8";
    await using server = await scriptedServer(() => ({ ehlo }));
    await send(smtp({ host, port: server.port }), { to: "jürgen@exämple.com" });
    const sent = server.lines.map((line) => Buffer.from(line, "latin1").toString("utf8")).join("\n");
    expect(sent).toMatch(/MAIL FROM:<hello@acme.example> SMTPUTF8 BODY=8BITMIME/);
    expect(sent).toContain("RCPT TO:<jürgen@xn--exmple-cua.com>");
    ehlo = "250 test";
    const error = await failure(send(smtp({ host, port: server.port }), { to: "jürgen@example.com" }));
    expect(error).toMatchObject({ code: "unsupported", delivery: "not_sent" });
  });

  it.each(["replyTo", "from", "cc"] as const)("announces SMTPUTF8 for an address in %s, once", async (field) => {
    let ehlo = "250-test\r\n250-8BITMIME\r\n250-SIZE 100000\r\n250 SMTPUTF8";
    await using server = await scriptedServer(() => ({ ehlo }));
    const transport = smtp({ host, port: server.port });
    await send(transport, { [field]: "jürgen@example.com", envelope: { from: '"SMTPUTF8 "@acme.example' } });
    await send(transport);
    const [international, ordinary] = server.lines.filter((line) => line.startsWith("MAIL"));
    expect(international?.slice(international.indexOf(">")).match(/ SMTPUTF8\b/g)).toHaveLength(1);
    expect(ordinary).not.toContain("SMTPUTF8");
    ehlo = "250 test";
    await transport.close?.();
    const error = await failure(send(smtp({ host, port: server.port }), { [field]: "jürgen@example.com" }));
    expect(error).toMatchObject({ code: "unsupported", delivery: "not_sent" });
  });

  it("signs with DKIM what goes over the wire", async () => {
    await using server = await mailServer();
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const dkim = { domainName: "acme.example", keySelector: "s1", privateKey: pem };
    await send(smtp({ host, port: server.port, dkim }));
    expect(server.taken[0]?.source).toMatch(/^DKIM-Signature: v=1; a=rsa-sha256;.*d=acme.example;.*s=s1;/s);
    await send(smtp({ host, port: server.port, dkim }), { unsubscribe: { url: "https://acme.example/off" } });
    const [, signed = ""] = /\sh=([^;]*);/.exec(server.taken[1]?.source ?? "") ?? [];
    const fields = signed.replace(/\s/g, "").split(":");
    expect(fields).toEqual(expect.arrayContaining(["from", "subject", "list-unsubscribe", "list-unsubscribe-post"]));
    const unusable = (): unknown => smtp({ host, port: server.port, dkim: { ...dkim, privateKey: "no key at all" } });
    expect(unusable).toThrow(expect.objectContaining({ code: "configuration", field: "dkim.privateKey" }));
    expect(unusable).not.toThrow("no key at all");
  });

  it("does not connect when an attachment cannot be read", async () => {
    await using server = await mailServer();
    const attachments = [{ content: () => Promise.reject(new Error("no such file")) }];
    const error = await failure(send(smtp({ host, port: server.port }), { attachments }));
    expect(error).toMatchObject({ code: "invalid_message", field: "attachments[0].content" });
    expect(server.connections()).toBe(0);
  });

  it("says goodbye on close", async () => {
    await using server = await scriptedServer();
    const transport = smtp({ host, port: server.port });
    await send(transport);
    await transport.close?.();
    expect(server.lines).toContain("QUIT");
  });

  it("lets the process end while a connection is at rest", async () => {
    await using server = await mailServer({ socketTimeout: 600_000 });
    const script = `
      const { smtp } = await import("@mail/smtp");
      const { createMailer } = await import("@mail/core");
      const mailer = createMailer({ transport: smtp({ host: "127.0.0.1", port: ${server.port} }) });
      await mailer.send({ from: "a@acme.example", to: "b@example.com", text: "x" });
    `;
    const args = ["--conditions=@mail/source", "--input-type=module", "--eval", script];
    const child = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: ["ignore", "ignore", "pipe"] });
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(server.taken).toHaveLength(1);
  }, 60_000);
});
