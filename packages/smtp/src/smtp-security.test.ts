import type { SMTPServerOptions } from "smtp-server";
import { describe, expect, it } from "vitest";
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
