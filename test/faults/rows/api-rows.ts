import { type ApiRow, type Expected, notSent, sent, unknown } from "../fault-row.ts";
import { type Api, acceptance, accepted, expiredKey, httpAnswer, refusal } from "../servers/api-answers.ts";
import type { ApiPoint } from "../servers/api-fault-server.ts";
import type { Step } from "../servers/step.ts";
import { afterHandoverRows, largeMailRows, unreachableRows } from "./common-rows.ts";

const inGroup = (group: string, rows: readonly Omit<ApiRow, "group">[]): readonly ApiRow[] =>
  rows.map((row) => ({ group, ...row }));
const at = (point: ApiPoint, step: Step | ((api: Api) => Step)) => ({ steps: { [point]: step } });
const refuses = (status: number, headers: Readonly<Record<string, string>> = {}) =>
  at("request", (api) => ({ say: refusal(api, status, headers) }));
const byApi = (expected: Readonly<Record<Api, Expected>>) => (api: Api) => expected[api];
/** Mailgun has delivered mails in spite of such answers, so its adapter does not trust them. */
const mailgunUnsure = (code: Parameters<typeof notSent>[0], details: Partial<Expected> = {}) =>
  byApi({ sendgrid: notSent(code, details), mailgun: unknown(code, 0, details), ses: notSent(code, details) });

const page = "<html><body>Please log in to the network.</body></html>";
const endless = (bytes: number) => "x".repeat(bytes);

const connectingByApi = inGroup("Connecting", [
  ...unreachableRows,
  {
    fault: "no TLS where TLS is expected",
    expectsTls: true,
    ...at("first", { say: "HTTP/1.1 400 Bad Request\r\n\r\n", end: "close" }),
    expected: notSent("tls"),
  },
  {
    fault: "reset in the TLS handshake",
    expectsTls: true,
    ...at("first", { end: "reset" }),
    expected: notSent("connection"),
  },
  {
    fault: "silent in the TLS handshake",
    expectsTls: true,
    waits: true,
    ...at("first", { end: "silence" }),
    expected: notSent("timeout"),
  },
]);

const requestByApi = inGroup("The request", [
  { fault: "reset when the request begins", ...at("first", { end: "reset" }), expected: unknown("connection", 0) },
  { fault: "silent from the start", waits: true, ...at("first", { end: "silence" }), expected: unknown("timeout", 0) },
  ...largeMailRows((step) => at("body", step)),
  { fault: "reads a few bytes at a time", readsSlowly: true, expected: sent },
  {
    fault: "413 before the whole request came",
    large: true,
    ...at("body", (api) => ({ say: refusal(api, 413), end: "silence" })),
    expected: notSent("message_too_large"),
  },
  {
    fault: "503 before the whole request came",
    large: true,
    ...at("body", (api) => ({ say: refusal(api, 503), end: "silence" })),
    expected: notSent("unavailable"),
  },
  {
    fault: "says accepted before the whole request came, then closes",
    large: true,
    ...at("body", (api) => ({ say: accepted(api), end: "close" })),
    expected: unknown("unavailable", 0),
  },
  ...afterHandoverRows("the request", (step) => at("request", step)),
]);

/** The status line and headers say that the mail was accepted; what follows does not come. */
const cutAnswer = (api: Api): string => {
  const { status, headers } = acceptance[api];
  return httpAnswer(status, "", { ...headers, "Content-Length": "50" });
};

