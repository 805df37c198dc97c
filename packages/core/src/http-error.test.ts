import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorTable } from "./error-code.ts";
import { networkFailure, networkFailures, parseRetryAfter, plainReason } from "./http-error.ts";

describe("Retry-After", () => {
  const now = Date.UTC(1994, 10, 6, 8, 49, 0);

  test.each([
    ["0", 0],
    ["120", 120_000],
    [" 7 ", 7_000],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 37_000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 37_000],
    ["Sun Nov  6 08:49:37 1994", 37_000],
    ["Sun, 06 Nov 1994 08:48:00 GMT", 0],
    ["Sun, 6 Nov 1994 08:49:37 UTC", 37_000],
    ["6 Nov 1994 08:49:37", 37_000],
    ["Sun, 06 Nov 1994 09:49:37 +0100", 37_000],
  ])("%j is %d ms", (value, ms) => {
    expect(parseRetryAfter(value, now)).toBe(ms);
  });

  test.each([
    undefined,
    null,
    "",
    " ",
    "soon",
    "in 5 minutes",
    "retry 7",
    "-1",
    "1.5",
    "1e3",
    "0x10",
    "9".repeat(30),
    "5s",
    "1994-11-06",
    "Sun, 99 Nov 1994 08:49:37 GMT",
    "NaN",
    "Infinity",
  ])("%j says nothing", (value) => {
    expect(parseRetryAfter(value, now)).toBeUndefined();
  });

  test("is never negative or not a number, whatever was sent", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const ms = parseRetryAfter(value, now);
        expect(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});

describe("a failure below HTTP", () => {
  test("has a code of the table and a hint, each of them", () => {
    for (const failure of Object.values(networkFailures)) {
      expect(Object.keys(errorTable)).toContain(failure.code);
      expect(failure.hint).not.toBe("");
    }
  });

  test.each([
    ["ENOTFOUND", "dns", "not_sent"],
    ["EAI_AGAIN", "dns", "not_sent"],
    ["ECONNREFUSED", "connection", "not_sent"],
    ["ERR_PROXY_TUNNEL", "connection", "not_sent"],
    ["CERT_HAS_EXPIRED", "tls", "not_sent"],
    ["CERT_NOT_YET_VALID", "tls", "not_sent"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls", "not_sent"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls", "not_sent"],
    ["EHOSTUNREACH", "connection", "unknown"],
    ["ENETUNREACH", "connection", "unknown"],
    ["ECONNRESET", "connection", "unknown"],
    ["ETIMEDOUT", "timeout", "unknown"],
    ["EPROTO", "tls", "unknown"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls", "unknown"],
    ["ERR_SSL_BAD_RECORD_TYPE", "tls", "unknown"],
    ["ERR_TLS_HANDSHAKE_TIMEOUT", "tls", "unknown"],
    ["HPE_INVALID_CONSTANT", "unavailable", "unknown"],
  ])("%s is %s, and %s only where it cannot come later", (systemCode, code, delivery) => {
    expect(networkFailure(systemCode)).toMatchObject({ code, delivery });
    expect(networkFailure(systemCode, true)).toMatchObject({ code, delivery: "unknown" });
    expect(networkFailure(systemCode, true)?.hint).toContain("may have gone out");
    expect(networkFailure(systemCode, false)).toMatchObject({ code, delivery: "not_sent" });
    expect(networkFailure(systemCode, false)?.hint).not.toContain("may have gone out");
  });

  test.each(["", "ERR_SOMETHING", "constructor", "toString"])("is not what is not of the network: %j", (code) => {
    expect(networkFailure(code)).toBeUndefined();
    expect(networkFailure(code, true)).toBeUndefined();
  });
});

describe("what OpenSSL says", () => {
  test.each([
    [
      "40CDDF79D57F0000:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/openssl/openssl/ssl/record/methods/tlsany_meth.c:77:\n",
      "wrong version number",
    ],
    [
      "write EPROTO 40CD:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:1605:SSL alert number 70\n",
      "write EPROTO: tlsv1 alert protocol version",
    ],
    ["connect ECONNREFUSED 127.0.0.1:1", "connect ECONNREFUSED 127.0.0.1:1"],
    ["self-signed certificate", "self-signed certificate"],
  ])("%j is told as %j", (text, plain) => {
    expect(plainReason(text)).toBe(plain);
  });
});
