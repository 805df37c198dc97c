import type { ErrorScope, MailErrorCode } from "@mail/core";

/** How far the dialogue had come when the server answered. */
export type SmtpStage = "greeting" | "ehlo" | "starttls" | "auth" | "mail" | "rcpt" | "data" | "body" | "idle";

/** What a server answered, taken apart. */
export interface SmtpReply {
  readonly smtpCode: number;
  /** RFC 3463. */
  readonly enhancedCode?: string;
  readonly text: string;
}

/** What a reply means. */
export interface ReplyMeaning {
  readonly code: MailErrorCode;
  readonly scope?: ErrorScope;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  readonly hint?: string;
}

/** Takes a reply apart; `undefined` where the text is none (RFC 5321 section 4.2, RFC 2034 section 4). */
export function parseReply(text: string): SmtpReply | undefined {
  const [, code, enhancedCode] = /^([2-5]\d\d)(?:[ -](?:([245]\.\d{1,3}\.\d{1,3})\b)?|$)/.exec(text) ?? [];
  if (code === undefined) return undefined;
  return { smtpCode: Number(code), ...(enhancedCode !== undefined && { enhancedCode }), text };
}

interface ReplyRow extends Omit<ReplyMeaning, "scope" | "retryAfterMs"> {
  readonly enhanced?: RegExp;
  readonly stages?: readonly SmtpStage[];
  readonly replies?: RegExp;
  /** Only where the server's codes do not tell two cases apart. */
  readonly text?: RegExp;
}

const anHourMs = 3_600_000;
const recipientStages: readonly SmtpStage[] = ["rcpt", "data", "body"];
const senderHint = "This account may not send from this address: use its own, or have it verified or granted.";
const mailboxHint = "The recipient's server does not take mail for this address: check it for typos.";
const busyHint = "The recipient's mailbox does not take mail for now: try again later.";
const fullHint = "The recipient's mailbox is full: try again another day.";
const appPasswordHint = "This account needs an app password or OAuth2 instead of its usual password.";
const loginHint = "Set auth or oauth2: the server takes mail after a login only.";
const passwordHint = "Check user and password; they may belong to another server or region.";
const policyHint = "The server refuses this mail by its rules; its answer is in `response.text`.";
const sizeHint = "Send fewer or smaller attachments, or links to them.";
const laterHint = "The server has a passing problem: try again later.";
const startTlsHint = "The server wants encryption first: leave starttls at its default, or use port 465.";
const protocolHint = "The server does not understand what a mail server should: check host and port.";
const sandboxHint = "Verify this address or domain at the provider, in this region, or leave its test mode.";

