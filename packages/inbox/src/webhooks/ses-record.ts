import { formatAddress } from "@mail/core";
import { domainOf } from "../caught-address.ts";
import type { CaughtMail } from "../caught-mail.ts";
import type { JsonObject, ReportedEvent } from "./reported-event.ts";
import type { SesVariant } from "./ses-variants.ts";

/** SES leaves headers out beyond this size, in bytes (developer guide, "The mail object"). */
const maxHeaderBytes = 10 * 1024;
const sourceIp = "192.0.2.10";
const callerIdentity = "inbox";

/** What SES publishes to its topic: JSON and a line break. */
export function sesRecord(
  { type, identity, name, record }: SesVariant,
  event: ReportedEvent,
  topicArn: string,
): string {
  const published = {
    [identity ? "notificationType" : "eventType"]: type,
    ...(name !== undefined && { [name]: record?.(event) ?? {} }),
    mail: mailObject(event.mail, topicArn, identity ?? false),
  };
  return `${JSON.stringify(published)}\n`;
}

function mailObject(mail: CaughtMail, topicArn: string, identity: boolean): JsonObject {
  const [, , , region = "", account = ""] = topicArn.split(":");
  const { headers, truncated } = cutHeaders(mail.headers);
  const source = mail.envelope.from;
  const domain = domainOf(source);
  const addresses = (list: CaughtMail["to"]) => (list.length === 0 ? undefined : list.map(formatAddress));
  return {
    timestamp: mail.receivedAt.toISOString(),
    source,
    sourceArn: `arn:aws:ses:${region}:${account}:identity/${domain}`,
    sendingAccountId: account,
    messageId: mail.providerId,
    destination: mail.envelope.to,
    headersTruncated: truncated,
    headers,
    commonHeaders: {
      from: addresses(mail.from === undefined ? [] : [mail.from]),
      replyTo: addresses(mail.replyTo),
      date: mail.headers.find(({ name }) => name.toLowerCase() === "date")?.value,
      to: addresses(mail.to),
      cc: addresses(mail.cc),
      messageId: mail.messageId,
      subject: mail.subject,
    },
    ...(identity ? { sourceIp, callerIdentity } : { tags: tagsOf(mail, domain) }),
  };
}

/** Message tags, and those that SES sets itself. */
function tagsOf({ metadata, tags }: CaughtMail, domain: string): JsonObject {
  const own = {
    "ses:operation": ["SendEmail"],
    "ses:configuration-set": ["default"],
    "ses:source-ip": [sourceIp],
    "ses:from-domain": [domain],
    "ses:caller-identity": [callerIdentity],
  };
  const named = Object.entries(metadata).map(([name, value]) => [name, [value]]);
  // A tag of SES has a name; those of a mail that have none are numbered.
  const nameless = tags.map((tag, index) => [`tag_${index + 1}`, [tag]]);
  return { ...own, ...Object.fromEntries([...nameless, ...named]) };
}

function cutHeaders(headers: CaughtMail["headers"]): {
  readonly headers: CaughtMail["headers"];
  readonly truncated: boolean;
} {
  let bytes = 0;
  const kept = headers.filter(({ name, value }) => {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value) + 4;
    return bytes <= maxHeaderBytes;
  });
  return { headers: kept, truncated: kept.length < headers.length };
}
