import type { MailErrorCode } from "./error-code.ts";
import type { DeliveryState } from "./mail-error.ts";

/** What a failure below HTTP means, and whether the request may have been carried out all the same. */
export interface NetworkFailure {
  readonly code: MailErrorCode;
  readonly delivery: DeliveryState;
  readonly hint: string;
}

const nobodyAnswers = "Nobody answers at this address: check host, port and firewall.";
const noName = "The host name does not exist: check it for typos.";
const noRoute = "There is no way to this host: check network and firewall.";
const cutOff =
  "The connection broke before the answer came, so the mail may have gone out. Look it up at the provider.";
const badCertificate =
  "The server's certificate cannot be trusted: check host name, clock and certificate authorities.";

/** Codes of Node's sockets, of DNS and of HTTP clients. Connect-phase failures are safe to repeat, the others are not. */
export const networkFailures: Readonly<Record<string, NetworkFailure>> = {
  ENOTFOUND: { code: "dns", delivery: "not_sent", hint: noName },
  EAI_AGAIN: { code: "dns", delivery: "not_sent", hint: "The name server does not answer: try again later." },
  ECONNREFUSED: { code: "connection", delivery: "not_sent", hint: nobodyAnswers },
  EHOSTUNREACH: { code: "connection", delivery: "not_sent", hint: noRoute },
  ENETUNREACH: { code: "connection", delivery: "not_sent", hint: noRoute },
  UND_ERR_CONNECT_TIMEOUT: { code: "timeout", delivery: "not_sent", hint: nobodyAnswers },
  ECONNRESET: { code: "connection", delivery: "unknown", hint: cutOff },
  EPIPE: { code: "connection", delivery: "unknown", hint: cutOff },
  ERR_NETWORK: { code: "connection", delivery: "unknown", hint: cutOff },
  ERR_BAD_RESPONSE: { code: "unavailable", delivery: "unknown", hint: cutOff },
  ECONNABORTED: { code: "timeout", delivery: "unknown", hint: cutOff },
  ETIMEDOUT: { code: "timeout", delivery: "unknown", hint: cutOff },
  EPROTO: { code: "tls", delivery: "not_sent", hint: "The other side does not speak TLS here: check port and scheme." },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    code: "tls",
    delivery: "not_sent",
    hint: "The other side does not speak TLS here: check port and scheme.",
  },
  CERT_HAS_EXPIRED: { code: "tls", delivery: "not_sent", hint: badCertificate },
  DEPTH_ZERO_SELF_SIGNED_CERT: { code: "tls", delivery: "not_sent", hint: badCertificate },
  SELF_SIGNED_CERT_IN_CHAIN: { code: "tls", delivery: "not_sent", hint: badCertificate },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { code: "tls", delivery: "not_sent", hint: badCertificate },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { code: "tls", delivery: "not_sent", hint: badCertificate },
  ERR_TLS_CERT_ALTNAME_INVALID: { code: "tls", delivery: "not_sent", hint: badCertificate },
};

/**
 * The three forms of a date in HTTP (RFC 9110 section 5.6.7), the first also as in mail (RFC 5322 section 3.3): given to
 * any words, `Date.parse` finds a date in them.
 */
const httpDates = [
  /^(?:\w{3}, )?\d{1,2} \w{3} \d{4} \d{2}:\d{2}:\d{2}(?: (?:[A-Z]{1,4}|[+-]\d{4}))?$/,
  /^\w{6,9}, \d{2}-\w{3}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^\w{3} \w{3} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];

/**
 * Milliseconds from a `Retry-After` header: seconds or an HTTP date (RFC 9110 section 10.2.3).
 * @returns `undefined` where it is neither.
 */
export function parseRetryAfter(value: string | undefined | null, now: number = Date.now()): number | undefined {
  const text = value?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!httpDates.some((form) => form.test(text))) return undefined;
  const at = Date.parse(/ (?:[A-Z]{1,4}|[+-]\d{4})$/.test(text) ? text : `${text} GMT`);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
