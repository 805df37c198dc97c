import { describe, expect, it } from "vitest";
import { networkError } from "./sendgrid-network-error.ts";

function failure(code: string): Error {
  return Object.assign(new Error(`it failed: ${code}`), { code });
}

describe("a network error", () => {
  it.each([
    ["ENOTFOUND", "dns", "not_sent"],
    ["EAI_AGAIN", "dns", "not_sent"],
    ["ECONNREFUSED", "connection", "not_sent"],
    ["EHOSTUNREACH", "connection", "not_sent"],
    ["CERT_HAS_EXPIRED", "tls", "not_sent"],
    ["ECONNRESET", "connection", "unknown"],
    ["EPIPE", "connection", "unknown"],
    ["ETIMEDOUT", "timeout", "unknown"],
    ["ECONNABORTED", "timeout", "unknown"],
    ["ERR_BAD_RESPONSE", "unavailable", "unknown"],
    ["HPE_INVALID_CONSTANT", "unavailable", "unknown"],
    ["ERR_SSL_TLSV1_ALERT", "tls", "unknown"],
    ["CERT_NOT_YET_VALID", "tls", "unknown"],
    ["ERR_SOMETHING", "unknown", "unknown"],
    ["constructor", "unknown", "unknown"],
  ])("%s after the request was written is %s, %s", (systemCode, code, delivery) => {
    expect(networkError(failure(systemCode), "unknown")).toMatchObject({ code, delivery });
  });

  it.each(["ECONNRESET", "ETIMEDOUT", "ENOTFOUND", "ERR_SOMETHING"])(
    "%s before it was written sent nothing",
    (code) => {
      expect(networkError(failure(code), "not_sent").delivery).toBe("not_sent");
    },
  );

  it("is made of whatever was thrown", () => {
    for (const thrown of ["text", null, undefined, {}, 7])
      expect(networkError(thrown, "unknown")).toMatchObject({ code: "unknown", delivery: "unknown" });
  });
});
