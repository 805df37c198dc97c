import { type ApiAnswer, jsonAnswer } from "../api/api-answer.ts";
import { bearerKey } from "../api/credentials.ts";
import type { Provider } from "../api/provider-api.ts";

/** One of the reasons for which SendGrid refuses a request (Mail Send reference, "Errors"). */
export interface Complaint {
  readonly message: string;
  readonly field: string | null;
  readonly help: string | null;
}

/** `{ errors: [{ message, field, help }] }`. */
export function complaintAnswer(
  status: number,
  complaints: string | readonly Complaint[],
  headers?: Readonly<Record<string, string>>,
): ApiAnswer {
  const errors = typeof complaints === "string" ? [{ message: complaints, field: null, help: null }] : complaints;
  return jsonAnswer(status, { errors }, headers);
}

/** "The total size of your email, including attachments, must be less than 30MB" (Mail Send reference, "Limitations"). */
const maxBodyBytes = 30 * 1024 * 1024;
/** Requests a window; the endpoint's own number is not documented. */
const rateLimit = 600;
const rateWindowSeconds = 60;

const invalidKey = "The provided authorization grant is invalid, expired, or revoked";

const messages: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: invalidKey,
  403: "access forbidden",
  404: "not found",
  405: "POST method allowed only",
  413: "Payload Too Large",
  415: "Content-Type should be application/json.",
  429: "too many requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

export const sendgridProvider: Provider = {
  via: "sendgrid",
  maxBodyBytes,
  credentials: bearerKey,
  error(status, { retryAfter = rateWindowSeconds }) {
    const text = messages[status] ?? `SendGrid answered ${status}`;
    if (status < 400) return { status };
    return complaintAnswer(status, text, status === 429 ? rateHeaders(retryAfter) : undefined);
  },
  unauthorized(headers) {
    return complaintAnswer(401, bearerKey(headers) === undefined ? "Permission denied, wrong credentials" : invalidKey);
  },
};

/** `X-RateLimit-Reset` is a moment, in seconds of Unix time (SendGrid reference, "Rate limits"). */
function rateHeaders(retryAfter: number): Readonly<Record<string, string>> {
  return {
    "x-ratelimit-limit": String(rateLimit),
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": String(Math.ceil(Date.now() / 1000 + retryAfter)),
  };
}
