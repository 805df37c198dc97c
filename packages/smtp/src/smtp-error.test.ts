import type { NodemailerError } from "nodemailer/lib/errors";
import { describe, expect, it } from "vitest";
import { smtpError } from "./smtp-error.ts";
import { parseReply } from "./smtp-reply.ts";

const server = { host: "mail.example.com", port: 587, secure: false };

function thrown(fields: Partial<NodemailerError>): Error {
  return Object.assign(new Error("as nodemailer says"), fields);
}

describe("what cannot be played on loopback", () => {
  it.each<[Partial<NodemailerError>, string, boolean, RegExp]>([
    [{ code: "EDNS", originalCode: "ENOTFOUND" }, "dns", true, /does not exist/],
    [{ code: "EDNS", originalCode: "EAI_AGAIN" }, "dns", true, /try again/],
    [{ code: "EDNS", originalCode: "ETIMEOUT" }, "dns", true, /name server/],
    [{ code: "ESOCKET", originalCode: "EHOSTUNREACH" }, "connection", true, /no way/],
    [{ code: "ESOCKET", originalCode: "ENETUNREACH" }, "connection", true, /no way/],
    [{ code: "ETIMEDOUT", timeoutType: "CONNECT_TIMEOUT" }, "timeout", true, /clouds block/],
    [{ code: "ETIMEDOUT", timeoutType: "UPGRADE_TIMEOUT" }, "timeout", true, /587/],
    [{ code: "ESOCKET", originalCode: "SELF_SIGNED_CERT_IN_CHAIN" }, "tls", false, /ca/],
    [{ code: "ESOCKET", originalCode: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" }, "tls", false, /ca/],
    [{ code: "ESOCKET", originalCode: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION" }, "tls", false, /too old/],
    [{ code: "ETLS", command: "STARTTLS" }, "tls", false, /encryption/],
    [{ code: "EREQUIRETLS", command: "MAIL FROM" }, "tls", false, /REQUIRETLS/],
    [{ code: "EAUTH", command: "API" }, "configuration", false, /auth/],
    [{ code: "ENOAUTH" }, "configuration", false, /auth/],
    [{ code: "EPROTOCOL", command: "CONN" }, "configuration", false, /no mail server/],
    [{ code: "ESTREAM", command: "API" }, "invalid_message", false, /read/],
    [{ code: "SOMETHING" }, "unknown", false, /logger/],
  ])("%j", (fields, code, retryable, hint) => {
    const error = smtpError(thrown(fields), server);
    expect(error).toMatchObject({ code, retryable, delivery: "not_sent" });
    expect(error.hint).toMatch(hint);
  });

  it("the failure of every address has a text", () => {
    const causes = [new Error("connect ECONNREFUSED ::1:587"), new Error("connect ECONNREFUSED 127.0.0.1:587")];
    const error = smtpError(Object.assign(new AggregateError(causes), { code: "ESOCKET" }), server);
    expect(error.message).toContain("::1:587; connect ECONNREFUSED 127.0.0.1:587");
  });

  it("what OpenSSL says is told without places in its source", () => {
    const openssl =
      "40CD:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/openssl/tlsany_meth.c:77:\n";
    const error = smtpError(Object.assign(new Error(openssl), { code: "ESOCKET", originalCode: "EPROTO" }), server);
    expect(error.message).toBe("mail.example.com:587: wrong version number");
  });

  it("tells those in a container that localhost is not the host", () => {
    const refused = thrown({ code: "ESOCKET", originalCode: "ECONNREFUSED" });
    expect(smtpError(refused, { ...server, host: "localhost" }).hint).toMatch(/container/);
    expect(smtpError(refused, server).hint).not.toMatch(/container/);
  });

  it("says how to log in at a host that is known", () => {
    const refused = thrown({ code: "EAUTH", command: "AUTH PLAIN", response: "535 5.7.8 no" });
    expect(smtpError(refused, { ...server, host: "smtp.sendgrid.net" }).hint).toMatch(/apikey/);
  });
});

describe("a reply", () => {
  it.each([
    ["550 5.1.1 no", { smtpCode: 550, enhancedCode: "5.1.1" }],
    ["550-5.7.26 a\n550 5.7.26 b", { smtpCode: 550, enhancedCode: "5.7.26" }],
    ["421 closing", { smtpCode: 421 }],
    ["250", { smtpCode: 250 }],
    ["550 5.1.1000 no", { smtpCode: 550 }],
  ])("%j is taken apart", (text, parts) => {
    expect(parseReply(text)).toEqual({ ...parts, text });
  });

  it.each(["", "HTTP/1.1 400", "5500 x", "55", "650 x"])("%j is none", (text) => {
    expect(parseReply(text)).toBeUndefined();
  });
});
