import { type DeliveryState, MailError, type MailErrorCode, parseRetryAfter } from "@mail/core";
import type { ApiAnswer } from "./api-connection.ts";
import { messageFieldOf } from "./message-field.ts";
import type { SendgridRequest } from "./sendgrid-request.ts";

interface Refusal {
  readonly code: MailErrorCode;
  readonly hint: string;
  readonly field?: string;
  /** `unknown`: a gateway answered for a server that may have taken the mail. Default `not_sent`. */
  readonly delivery?: DeliveryState;
}

const keyHint = "Check apiKey: it starts with SG., and it may have been deleted, or belong to the other region.";
const scopeHint = 'Give the key the scope "Mail Send" in SendGrid under Settings, API Keys.';
const creditHint = "The plan's credits are used up: wait for the next period, or raise the plan.";
const senderHint = "Verify the address or its domain in SendGrid under Settings, Sender Authentication.";
const downHint = "SendGrid has trouble at the moment: try again later.";
const gatewayHint = "A gateway gave up waiting for SendGrid, so the mail may have gone out. Look it up at SendGrid.";
const addressHint = "Check baseUrl: what answers there is not SendGrid's API.";

/** Status codes of Mail Send (reference, "Responses"; SendGrid support). */
const statuses: Readonly<Record<number, Refusal>> = {
  400: { code: "invalid_message", hint: "SendGrid refused the request: mend the field that it names." },
  401: { code: "authentication", hint: keyHint },
  403: { code: "permission", hint: scopeHint },
  404: { code: "configuration", hint: addressHint },
  405: { code: "configuration", hint: addressHint },
  408: {
    code: "timeout",
    hint: "The upload took too long for SendGrid: try again, or send links instead of large attachments.",
  },
  413: { code: "message_too_large", hint: "SendGrid takes 30 MB in all: send links instead of large attachments." },
  429: { code: "rate_limited", hint: "Send more slowly." },
  500: { code: "unavailable", hint: downHint },
  503: { code: "unavailable", hint: downHint },
};

const byClass: Readonly<Record<number, Refusal>> = {
  2: { code: "configuration", hint: addressHint, delivery: "unknown" },
  3: { code: "configuration", hint: addressHint },
  5: { code: "unavailable", hint: gatewayHint, delivery: "unknown" },
};

const unexpected: Refusal = { code: "unknown", hint: "SendGrid gave an answer that is not in its documentation." };

/** Refusals that SendGrid tells apart by their text alone. */
const texts: readonly (Refusal & { readonly status: number; readonly text: string })[] = [
  { status: 401, text: "maximum credits exceeded", code: "quota_exceeded", hint: creditHint },
  { status: 401, text: "authenticated user is not authorized", code: "permission", hint: scopeHint },
  { status: 403, text: "verified sender identity", code: "permission", hint: senderHint, field: "from" },
  { status: 400, text: "limit of 1000", code: "invalid_message", hint: "Split the mail.", field: "to" },
];

const hourMs = 3_600_000;
const maxTextLength = 1000;

/** A success that came before the whole request was there, which only something in between can have said. */
export function takenTooEarly({ status }: ApiAnswer): MailError {
  return new MailError(`SendGrid answered ${status} before it had the whole mail.`, {
    code: "unavailable",
    delivery: "unknown",
    response: { status },
    hint: `${addressHint} It may have sent what it had.`,
  });
}

/** What an answer other than success means; `request` is the mail that was sent, where one was. */
export function sendgridError(answer: ApiAnswer, request?: SendgridRequest): MailError {
  const { status, headers, handedOver } = answer;
  const complaints = complaintsIn(answer.body);
  const text = complaints.map(({ message }) => message).join("; ") || textOf(answer.body);
  const known = texts.find((entry) => entry.status === status && text.toLowerCase().includes(entry.text));
  const refusal = known ?? statuses[status] ?? byClass[Math.floor(status / 100)] ?? unexpected;
  const apiField = complaints.find(({ field }) => field !== undefined)?.field;
  const field = refusal.field ?? (apiField && request && messageFieldOf(apiField, request));
  const retryAfterMs = parseRetryAfter(headers["retry-after"]) ?? (status === 429 ? resetMs(headers) : undefined);
  const namesRecipient = refusal === statuses[400] && apiField !== undefined && recipientField.test(apiField);
  const isOnes = complaints.length > 0 && complaints.every(({ field: one = "" }) => onesField.test(one));
  return new MailError(`SendGrid answered ${status}${text === "" ? "" : `: ${text}`}`, {
    code: namesRecipient ? "recipient_rejected" : refusal.code,
    ...(isOnes && request !== undefined && request.personalizations.length > 1 && { scope: "recipient" }),
    delivery: handedOver && request !== undefined ? refusal.delivery : "not_sent",
    field,
    retryAfterMs: retryAfterMs ?? (refusal.code === "quota_exceeded" ? hourMs : undefined),
    response: { status, ...(text !== "" && { text }) },
    hint: refusal.hint,
  });
}

const recipientField = /^personalizations\.\d+\.(?:to|cc|bcc)\b/;
/** In a batch, what is wrong there is wrong with one recipient's mail. */
const onesField = /^personalizations\.\d+\b/;

interface Complaint {
  readonly message: string;
  readonly field: string | undefined;
}

/** `{ errors: [{ message, field, help }] }` (Mail Send reference, "Errors"). */
function complaintsIn(body: unknown): readonly Complaint[] {
  if (typeof body !== "object" || body === null || !("errors" in body) || !Array.isArray(body.errors)) return [];
  return body.errors.flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null || !("message" in entry)) return [];
    const field = "field" in entry && typeof entry.field === "string" ? entry.field : undefined;
    return [{ message: String(entry.message).slice(0, maxTextLength), field }];
  });
}

function textOf(body: unknown): string {
  return typeof body === "string" ? body.trim().slice(0, maxTextLength) : "";
}

/** `X-RateLimit-Reset` is a moment in seconds, counted against the server's own clock where it tells it. */
function resetMs(headers: Readonly<Record<string, string>>): number | undefined {
  const reset = headers["x-ratelimit-reset"];
  if (reset === undefined || !/^\d{1,12}$/.test(reset)) return undefined;
  const serverNow = Date.parse(headers["date"] ?? "");
  return Math.max(0, Number(reset) * 1000 - (Number.isNaN(serverNow) ? Date.now() : serverNow));
}
