import { notSent, type SmtpRow, sent, unknown } from "../fault-row.ts";
import type { SmtpPoint } from "../servers/smtp-fault-server.ts";
import type { Step } from "../servers/step.ts";
import { afterHandoverRows, largeMailRows, unreachableRows } from "./common-rows.ts";

/** A reply; after 421 the server closes (RFC 5321 section 3.8). */
const replies = (text: string): Step => ({ say: `${text}\r\n`, ...(text.startsWith("421") && { end: "close" }) });
const inGroup = (group: string, rows: readonly Omit<SmtpRow, "group">[]): readonly SmtpRow[] =>
  rows.map((row) => ({ group, ...row }));
const at = (point: SmtpPoint, step: Step) => ({ steps: { [point]: step } });

const endlessLine = "x".repeat(2_000_000);
const endlessReply = `${"250-more\r\n".repeat(250_000)}250 end\r\n`;

const connectingBySmtp = inGroup("Connecting", [
  ...unreachableRows,
  { fault: "no TLS on a TLS port", expectsTls: true, expected: notSent("tls") },
  { fault: "TLS on a port without", tls: "good", expectsTls: false, waits: true, expected: notSent("timeout") },
  {
    fault: "silent before the greeting",
    waits: true,
    ...at("greeting", { end: "silence" }),
    expected: notSent("timeout"),
  },
  { fault: "reset before the greeting", ...at("greeting", { end: "reset" }), expected: notSent("connection") },
  { fault: "closed before the greeting", ...at("greeting", { end: "close" }), expected: notSent("connection") },
  { fault: "greets with 421", ...at("greeting", replies("421 4.3.2 busy")), expected: notSent("unavailable") },
  { fault: "greets with 450", ...at("greeting", replies("450 4.3.2 busy")), expected: notSent("unavailable") },
  {
    fault: "greets with 554",
    ...at("greeting", replies("554 5.7.1 your address is blocked")),
    expected: notSent("policy_rejected", { scope: "transport" }),
  },
  {
    fault: "greets as a web server",
    ...at("greeting", replies("HTTP/1.1 400 Bad Request")),
    expected: notSent("configuration"),
  },
  {
    fault: "greets without end",
    ...at("greeting", { say: endlessLine, end: "silence" }),
    expected: notSent("configuration"),
  },
]);

const openingBySmtp = inGroup("Opening the dialogue", [
  { fault: "silent at EHLO", waits: true, ...at("ehlo", { end: "silence" }), expected: notSent("timeout") },
  { fault: "reset at EHLO", ...at("ehlo", { end: "reset" }), expected: notSent("connection") },
  { fault: "421 at EHLO", ...at("ehlo", replies("421 4.3.0 closing")), expected: notSent("unavailable") },
  { fault: "451 at EHLO", ...at("ehlo", replies("451 4.3.0 later")), expected: notSent("unavailable") },
  {
    fault: "550 at EHLO",
    ...at("ehlo", replies("550 5.7.1 go away")),
    expected: notSent("policy_rejected", { scope: "transport" }),
  },
  {
    fault: "endless answer to EHLO",
    ...at("ehlo", { say: endlessReply, end: "silence" }),
    expected: notSent("configuration"),
  },
  {
    fault: "STARTTLS not offered",
    steps: { ehlo: replies("250 mail.example"), starttls: replies("502 5.5.1 no") },
    starttls: "good",
    expected: notSent("tls"),
  },
  {
    fault: "421 at STARTTLS",
    ...at("starttls", replies("421 4.3.0 closing")),
    starttls: "good",
    expected: notSent("tls", { retryable: true }),
  },
  {
    fault: "454 at STARTTLS",
    ...at("starttls", replies("454 4.7.0 not now")),
    starttls: "good",
    expected: notSent("tls", { retryable: true }),
  },
  { fault: "502 at STARTTLS", ...at("starttls", replies("502 5.5.1 no")), starttls: "good", expected: notSent("tls") },
  {
    fault: "reset at STARTTLS",
    ...at("starttls", { end: "reset" }),
    starttls: "good",
    expected: notSent("connection"),
  },
  {
    fault: "no TLS after STARTTLS",
    ...at("handshake", { say: "noise\r\n" }),
    starttls: "good",
    expected: notSent("tls"),
  },
  {
    fault: "reset in the TLS handshake, by STARTTLS",
    ...at("handshake", { end: "reset" }),
    starttls: "good",
    expected: notSent("connection"),
  },
  {
    fault: "silent in the TLS handshake, by STARTTLS",
    ...at("handshake", { end: "silence" }),
    starttls: "good",
    waits: true,
    expected: notSent("timeout"),
  },
  { fault: "certificate expired, by STARTTLS", starttls: "expired", expected: notSent("tls") },
  { fault: "silent at AUTH", waits: true, ...at("auth", { end: "silence" }), expected: notSent("timeout") },
  { fault: "reset at AUTH", ...at("auth", { end: "reset" }), expected: notSent("connection") },
  { fault: "421 at AUTH", ...at("auth", replies("421 4.3.0 closing")), expected: notSent("unavailable") },
  { fault: "454 at AUTH", ...at("auth", replies("454 4.7.0 not now")), expected: notSent("unavailable") },
  {
    fault: "535 at AUTH: credentials expired",
    ...at("auth", replies("535 5.7.8 expired")),
    expected: notSent("authentication"),
  },
]);

