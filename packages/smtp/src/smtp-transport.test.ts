import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import type { SMTPServerOptions } from "smtp-server";
import { describe, expect, it, vi } from "vitest";
import { aDayAgo, certificate } from "./certificates.fixture.ts";
import { mailServer } from "./mail-server.fixture.ts";
import { scriptedServer } from "./scripted-server.fixture.ts";
import { failure, send, verify } from "./sending.fixture.ts";
import { smtp } from "./smtp-transport.ts";

const host = "127.0.0.1";

const onAuth: SMTPServerOptions["onAuth"] = ({ username, password }, _session, done) => {
  if (username === "ada" && password === "s3cret-pass") done(null, { user: "ada" });
  else done(Object.assign(new Error("Login refused"), { responseCode: 535 }));
};

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

  it("signs with DKIM what goes over the wire", async () => {
    await using server = await mailServer();
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const dkim = { domainName: "acme.example", keySelector: "s1", privateKey: pem };
    await send(smtp({ host, port: server.port, dkim }));
    expect(server.taken[0]?.source).toMatch(/^DKIM-Signature: v=1; a=rsa-sha256;.*d=acme.example;.*s=s1;/s);
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
    await using server = await mailServer();
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
  }, 20_000);
});

describe("encryption", () => {
  it("upgrades by STARTTLS and logs in", async () => {
    const { ca, ...identity } = await certificate();
    await using server = await mailServer({ ...identity, onAuth });
    const transport = smtp({
      host: "localhost",
      port: server.port,
      starttls: "required",
      tls: { ca },
      auth: { user: "ada", pass: "s3cret-pass" },
    });
    await send(transport);
    expect(server.taken[0]?.user).toBe("ada");
    await verify(transport);
    await transport.close?.();
  });

  it("speaks TLS from the first byte with secure: true", async () => {
    const { ca, ...identity } = await certificate();
    await using server = await mailServer({ ...identity, secure: true });
    const transport = smtp({ host, port: server.port, secure: true, tls: { ca } });
    await send(transport);
    expect(server.taken).toHaveLength(1);
    await transport.close?.();
  });

  it.each([
    ["self-signed", {}, undefined, /ca/],
    ["expired", { notAfterDate: aDayAgo() }, "own", /run out/],
    ["for another name", { name: "mail.other.example" }, "own", /another name/],
  ] as const)("refuses a certificate that is %s", async (_what, wanted, trust, hint) => {
    const { ca, ...identity } = await certificate(wanted);
    await using server = await mailServer({ ...identity, secure: true });
    const tls = trust === undefined ? {} : { ca };
    const error = await failure(send(smtp({ host: "localhost", port: server.port, secure: true, tls })));
    expect(error).toMatchObject({ code: "tls", scope: "transport", retryable: false, delivery: "not_sent" });
    expect(error.hint).toMatch(hint);
  });

  it("refuses TLS 1.1", async () => {
    const { ca, ...identity } = await certificate();
    await using server = await mailServer({
      ...identity,
      secure: true,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    expect(
      await failure(send(smtp({ host: "localhost", port: server.port, secure: true, tls: { ca } }))),
    ).toMatchObject({ code: "tls" });
  });

  it("sends nothing in the clear where STARTTLS is required and missing", async () => {
    await using server = await scriptedServer({ ehlo: "250-test\r\n250 AUTH PLAIN" });
    const transport = smtp({
      host,
      port: server.port,
      starttls: "required",
      auth: { user: "ada", pass: "s3cret-pass" },
    });
    expect(await failure(send(transport))).toMatchObject({
      code: "tls",
      retryable: false,
      response: { smtpCode: 502 },
    });
    expect(server.lines.map((line) => line.split(" ")[0])).toEqual(["EHLO", "STARTTLS"]);
  });

  it("says what to write when the server starts without TLS", async () => {
    await using server = await mailServer();
    const error = await failure(send(smtp({ host, port: server.port, secure: true })));
    expect(error).toMatchObject({ code: "tls", delivery: "not_sent" });
    expect(error.hint).toMatch(/secure: false/);
  });
});

describe("logging in", () => {
  it("tells a refused login from everything else and shows no secret", async () => {
    await using server = await mailServer({ onAuth, allowInsecureAuth: true });
    const transport = smtp({ host, port: server.port, auth: { user: "ada", pass: "wr0ng-pass" } });
    for (const work of [() => send(transport), () => verify(transport)]) {
      const error = await failure(work());
      expect(error).toMatchObject({ code: "authentication", scope: "transport", retryable: false });
      expect(error.response?.smtpCode).toBe(535);
      expect(`${error.message}${error.hint}${error.response?.text}`).not.toContain("wr0ng-pass");
    }
  });

  it("shows no secret that the server repeats", async () => {
    const ehlo = "250-test\r\n250 AUTH PLAIN";
    await using server = await scriptedServer({ ehlo, auth: `535 5.7.8 ${btoa("\0ada\0s3cret-pass")} is wrong` });
    const error = await failure(send(smtp({ host, port: server.port, auth: { user: "ada", pass: "s3cret-pass" } })));
    expect(error.response?.text).toBe("535 5.7.8 *** is wrong");
    expect(error.message).not.toContain(btoa("\0ada\0s3cret-pass"));
  });

  it("keeps the password to itself where the server offers no login", async () => {
    await using server = await scriptedServer();
    const transport = smtp({ host, port: server.port, auth: { user: "ada", pass: "s3cret-pass" } });
    expect(await failure(send(transport))).toMatchObject({ code: "authentication", delivery: "not_sent" });
    expect(await failure(verify(transport))).toMatchObject({ code: "authentication" });
    expect(server.lines.every((line) => line.startsWith("EHLO"))).toBe(true);
  });

  it("shows the dialogue to the logger without passwords and bodies", async () => {
    await using server = await mailServer({ onAuth, allowInsecureAuth: true });
    const lines: string[] = [];
    const write = (fields: object, text: string): void => void lines.push(`${JSON.stringify(fields)} ${text}`);
    const logger = { debug: write, info: write, warn: write, error: write };
    const transport = smtp({ host, port: server.port, auth: { user: "ada", pass: "s3cret-pass" }, logger });
    await send(transport, { text: "the body itself" });
    const log = lines.join("\n");
    expect(log).toMatch(/EHLO.*AUTH PLAIN \*\*\*.*MAIL FROM.*RCPT TO.*DATA.*250/s);
    for (const form of ["s3cret-pass", Buffer.from("\0ada\0s3cret-pass").toString("base64"), "the body itself"])
      expect(log).not.toContain(form);
  });
});