const answerByApi = inGroup("The answer", [
  { fault: "400", ...refuses(400), expected: notSent("invalid_message") },
  { fault: "401", ...refuses(401), expected: notSent("authentication") },
  {
    fault: "credentials expired",
    ...at("request", (api) => ({ say: expiredKey(api) })),
    expected: notSent("authentication"),
  },
  {
    fault: "403",
    ...refuses(403),
    expected: byApi({
      sendgrid: notSent("permission"),
      mailgun: notSent("policy_rejected", { scope: "transport" }),
      ses: notSent("permission"),
    }),
  },
  { fault: "404", ...refuses(404), expected: notSent("configuration") },
  { fault: "429 without Retry-After", ...refuses(429), expected: notSent("rate_limited") },
  {
    fault: "429, Retry-After: 1",
    ...refuses(429, { "Retry-After": "1" }),
    expected: notSent("rate_limited", { retryAfterMs: 1_000 }),
  },
  {
    fault: "429, Retry-After: 3600",
    ...refuses(429, { "Retry-After": "3600" }),
    expected: notSent("rate_limited", { retryAfterMs: 3_600_000 }),
  },
  { fault: "500", ...refuses(500), expected: mailgunUnsure("unavailable") },
  { fault: "503 without Retry-After", ...refuses(503), expected: mailgunUnsure("unavailable") },
  {
    fault: "503, Retry-After: 1",
    ...refuses(503, { "Retry-After": "1" }),
    expected: mailgunUnsure("unavailable", { retryAfterMs: 1_000 }),
  },
  {
    fault: "502 of a gateway, not accepted",
    ...at("request", { say: httpAnswer(502, page, { "Content-Type": "text/html" }) }),
    expected: unknown("unavailable", 0),
  },
  {
    fault: "502 of a gateway, accepted",
    ...at("request", { accept: true, say: httpAnswer(502, page, { "Content-Type": "text/html" }) }),
    expected: unknown("unavailable", 1),
  },
  {
    fault: "504 of a gateway, accepted",
    ...at("request", { accept: true, say: httpAnswer(504, page, { "Content-Type": "text/html" }) }),
    expected: unknown("unavailable", 1),
  },
  {
    fault: "200 with the page of a captive portal",
    ...at("request", { say: httpAnswer(200, page, { "Content-Type": "text/html" }) }),
    expected: unknown("configuration", 0),
  },
  {
    fault: "redirect elsewhere",
    ...at("request", { say: httpAnswer(307, "", { Location: "http://127.0.0.1:9/" }) }),
    expected: notSent("configuration"),
  },
  {
    fault: "no HTTP, accepted",
    ...at("request", { accept: true, say: "250 2.0.0 taken\r\n", end: "close" }),
    expected: unknown("unavailable", 1),
  },
  {
    fault: "half a status line, accepted",
    ...at("request", { accept: true, say: "HTTP/1.1 20", end: "close" }),
    expected: unknown("connection", 1),
  },
  {
    fault: "answer cut after its headers, accepted",
    ...at("request", (api) => ({ accept: true, say: cutAnswer(api), end: "reset" })),
    expected: byApi({
      // Its 202 says all; the id of Mailgun and SES stands in the body.
      sendgrid: sent,
      mailgun: unknown("unavailable", 1),
      ses: unknown("connection", 1),
    }),
  },
  {
    fault: "answer stuck after its headers, accepted",
    waits: true,
    ...at("request", (api) => ({ accept: true, say: cutAnswer(api), end: "silence" })),
    expected: unknown("timeout", 1),
  },
  {
    fault: "huge headers, accepted",
    ...at("request", (api) => ({
      accept: true,
      say: httpAnswer(acceptance[api].status, "", { "X-Huge": endless(200_000) }),
      end: "silence",
    })),
    expected: unknown("unavailable", 1),
  },
  {
    fault: "huge answer, accepted",
    ...at("request", (api) => ({
      accept: true,
      say: httpAnswer(acceptance[api].status, endless(4_000_000)),
      end: "silence",
    })),
    expected: unknown("unavailable", 1),
  },
  {
    fault: "answers a byte at a time",
    ...at("request", (api) => ({ accept: true, say: accepted(api), slowly: true })),
    expected: sent,
  },
  {
    fault: "100 Continue first",
    ...at("request", (api) => ({ accept: true, say: `HTTP/1.1 100 Continue\r\n\r\n${accepted(api)}` })),
    expected: sent,
  },
  {
    fault: "accepted, then reset",
    ...at("request", (api) => ({ accept: true, say: accepted(api), end: "reset" })),
    expected: sent,
  },
]);

const reusedByApi = inGroup("A connection used again", [
  { fault: "closed while it rested", reused: true, ...at("rest", { end: "close" }), expected: sent },
  {
    fault: "408 while it rested",
    reused: true,
    ...at("rest", { say: httpAnswer(408, "", { Connection: "close" }), end: "close" }),
    expected: sent,
  },
  {
    fault: "reset as the next request comes",
    reused: true,
    ...at("first", { end: "reset", once: true }),
    expected: unknown("connection", 0),
  },
  {
    fault: "vanished without a word",
    reused: true,
    waits: true,
    ...at("first", { end: "silence" }),
    expected: unknown("timeout", 0),
  },
  {
    fault: "reset after the second request, accepted",
    reused: true,
    ...at("request", { accept: true, end: "reset" }),
    expected: unknown("connection", 1),
  },
]);

export const apiRows: readonly ApiRow[] = [...connectingByApi, ...requestByApi, ...answerByApi, ...reusedByApi];
