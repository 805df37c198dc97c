import type { Via } from "../caught-mail.ts";
import type { FaultAction } from "../fault.ts";

/** An answer of each API, given the recipient at whose address it strikes. */
export type ApiRefusal = (recipient: string) => Readonly<Record<Exclude<Via, "smtp">, FaultAction>>;

/** The answer that each API has for a status. */
export function sameStatus(status: number, retryAfter?: number): ApiRefusal {
  const action: FaultAction = { type: "status", status, ...(retryAfter !== undefined && { retryAfter }) };
  return () => ({ sendgrid: action, mailgun: action, ses: action });
}

/** What is no HTTP status, the same for each API. */
export function sameAction(action: FaultAction): ApiRefusal {
  return () => ({ sendgrid: action, mailgun: action, ses: action });
}

/** What SES says in its sandbox. */
export function notVerified(recipient: string): string {
  return `Email address is not verified. The following identities failed the check in region US-EAST-1: ${recipient}`;
}

/** SendGrid "Errors", Mailgun's own answer, and SES in its sandbox. */
export const recipientRefused: ApiRefusal = (recipient) => ({
  sendgrid: sendgrid(400, "Does not contain a valid address.", "personalizations.0.to.0.email"),
  mailgun: mailgun(400, "'to' parameter is not a valid address. please check documentation"),
  ses: ses(400, "MessageRejected", notVerified(recipient)),
});

/** SendGrid support "Maximum credits exceeded", Mailgun "Response codes", SES developer guide "API error codes". */
export const quotaUsedUp: ApiRefusal = () => ({
  sendgrid: sendgrid(401, "Maximum credits exceeded"),
  mailgun: mailgun(402, "Payment Required"),
  ses: ses(429, "TooManyRequestsException", "Daily message quota exceeded."),
});

/** Each API's words for a key that it does not know. */
export const keyRefused: ApiRefusal = () => ({
  sendgrid: sendgrid(401, "The provided authorization grant is invalid, expired, or revoked"),
  mailgun: { type: "status", status: 401, headers: { "content-type": "text/plain" }, body: "Forbidden" },
  ses: ses(403, "UnrecognizedClientException", "The security token included in the request is invalid."),
});

/** Each API's words for a key that may not do this, or a sender who was not verified. */
export const senderRefused: ApiRefusal = () => ({
  sendgrid: sendgrid(
    403,
    "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved. Visit https://sendgrid.com/docs/for-developers/sending-email/sender-identity/ to see the Sender Identity requirements",
    "from",
  ),
  mailgun: mailgun(403, "Please activate your Mailgun account. Check your inbox or log in to your control panel."),
  ses: ses(403, "AccessDeniedException", "User is not authorized to perform: ses:SendEmail"),
});

function sendgrid(status: number, message: string, field: string | null = null): FaultAction {
  return json(status, { errors: [{ message, field, help: null }] });
}

function mailgun(status: number, message: string): FaultAction {
  return json(status, { message });
}

function ses(status: number, name: string, message: string): FaultAction {
  return json(status, { message }, { "x-amzn-errortype": name });
}

function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): FaultAction {
  const type = { "content-type": "application/json" };
  return { type: "status", status, headers: { ...type, ...headers }, body: JSON.stringify(body) };
}
