import { describe, expect, it } from "vitest";
import { networkError } from "./sendgrid-network-error.ts";

function failure(code: string): Error {
  return Object.assign(new Error(`it failed: ${code}`), { code });
}

describe("a network error", () => {
  it.each([
    ["ENOTFOUND", "dns", "not_sent"],
    ["ECONNREFUSED", "connection", "not_sent"],
    ["CERT_HAS_EXPIRED", "tls", "not_sent"],
    ["EHOSTUNREACH", "connection", "unknown"],
    ["ECONNRESET", "connection", "unknown"],
    ["ETIMEDOUT", "timeout", "unknown"],
    ["ERR_BAD_RESPONSE", "unavailable", "unknown"],
    ["HPE_INVALID_CONSTANT", "unavailable", "unknown"],
    ["ERR_SSL_TLSV1_ALERT", "tls", "unknown"],
    ["ERR_SOMETHING", "unknown", "unknown"],
    ["constructor", "unknown", "unknown"],
  ])("%s of a client that cannot be watched is %s, %s", (systemCode, code, delivery) => {
    expect(networkError(failure(systemCode), undefined)).toMatchObject({ code, delivery });
  });

  it.each(["ECONNRESET", "EHOSTUNREACH", "ERR_SSL_BAD_RECORD_TYPE", "ERR_SOMETHING"])(
    "%s leaves the outcome open once the request was written, and sent nothing before",
    (code) => {
      expect(networkError(failure(code), true).delivery).toBe("unknown");
      expect(networkError(failure(code), false).delivery).toBe("not_sent");
    },
  );

  it("is made of whatever was thrown", () => {
    for (const thrown of ["text", null, undefined, {}, 7])
      expect(networkError(thrown, true)).toMatchObject({ code: "unknown", delivery: "unknown" });
  });
});
