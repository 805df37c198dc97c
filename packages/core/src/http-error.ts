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
const noTls = "The other side does not speak TLS here: check port and scheme.";
const noHttp = "What answers there does not speak HTTP: check the address.";
const noTunnel = "The proxy did not connect to the provider: check its address and login, and what it lets through.";
const badCertificate =
  "The server's certificate cannot be trusted: check host name, clock and certificate authorities.";
const lookUp = "The mail may have gone out all the same: look it up at the provider.";
const cutOff = `The connection broke before the answer came. ${lookUp}`;
const brokenBefore =
  "No connection was made, or it broke before the whole request was sent: the mail did not go out. Check the network.";

/**
 * Codes of Node's sockets, of DNS and of HTTP clients. `not_sent` is what can only happen before a request is written;
 * a route or TLS can also fail on a connection that has carried the whole mail.
 */
export const networkFailures: Readonly<Record<string, NetworkFailure>> = {
  ENOTFOUND: { code: "dns", delivery: "not_sent", hint: noName },
  EAI_AGAIN: { code: "dns", delivery: "not_sent", hint: "The name server does not answer: try again later." },
  ECONNREFUSED: { code: "connection", delivery: "not_sent", hint: nobodyAnswers },
  ERR_PROXY_TUNNEL: { code: "connection", delivery: "not_sent", hint: noTunnel },
  UND_ERR_CONNECT_TIMEOUT: { code: "timeout", delivery: "not_sent", hint: nobodyAnswers },
  EHOSTUNREACH: { code: "connection", delivery: "unknown", hint: noRoute },
  ENETUNREACH: { code: "connection", delivery: "unknown", hint: noRoute },
  ECONNRESET: { code: "connection", delivery: "unknown", hint: cutOff },
  EPIPE: { code: "connection", delivery: "unknown", hint: cutOff },
  ERR_NETWORK: { code: "connection", delivery: "unknown", hint: cutOff },
  ERR_BAD_RESPONSE: { code: "unavailable", delivery: "unknown", hint: cutOff },
  ECONNABORTED: { code: "timeout", delivery: "unknown", hint: cutOff },
  ETIMEDOUT: { code: "timeout", delivery: "unknown", hint: cutOff },
  EPROTO: { code: "tls", delivery: "unknown", hint: noTls },
  DEPTH_ZERO_SELF_SIGNED_CERT: { code: "tls", delivery: "not_sent", hint: badCertificate },
  SELF_SIGNED_CERT_IN_CHAIN: { code: "tls", delivery: "not_sent", hint: badCertificate },
  HOSTNAME_MISMATCH: { code: "tls", delivery: "not_sent", hint: badCertificate },
  INVALID_PURPOSE: { code: "tls", delivery: "not_sent", hint: badCertificate },
};

/** Codes of which Node has many of a kind; the first prefix that fits counts. */
const families: readonly (readonly [prefix: string, NetworkFailure])[] = [
  ["CERT_", { code: "tls", delivery: "not_sent", hint: badCertificate }],
  ["UNABLE_TO_", { code: "tls", delivery: "not_sent", hint: badCertificate }],
  ["ERR_TLS_CERT_", { code: "tls", delivery: "not_sent", hint: badCertificate }],
  ["ERR_TLS_", { code: "tls", delivery: "unknown", hint: noTls }],
  ["ERR_SSL_", { code: "tls", delivery: "unknown", hint: noTls }],
  ["HPE_", { code: "unavailable", delivery: "unknown", hint: noHttp }],
];

/**
 * What a failure below HTTP means, by its code.
 * @param handedOver whether the other side may have the whole request. Known, it alone decides on `delivery`; left out,
 *   where nobody watched the request, the code has to.
 * @returns `undefined` for a code that is not of the network.
 */
export function networkFailure(code: string, handedOver?: boolean): NetworkFailure | undefined {
  const failure = Object.hasOwn(networkFailures, code)
    ? networkFailures[code]
    : families.find(([prefix]) => code.startsWith(prefix))?.[1];
  if (failure === undefined || handedOver === undefined) return failure;
  if (!handedOver)
    return { ...failure, delivery: "not_sent", hint: failure.hint === cutOff ? brokenBefore : failure.hint };
  return { ...failure, delivery: "unknown", hint: failure.hint === noHttp ? `${noHttp} ${lookUp}` : cutOff };
}

/** A failure's text; of what OpenSSL says, without numbers and places in its source, what went wrong. */
export function plainReason(text: string): string {
  return text
    .replace(/ ?\b[0-9A-F]+:error:[0-9A-F]+:[^:\n]*:[^:\n]*:([^:\n]+):.*/s, (_all, reason: string, at: number) =>
      at === 0 ? reason : `: ${reason}`,
    )
    .trim();
}

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
