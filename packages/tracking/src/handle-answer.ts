import type { MailEventErrorCode } from "@mail/core";

/** Statuses for what a source refuses and has no opinion of its own about. */
export const refusalStatuses: Readonly<Record<MailEventErrorCode, number>> = {
  invalid_signature: 401,
  stale: 401,
  unknown_topic: 401,
  malformed: 400,
  too_large: 413,
};

const retryAfterSeconds = 30;

/** A short answer in plain text, which says no more than the sender may know. */
export function answer(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${text}\n`, {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...headers,
    },
  });
}

/** Makes a provider come again. */
export function comeAgain(text: string): Response {
  return answer(503, text, { "retry-after": String(retryAfterSeconds) });
}