const envelopeBySmtp = inGroup("MAIL, RCPT and DATA", [
  { fault: "silent at MAIL", waits: true, ...at("mail", { end: "silence" }), expected: notSent("timeout") },
  { fault: "reset at MAIL", ...at("mail", { end: "reset" }), expected: notSent("connection") },
  { fault: "421 at MAIL", ...at("mail", replies("421 4.7.0 too fast")), expected: notSent("rate_limited") },
  { fault: "451 at MAIL", ...at("mail", replies("451 4.3.0 later")), expected: notSent("unavailable") },
  { fault: "550 at MAIL", ...at("mail", replies("550 5.7.60 may not send as this")), expected: notSent("permission") },
  {
    fault: "550 at MAIL: quota used up",
    ...at("mail", replies("550 5.4.5 Daily user sending limit exceeded")),
    expected: notSent("quota_exceeded", { retryAfterMs: 3_600_000 }),
  },
  { fault: "silent at RCPT", waits: true, ...at("rcpt", { end: "silence" }), expected: notSent("timeout") },
  { fault: "reset at RCPT", ...at("rcpt", { end: "reset" }), expected: notSent("connection") },
  { fault: "421 at RCPT", ...at("rcpt", replies("421 4.3.0 closing")), expected: notSent("unavailable") },
  {
    fault: "450 at RCPT",
    ...at("rcpt", replies("450 4.2.0 busy")),
    expected: notSent("recipient_rejected", { retryable: true }),
  },
  { fault: "550 at RCPT", ...at("rcpt", replies("550 5.1.1 unknown")), expected: notSent("recipient_rejected") },
  {
    fault: "450 for one of two recipients",
    second: true,
    ...at("rcpt", { ...replies("450 4.2.0 busy"), recipient: "second@example.com" }),
    expected: { ...sent, partly: "passing" },
  },
  {
    fault: "550 for one of two recipients",
    second: true,
    ...at("rcpt", { ...replies("550 5.1.1 unknown"), recipient: "second@example.com" }),
    expected: { ...sent, partly: "final" },
  },
  { fault: "silent at DATA", waits: true, ...at("data", { end: "silence" }), expected: notSent("timeout") },
  { fault: "reset at DATA", ...at("data", { end: "reset" }), expected: notSent("connection") },
  { fault: "421 at DATA", ...at("data", replies("421 4.3.0 closing")), expected: notSent("unavailable") },
  { fault: "451 at DATA", ...at("data", replies("451 4.3.0 later")), expected: notSent("unavailable") },
  { fault: "554 at DATA", ...at("data", replies("554 5.7.1 no")), expected: notSent("policy_rejected") },
]);

