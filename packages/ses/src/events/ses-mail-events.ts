import { derivedEventId, isEventRecord, type MailEvent, writeMailEvent } from "@mail/core";
import { dateAt, type JsonObject, listAt, objectAt, textAt } from "./json.ts";
import { mailFields } from "./ses-mail-object.ts";
import { type SesReport, sesReports } from "./ses-reports.ts";

/** The notification in which a record came. */
export interface Notice {
  readonly messageId: string;
  readonly timestamp: Date;
}

const unknownReport: SesReport = { name: "", find: () => ({ type: "unknown" }) };

/** One event for each recipient of a record; one without a recipient where it names none. */
export function sesMailEvents(recordType: string, record: JsonObject, notice: Notice): MailEvent[] {
  const report = sesReports.get(recordType) ?? unknownReport;
  const mail = objectAt(record, "mail");
  const part = objectAt(record, report.name);
  const fields = mailFields(mail);
  // SES publishes a bounce twice where both events and notifications of an identity are on, with the same feedbackId.
  // What comes again and has no id of its own is told apart by the notification, whose id stays when SNS sends it again.
  const occurrence = textAt(part, "feedbackId") ?? (report.once ? fields.providerId : undefined) ?? notice.messageId;
  const sentAt = recordType === "Send" ? dateAt(mail, "timestamp") : undefined;
  return recipientsOf(report, part, mail).map(({ address, said }) => {
    const { type, ...found } = report.find(part, said);
    return writeMailEvent({
      // Of one length, whatever is in a record: stores put it into an index.
      id: derivedEventId({ occurrence, recordType, address }),
      type,
      at: dateAt(part, "timestamp") ?? sentAt ?? notice.timestamp,
      provider: "ses",
      ...fields,
      recipient: address,
      ...found,
      raw: record,
    });
  });
}

interface Recipient {
  readonly address?: string;
  /** What the record says of this recipient alone. */
  readonly said: JsonObject;
}

function recipientsOf({ recipients }: SesReport, part: JsonObject, mail: JsonObject): readonly Recipient[] {
  const listed = recipients === undefined ? listAt(mail, "destination") : listAt(part, recipients);
  const byAddress = new Map<string, Recipient>();
  for (const entry of listed) {
    const said = isEventRecord(entry) ? entry : { emailAddress: entry };
    const address = bareAddress(textAt(said, "emailAddress") ?? "");
    if (address !== "" && !byAddress.has(address)) byAddress.set(address, { address, said });
  }
  return byAddress.size > 0 ? [...byAddress.values()] : [{ said: {} }];
}

/** Without a display name, which SES keeps where the mail had one. */
function bareAddress(text: string): string {
  return (/<([^<>]*)>\s*$/.exec(text)?.[1] ?? text).trim();
}
