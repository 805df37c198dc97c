import { type ApiAnswer, ApiRefusal, jsonAnswer } from "../api/api-answer.ts";
import { basicKey } from "../api/credentials.ts";
import type { ApiErrorDetails, Provider } from "../api/provider-api.ts";

/** "request size exceeds 52.4MiB limit" (API reference, "Errors"). */
const maxBodyBytes = 52_428_800;
const rateWindowSeconds = 60;

type Words = (domain: string, details: ApiErrorDetails) => string;

/** API reference, "Errors"; the texts of 402, 502 and 503 are not documented. */
const messages: Readonly<Record<number, Words>> = {
  400: () => "malformed multipart/form-data request",
  402: () => "Payment Required",
  403: (domain) => `Domain ${domain} is not allowed to send large batches yet`,
  404: (domain) => `Domain not found: ${domain}`,
  413: () => "request size exceeds 52.4MiB limit",
  429: (domain, { retryAfter = rateWindowSeconds }) =>
    `Domain ${domain} is not allowed to send: request limit exceeded, try again after ${rfcDate(retryAfter)}`,
  500: () => "Internal Server Error",
  502: () => "Bad Gateway",
  503: () => "Service Unavailable",
};

export const mailgunProvider: Provider = {
  via: "mailgun",
  maxBodyBytes,
  domain: ({ param }) => param("domain"),
  credentials: basicKey,
  error(status, details) {
    if (status < 400) return { status };
    if (status === 401) return forbidden;
    const text = messages[status]?.(details.request?.param("domain") ?? "", details) ?? `Mailgun answered ${status}`;
    return jsonAnswer(status, { message: text });
  },
  unauthorized: () => forbidden,
};

const forbidden: ApiAnswer = { status: 401, headers: { "content-type": "text/plain" }, body: "Forbidden" };

/** A 400 in Mailgun's words. */
export function invalid(message: string): ApiRefusal {
  return new ApiRefusal(jsonAnswer(400, { message }));
}

function rfcDate(afterSeconds: number): string {
  return new Date(Date.now() + afterSeconds * 1000).toUTCString().replace("GMT", "UTC");
}
