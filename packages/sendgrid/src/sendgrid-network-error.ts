import { type DeliveryState, MailError, type NetworkFailure, networkFailures } from "@mail/core";

const brokenBefore = "The connection broke before the whole request was sent, so the mail did not go out.";
const noHttp = "What answers there does not speak HTTP: check baseUrl.";
const noTls = "No trusted TLS connection was possible: check baseUrl, clock and certificate authorities.";

/** Families of codes that core's table does not list one by one. */
const families: readonly (readonly [prefix: string, Pick<NetworkFailure, "code" | "hint">])[] = [
  ["HPE_", { code: "unavailable", hint: noHttp }],
  ["ERR_SSL_", { code: "tls", hint: noTls }],
  ["ERR_TLS_", { code: "tls", hint: noTls }],
  ["CERT_", { code: "tls", hint: noTls }],
];

/** A failure below HTTP; `delivery` says whether the whole request had been written. */
export function networkError(thrown: unknown, delivery: DeliveryState): MailError {
  const systemCode = typeof thrown === "object" && thrown !== null && "code" in thrown ? String(thrown.code) : "";
  const listed = Object.hasOwn(networkFailures, systemCode) ? networkFailures[systemCode] : undefined;
  const failure = listed ?? families.find(([prefix]) => systemCode.startsWith(prefix))?.[1];
  const sent = listed?.delivery === "not_sent" ? "not_sent" : delivery;
  const reason = thrown instanceof Error && thrown.message !== "" ? thrown.message : systemCode;
  return new MailError(`The request to SendGrid failed: ${reason}`, {
    code: failure?.code ?? "unknown",
    delivery: sent,
    hint: listed?.delivery === "unknown" && sent === "not_sent" ? brokenBefore : failure?.hint,
    cause: thrown,
  });
}
