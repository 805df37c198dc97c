import { MailError, type NetworkFailure, networkFailures, parseRetryAfter } from "@mail/core";
import type { HttpExchange } from "./http-exchange.ts";
import type { MailgunAnswer } from "./mailgun-client.ts";
import { failureFor } from "./mailgun-error-table.ts";

const maxTextLength = 500;

/** mailgun.js throws this for all that goes wrong: with the answer's status, or 400 where there was no answer. */
interface SdkFailure {
  readonly status: number | undefined;
  /** The answer's `error`, its status text, or the code of a network failure. */
  readonly message: string;
  /** The answer's text, or the message of a network failure. */
  readonly details: string;
}

/** Turns what mailgun.js threw into a MailError; `exchange` tells an answer from a network failure. */
export function mailgunError(thrown: unknown, exchange?: HttpExchange): MailError {
  const failure = sdkFailure(thrown);
  if (exchange?.answerCut) return networkError({ ...failure, message: "ERR_BAD_RESPONSE" }, thrown, exchange);
  const status = exchange === undefined ? statusWithoutExchange(failure) : exchange.status;
  if (status === undefined) return networkError(failure, thrown, exchange);
  return answerError(status, failure.details || failure.message, { exchange, cause: thrown });
}

/** A good status, and yet no id: whatever answered, it was not Mailgun's API. */
export function foreignAnswerError({ status = 200, message = "" }: MailgunAnswer): MailError {
  return answerError(status, String(message), {});
}

function answerError(
  status: number,
  text: string,
  { exchange, cause }: { readonly exchange?: HttpExchange | undefined; readonly cause?: unknown },
): MailError {
  const failure = failureFor(status, text);
  const shown = text.trim().slice(0, maxTextLength);
  return new MailError(`Mailgun answered ${status}${shown === "" ? " without a text" : `: ${shown}`}`, {
    ...failure,
    retryAfterMs: parseRetryAfter(exchange?.retryAfter) ?? parseRetryAfter(dateIn(text)) ?? failure.retryAfterMs,
    response: { status, ...(shown !== "" && { text: shown }) },
    cause,
  });
}

/** The date of "… try again after Mon, 23 Nov 2026 21:00:00 UTC" (user manual, "Rate limiting"). */
function dateIn(text: string): string | undefined {
  return /\bafter ((?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} [\d:]{8}(?: (?:[A-Z]{1,4}|[+-]\d{4}))?)/.exec(
    text,
  )?.[1];
}

function networkError({ message, details }: SdkFailure, cause: unknown, exchange: HttpExchange | undefined): MailError {
  const failure = networkFailure(message);
  const delivery = failure.delivery === "not_sent" ? "not_sent" : (exchange?.delivery ?? "unknown");
  const reason = [message, details].filter((part) => part !== "").join(": ") || "no reason given";
  return new MailError(`No answer from Mailgun: ${reason}`, {
    code: failure.code,
    delivery,
    hint: delivery === failure.delivery ? failure.hint : handedOverInPart,
    cause,
  });
}

const handedOverInPart = "The connection failed before the whole mail was handed over, so it can be sent again.";

function networkFailure(code: string): NetworkFailure {
  if (Object.hasOwn(networkFailures, code)) return networkFailures[code] as NetworkFailure;
  return families.find(({ prefix }) => prefix.test(code)) ?? other;
}

/** Codes of which Node has many of a kind. */
const families: readonly (NetworkFailure & { readonly prefix: RegExp })[] = [
  {
    prefix: /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_)/,
    code: "tls",
    delivery: "not_sent",
    hint: "The server's certificate cannot be trusted: check host name, clock and certificate authorities.",
  },
  {
    prefix: /^HPE_/,
    code: "unavailable",
    delivery: "unknown",
    hint: "The other side does not speak HTTP: check `baseUrl`.",
  },
];

const other: NetworkFailure = {
  code: "unknown",
  delivery: "unknown",
  hint: "The client failed in a way that is not known; look the mail up at Mailgun before sending it again.",
};

/** A ready-made client tells no more than its error: a code of a network failure means that there was no answer. */
function statusWithoutExchange({ status, message }: SdkFailure): number | undefined {
  return networkFailure(message) === other ? status : undefined;
}

function sdkFailure(thrown: unknown): SdkFailure {
  const { status, message, details } = Object(thrown) as { readonly [Key in keyof SdkFailure]?: unknown };
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return { status: typeof status === "number" ? status : undefined, message: text(message), details: text(details) };
}
