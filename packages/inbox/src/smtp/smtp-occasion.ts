import { domainToASCII } from "node:url";
import type { SMTPServerSession } from "smtp-server";
import type { FaultAction, FaultOccasion, FaultStage } from "../fault.ts";
import type { InboxContext } from "../inbox.ts";
import { defaultInbox } from "../inbox-name.ts";

/** What of an inbox SMTP uses. */
export type SmtpContext = Pick<InboxContext, "hub" | "faults" | "login" | "maxBytes">;

/** What a stage knows besides the envelope so far. */
export interface Known {
  readonly inbox?: string;
  readonly from?: string;
  readonly to?: readonly string[];
}

/** The fault that strikes at a stage, asked with what is known of the mail by then. */
export function faultAt(
  { faults }: SmtpContext,
  stage: FaultStage,
  session: SMTPServerSession,
  more: Known = {},
): FaultAction | undefined {
  // Recipients come one by one, and there may be thousands: those before are not gone through for each.
  const known = more.to === undefined ? envelopeOf(session) : { from: senderOf(session), to: more.to };
  return faults.take({ via: "smtp", stage, inbox: inboxOf(session), ...known, ...more });
}

/** As for API keys. */
const maxInboxNameLength = 200;

export function inboxOf({ user }: SMTPServerSession): string {
  return typeof user === "string" ? user.slice(0, maxInboxNameLength) : defaultInbox;
}

/** Nothing is known before MAIL and RCPT. */
export function envelopeOf({ envelope }: SMTPServerSession): Pick<FaultOccasion, "from" | "to"> {
  const { rcptTo = [] }: Partial<SMTPServerSession["envelope"]> = envelope ?? {};
  return {
    from: senderOf({ envelope }),
    to: rcptTo.length === 0 ? undefined : rcptTo.map(({ address }) => wireAddress(address)),
  };
}

function senderOf({ envelope }: Pick<SMTPServerSession, "envelope">): string | undefined {
  const { mailFrom = false }: Partial<SMTPServerSession["envelope"]> = envelope ?? {};
  return mailFrom === false ? undefined : wireAddress(mailFrom.address);
}

/** smtp-server decodes the domain; on the wire and in the headers it is ASCII. */
export function wireAddress(address: string): string {
  const at = address.lastIndexOf("@") + 1;
  return `${address.slice(0, at)}${domainToASCII(address.slice(at)) || address.slice(at)}`;
}
