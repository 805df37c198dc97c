import { MailError, networkFailure, parseRetryAfter, plainReason } from "@mail/core";
import type { MailgunAnswer } from "./mailgun-client.ts";
import { failureFor } from "./mailgun-error-table.ts";
import type { MailgunExchange } from "./mailgun-exchange.ts";

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
export function mailgunError(thrown: unknown, exchange?: MailgunExchange): MailError {
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

/** A success that came before the whole mail was there, which only something in between can have said. */
export function takenTooEarly(): MailError {
  return new MailError("Mailgun answered before it had the whole mail.", {
    code: "unavailable",
    delivery: "unknown",
    hint: "Check `baseUrl` and any proxy: what answers there is not Mailgun. It may have sent what it had.",
  });
}

function answerError(
  status: number,
  text: string,
  { exchange, cause }: { readonly exchange?: MailgunExchange | undefined; readonly cause?: unknown },
): MailError {
  const failure = failureFor(status, text);
  const shown = text.trim().slice(0, maxTextLength);
  return new MailError(`Mailgun answered ${status}${shown === "" ? " without a text" : `: ${shown}`}`, {
    ...failure,
    ...(exchange?.handedOver === false && status >= 300 && { delivery: "not_sent" }),
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

function networkError(
  { message, details }: SdkFailure,
  cause: unknown,
  exchange: MailgunExchange | undefined,
): MailError {
  const failure = networkFailure(message, exchange?.handedOver);
  const reason = [message, plainReason(details)].filter((part) => part !== "").join(": ") || "no reason given";
  return new MailError(`No answer from Mailgun: ${reason}`, {
    code: failure?.code ?? "unknown",
    delivery: failure?.delivery ?? exchange?.delivery ?? "unknown",
    hint: failure?.hint ?? "The client failed in a way that is not known: see the cause.",
    cause,
  });
}

/** A ready-made client tells no more than its error: a code of a network failure means that there was no answer. */
function statusWithoutExchange({ status, message }: SdkFailure): number | undefined {
  return networkFailure(message) === undefined ? status : undefined;
}

function sdkFailure(thrown: unknown): SdkFailure {
  const { status, message, details } = Object(thrown) as { readonly [Key in keyof SdkFailure]?: unknown };
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return { status: typeof status === "number" ? status : undefined, message: text(message), details: text(details) };
}