/** RFC 3463 and its registry at IANA; where a provider is named, its own help pages. The first row that fits decides. */
const rows: readonly ReplyRow[] = [
  // What codes leave open and only the text tells.
  { text: /daily message quota|maximum credits exceeded|daily user sending/i, code: "quota_exceeded" },
  { text: /maximum sending rate/i, code: "rate_limited", hint: "Send more slowly: the provider's rate is used up." },
  { text: /too many login attempts/i, code: "rate_limited", hint: "Wait before logging in again." },
  { text: /address(?:es)? (?:is|are) not verified|unauthenticated senders/i, code: "permission", hint: sandboxHint },
  { replies: /^554$/, text: /^554 access denied/i, code: "permission", hint: senderHint },
  { replies: /^530$/, text: /starttls/i, code: "tls", hint: startTlsHint },
  { replies: /^530$/, code: "authentication", hint: loginHint },
  // Enhanced codes with a meaning of their own.
  { enhanced: /^5\.7\.(?:8|3|57)$/, code: "authentication", hint: passwordHint },
  { enhanced: /^5\.7\.(?:9|14)$/, code: "authentication", hint: appPasswordHint },
  {
    enhanced: /^5\.7\.(?:30|139)$/,
    code: "authentication",
    hint: "Microsoft blocks password logins here: enable SMTP AUTH for the mailbox, or use oauth2.",
  },
  { enhanced: /^5\.7\.11$/, code: "tls", hint: startTlsHint },
  { enhanced: /^5\.7\.60$/, code: "permission", hint: senderHint },
  { enhanced: /^5\.7\.1$/, replies: /^553$/, stages: ["mail"], code: "permission", hint: senderHint },
  { enhanced: /^5\.1\.[78]$/, code: "permission", hint: senderHint },
  { enhanced: /^5\.7\.25$/, code: "policy_rejected", hint: "The sending address has no reverse DNS name (PTR)." },
  { enhanced: /^5\.7\.2[67]$/, code: "policy_rejected", hint: "Set up SPF, DKIM and DMARC for the sender's domain." },
  { enhanced: /^5\.7\.515$/, code: "policy_rejected", hint: "Outlook's rules for bulk senders: SPF, DKIM and DMARC." },
  { enhanced: /^5\.4\.5$/, code: "quota_exceeded" },
  { enhanced: /^[45]\.(?:3\.4|2\.3)$/, code: "message_too_large", hint: sizeHint },
  {
    enhanced: /^4\.2\.1$/,
    replies: /^450$/,
    code: "rate_limited",
    hint: "Mail to this address comes too fast: send more slowly.",
  },
  { enhanced: /^[45]\.2\.2$/, code: "recipient_rejected", hint: fullHint },
  {
    enhanced: /^[45]\.5\.3$/,
    stages: ["rcpt"],
    code: "recipient_rejected",
    hint: "Too many recipients for one mail: send to the others in another.",
  },
  { enhanced: /^5\.6\.7$/, code: "unsupported", hint: "The server cannot carry non-ASCII characters before the @." },
  { enhanced: /^5\.4\.1$/, stages: recipientStages, code: "recipient_rejected", hint: mailboxHint },
  { enhanced: /^5\.5\.1$/, stages: ["body", "data"], replies: /^554$/, code: "recipient_rejected", hint: mailboxHint },
  // Logging in and encrypting have meanings of their own for the rest.
  { stages: ["starttls"], replies: /^4/, code: "tls", retryable: true, hint: laterHint },
  {
    stages: ["starttls"],
    code: "tls",
    hint: "The server offers no encryption here; nothing was sent, no password either. Use another port.",
  },
  { stages: ["auth"], replies: /^538$/, code: "tls", hint: startTlsHint },
  { stages: ["auth"], replies: /^421$/, enhanced: /^4\.7\./, code: "rate_limited" },
  { stages: ["auth"], replies: /^4/, code: "unavailable", hint: "Logging in does not work for now: try again later." },
  { stages: ["auth"], replies: /^534$/, code: "authentication", hint: appPasswordHint },
  { stages: ["auth"], code: "authentication", hint: passwordHint },
  // Enhanced codes by their subject.
  {
    enhanced: /^4\.7\./,
    replies: /^421$/,
    code: "rate_limited",
    hint: "Too much at once from this sender: slow down.",
  },
  {
    enhanced: /^4\.7\./,
    code: "unavailable",
    hint: "The server puts unknown senders off (greylisting): try again in some minutes.",
  },
  { enhanced: /^5\.7\./, code: "policy_rejected", hint: policyHint },
  { enhanced: /^4\.[12]\./, stages: recipientStages, code: "recipient_rejected", hint: busyHint },
  { enhanced: /^5\.[12]\./, stages: recipientStages, code: "recipient_rejected", hint: mailboxHint },
  { enhanced: /^5\.5\.0$/, stages: recipientStages, replies: /^550$/, code: "recipient_rejected", hint: mailboxHint },
  { enhanced: /^5\.[12]\./, stages: ["mail"], code: "permission", hint: senderHint },
  { enhanced: /^[45]\.[34]\.|^4\./, code: "unavailable", hint: laterHint },
  { enhanced: /^5\.5\./, replies: /^503$/, code: "configuration", retryable: true, hint: protocolHint },
  { enhanced: /^5\.5\./, code: "configuration", hint: protocolHint },
  { enhanced: /^5\.6\./, code: "invalid_message", hint: "The server does not take this content." },
  // Reply codes alone, by stage.
  { replies: /^421$/, code: "unavailable", hint: laterHint },
  { stages: ["rcpt"], replies: /^45[02]$/, code: "recipient_rejected", hint: laterHint },
  { replies: /^4/, code: "unavailable", hint: laterHint },
  { stages: ["greeting"], replies: /^521$/, code: "configuration", hint: "This host takes no mail: check its name." },
  { replies: /^503$/, code: "configuration", retryable: true, hint: protocolHint },
  { stages: ["rcpt"], replies: /^(?:501|521|55[01236])$/, code: "recipient_rejected", hint: mailboxHint },
  { replies: /^50[0-4]$|^555$/, code: "configuration", hint: protocolHint },
  { replies: /^552$/, code: "message_too_large", hint: sizeHint },
  { replies: /^53[45]$/, code: "authentication", hint: passwordHint },
  { stages: ["mail"], replies: /^553$/, code: "permission", hint: senderHint },
  { replies: /^(?:551|553|556)$/, code: "recipient_rejected", hint: mailboxHint },
  { replies: /^5/, code: "policy_rejected", hint: policyHint },
];

/** Before there is a mail, a refusal is about us (RFC 5321 section 3.1), not about the mail. */
const senderStages: readonly SmtpStage[] = ["greeting", "ehlo", "mail"];

/** What a refusal means: the enhanced code decides first, then the stage, then the reply code. */
export function meaningOf(reply: SmtpReply, stage: SmtpStage): ReplyMeaning {
  const row = rows.find(
    ({ enhanced, stages, replies, text }) =>
      (enhanced === undefined || enhanced.test(reply.enhancedCode ?? "")) &&
      (stages === undefined || stages.includes(stage)) &&
      (replies === undefined || replies.test(String(reply.smtpCode))) &&
      (text === undefined || text.test(reply.text)),
  );
  const { code = "unknown", retryable, hint } = row ?? {};
  const aboutUs = code === "policy_rejected" && senderStages.includes(stage);
  const passing = code === "recipient_rejected" && reply.smtpCode < 500;
  return {
    code,
    ...(aboutUs && { scope: "transport" as const }),
    ...((retryable ?? passing) && { retryable: true }),
    ...(code === "quota_exceeded" && { retryAfterMs: anHourMs }),
    hint: hint ?? (code === "quota_exceeded" ? "The provider's daily or plan limit is used up." : policyHint),
  };
}
