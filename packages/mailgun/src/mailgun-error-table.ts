import type { DeliveryState, ErrorScope, MailErrorCode } from "@mail/core";

/** What an answer of Mailgun means. */
export interface MailgunFailure {
  readonly code: MailErrorCode;
  readonly hint: string;
  /** Default: the code's own. */
  readonly scope?: ErrorScope;
  /** Default `"not_sent"`. */
  readonly delivery?: DeliveryState;
  /** Used where the answer says nothing. */
  readonly retryAfterMs?: number;
  readonly field?: string;
}

const hourMs = 3_600_000;

const wrongAddress: MailgunFailure = {
  code: "configuration",
  hint: "This address is not the API: check `baseUrl` and `domain`.",
};

const outage: MailgunFailure = {
  code: "unavailable",
  delivery: "unknown",
  hint: "Mailgun has a problem. Mails have been delivered in spite of such answers: look it up in its log first.",
};

/** API reference, "Response codes". */
const statuses: Readonly<Record<number, MailgunFailure>> = {
  400: { code: "invalid_message", hint: "Mailgun refused the mail as written; its answer says why." },
  401: {
    code: "authentication",
    hint: "Check the key, and that `region` is the one where the domain was set up (EU and US have separate keys).",
  },
  402: { code: "quota_exceeded", retryAfterMs: hourMs, hint: "The plan's limit is reached, or a bill is open." },
  403: {
    code: "policy_rejected",
    scope: "transport",
    hint: "Mailgun does not let this account or address send so: see the account's page, and its list of allowed IPs.",
  },
  404: { code: "configuration", field: "domain", hint: "Check `domain`, and that `region` is where it was set up." },
  408: { code: "timeout", hint: "The upload took too long for Mailgun: try again." },
  413: { code: "message_too_large", field: "attachments", hint: "Send a link instead of the file." },
  429: { code: "rate_limited", hint: "Send more slowly, for example with rateLimit()." },
};

const notVerified: MailgunFailure = {
  code: "permission",
  hint: "Activate the account, verify the domain, or authorize the recipient of a sandbox domain.",
};

const recipientRefused = (field: string): MailgunFailure => ({
  code: "recipient_rejected",
  field,
  hint: "Mailgun holds one of these addresses to be invalid: correct it or leave it out.",
});

const senderRefused = (field: string): MailgunFailure => ({
  code: "invalid_message",
  field,
  hint: "Mailgun holds this address to be invalid: correct it.",
});

/** Where the status alone says too little and Mailgun gives nothing but a text; the first that fits counts. */
const texts: readonly { readonly status: number; readonly text: RegExp; readonly failure: MailgunFailure }[] = [
  { status: 200, text: /^Mailgun Magnificent API/, failure: wrongAddress },
  { status: 400, text: /'?\bfrom'? parameter is not a valid address/i, failure: senderRefused("from") },
  { status: 400, text: /'?\breply-to'? parameter is not a valid address/i, failure: senderRefused("replyTo") },
  { status: 400, text: /'?\bcc'? parameter is not a valid address/i, failure: recipientRefused("cc") },
  { status: 400, text: /'?\bbcc'? parameter is not a valid address/i, failure: recipientRefused("bcc") },
  { status: 400, text: /\bnot a valid address/i, failure: recipientRefused("to") },
  { status: 400, text: /is not allowed to send/i, failure: notVerified },
  { status: 400, text: /for test purposes only/i, failure: notVerified },
  { status: 403, text: /for test purposes only/i, failure: notVerified },
  { status: 400, text: /not activated|activate your (?:mailgun )?account/i, failure: notVerified },
  { status: 403, text: /not activated|activate your (?:mailgun )?account/i, failure: notVerified },
];

/** What an HTTP status, with the answer's text, means. */
export function failureFor(status: number, text: string): MailgunFailure {
  const byText = texts.find((row) => row.status === status && row.text.test(text))?.failure;
  if (byText !== undefined) return byText;
  if (status >= 500) return outage;
  if (status < 300) return foreign;
  if (status < 400) return wrongAddress;
  return statuses[status] ?? { code: "unknown", hint: "Mailgun's answer is not known to this adapter." };
}

/** A good status without Mailgun's answer: a proxy's page, or nothing. */
const foreign: MailgunFailure = {
  code: "configuration",
  delivery: "unknown",
  hint: "Something else than Mailgun answered: check `baseUrl`, and proxies on the way.",
};