const contentBySmtp = inGroup("The mail itself", [
  ...largeMailRows((step) => at("body", step)),
  { fault: "reset in the body of a small mail", ...at("body", { end: "reset" }), expected: unknown("connection", 0) },
  { fault: "reads a few bytes at a time", readsSlowly: true, expected: sent },
  {
    fault: "552 before the final dot",
    large: true,
    ...at("body", { ...replies("552 5.3.4 too large"), end: "silence" }),
    expected: notSent("message_too_large"),
  },
  {
    fault: "250 before the final dot, then closes",
    large: true,
    ...at("body", { ...replies("250 2.0.0 taken"), end: "close" }),
    expected: unknown("unavailable", 0),
  },
  {
    fault: "250 together with 354, then closes",
    ...at("data", { say: "354 go on\r\n250 2.0.0 taken\r\n", end: "close" }),
    expected: notSent("configuration"),
  },
  ...afterHandoverRows("the final dot", (step) => at("dot", step)),
  { fault: "421 after the final dot", ...at("dot", replies("421 4.3.0 closing")), expected: notSent("unavailable") },
  { fault: "451 after the final dot", ...at("dot", replies("451 4.3.0 later")), expected: notSent("unavailable") },
  { fault: "554 after the final dot", ...at("dot", replies("554 5.7.1 spam")), expected: notSent("policy_rejected") },
  {
    fault: "answers the final dot a byte at a time",
    ...at("dot", { accept: true, say: "250-2.0.0 taken\r\n250 2.0.0 thanks\r\n", slowly: true }),
    expected: sent,
  },
  {
    fault: "half an answer to the final dot, accepted",
    ...at("dot", { accept: true, say: "250 2.0", end: "close" }),
    expected: unknown("connection", 1),
  },
  {
    fault: "noise after the final dot, accepted",
    ...at("dot", { accept: true, say: "thanks a lot\r\n" }),
    expected: unknown("unknown", 1),
  },
  {
    fault: "endless answer to the final dot, accepted",
    ...at("dot", { accept: true, say: endlessLine, end: "silence" }),
    expected: unknown("unknown", 1),
  },
  {
    fault: "250, then reset",
    ...at("dot", { accept: true, say: "250 2.0.0 taken\r\n", end: "reset" }),
    expected: sent,
  },
]);

const reusedBySmtp = inGroup("A connection used again", [
  { fault: "closed while it rested", reused: true, ...at("rest", { end: "close" }), expected: sent },
  { fault: "421 while it rested", reused: true, ...at("rest", replies("421 4.4.2 idle too long")), expected: sent },
  {
    fault: "reset as the next mail begins",
    reused: true,
    ...at("mail", { end: "reset", once: true }),
    expected: sent,
  },
  {
    fault: "421 as the next mail begins",
    reused: true,
    ...at("mail", { ...replies("421 4.4.2 idle too long"), once: true }),
    expected: sent,
  },
  {
    fault: "vanished without a word",
    reused: true,
    waits: true,
    ...at("mail", { end: "silence" }),
    expected: notSent("timeout"),
  },
  {
    fault: "reset after the second mail, accepted",
    reused: true,
    ...at("dot", { accept: true, end: "reset" }),
    expected: unknown("connection", 1),
  },
]);

/** With PIPELINING commands go out before the answers to those before them: what is told must stay the same. */
const pipelined = [...envelopeBySmtp, ...contentBySmtp, ...reusedBySmtp].map(
  (row): SmtpRow => ({ ...row, group: `${row.group}, with PIPELINING`, offers: ["PIPELINING"] }),
);

export const smtpRows: readonly SmtpRow[] = [
  ...connectingBySmtp,
  ...openingBySmtp,
  ...envelopeBySmtp,
  ...contentBySmtp,
  ...reusedBySmtp,
  ...pipelined,
];
