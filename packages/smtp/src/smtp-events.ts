import {
  derivedEventId,
  eventTime,
  type MailEvent,
  MailEventError,
  type MailEventSource,
  writeMailEvent,
} from "@mail/core";
import { type BounceMail, parseBounceMail } from "./events/bounce-mail.ts";
import { type BounceEventsOptions, checkBounceOptions } from "./events/bounce-options.ts";
import type { BounceReport, ReportEntry } from "./events/bounce-report.ts";
import { findProof } from "./events/find-proof.ts";
import { firstOf } from "./events/header-fields.ts";
import { type MailSource, mailRequest } from "./events/mail-request.ts";
import { readReport } from "./events/read-report.ts";
import { readStart } from "./events/read-start.ts";
import type { VerpProof } from "./events/verp-address.ts";

const defaultMaxBytes = 32 * 1024 * 1024;

/** Reads bounces, delivery reports and complaints that come as mails. */
export interface BounceEventSource extends MailEventSource {
  /**
   * Reads one mail as it came. A mail that reports nothing, such as an absence note, has no events.
   * @throws MailEventError `malformed`, `too_large`, or `invalid_signature` with `verp`
   */
  read(mail: MailSource): Promise<MailEvent[]>;
}

/**
 * Reads the mails that come to the return path: delivery status notifications (RFC 3464), complaints (RFC 5965), and the
 * bounces of qmail and Exim. `parse` takes the mail as it came as the body of a POST.
 * @throws MailError `configuration` for an unknown or wrong option
 */
export function bounceEvents(options: BounceEventsOptions = {}): BounceEventSource {
  const { verp, unsigned, maxBytes = defaultMaxBytes } = checkBounceOptions(options);

  async function parse(request: Request): Promise<MailEvent[]> {
    refuseOtherTypes(request);
    const mail = await parseBounceMail(await readStart(request, maxBytes));
    const report = readReport(mail);
    if (report === undefined || report.entries.length === 0) return [];
    const proof = verp === undefined ? undefined : findProof(verp, mail, report);
    if (verp !== undefined && proof === undefined && unsigned === "refuse") throw notSigned();
    return eventsOf(mail, report, proof);
  }

  return { provider: "smtp", parse, read: async (mail) => parse(mailRequest(mail)) };
}

const mailTypes: ReadonlySet<string> = new Set([
  "",
  "message/rfc822",
  "message/global",
  "application/octet-stream",
  "text/plain",
]);

function refuseOtherTypes({ headers }: Request): void {
  const [type = ""] = (headers.get("content-type") ?? "").split(";", 1);
  if (mailTypes.has(type.trim().toLowerCase())) return;
  throw new MailEventError("The body is no raw mail", {
    code: "malformed",
    field: "content-type",
    hint: "Post the mail as it came, with the content type message/rfc822.",
  });
}

function notSigned(): MailEventError {
  return new MailEventError("The report did not come to a return path that we signed", {
    code: "invalid_signature",
    field: "to",
    hint: 'Send through verp(); unsigned: "accept" takes such reports too, on their author\'s word.',
  });
}

/** Each once. */
function eventsOf(mail: BounceMail, report: BounceReport, proof: VerpProof | undefined): MailEvent[] {
  const events = report.entries.map((entry) => eventOf(mail, report, entry, proof));
  return [...new Map(events.map((event) => [event.id, event])).values()];
}

function eventOf(mail: BounceMail, report: BounceReport, entry: ReportEntry, proof: VerpProof | undefined): MailEvent {
  const { original } = report;
  const { type, addresses, reason, permanent, detail, response, raw } = entry;
  const written = firstOf(mail.fields, "date");
  const mailId = proof?.mailId ?? original.mailId;
  // With a proof, its word alone counts: what else the report says may be made up, to hurt another mail or recipient.
  const messageId = proof === undefined ? original.messageId : undefined;
  const recipient =
    proof === undefined ? addresses[0] : [...addresses, ...original.recipients].find((address) => proof.isFor(address));
  const reportId = firstOf(mail.fields, "message-id");
  return writeMailEvent({
    id: derivedEventId({ reportId, written, mailId, messageId, recipient, addresses, raw }),
    type,
    at: eventTime(secondsOf(entry.date) ?? secondsOf(written), new Date()),
    provider: "smtp",
    mailId,
    messageId,
    recipient,
    reason,
    permanent,
    detail,
    response,
    unsigned: proof === undefined ? true : undefined,
    tags: [],
    metadata: {},
    raw,
  });
}

/** A time without a zone, such as `02:00:02`; not `+02:00`. */
const localTime = /(?<![+-]\d\d):\d\d(?:\.\d+)?$/;

/** Of a date in a header, since 1970; where it has no zone, in UTC, so that it is the same on each machine. */
function secondsOf(date: string | undefined): number | undefined {
  if (date === undefined || date.length > 100) return undefined;
  const ms = Date.parse(localTime.test(date) ? `${date}Z` : date);
  return Number.isNaN(ms) ? undefined : ms / 1000;
}
