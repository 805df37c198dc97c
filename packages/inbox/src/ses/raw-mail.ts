import type { Address } from "@mail/core";
import { decodeBase64, textField } from "../api/json-value.ts";
import { mailboxesOf } from "../api/mailboxes.ts";
import { amendHeaders, headerNames, headerValues } from "../api/raw-mime.ts";
import { parseMime } from "../parse-mime.ts";
import { parseMessageTags } from "./email-tags.ts";
import { checkFilename } from "./read-attachments.ts";
import { readMailbox } from "./read-envelope.ts";
import { refuseDuplicates } from "./read-headers.ts";
import { badRequest } from "./ses-provider.ts";

interface RawMail {
  readonly from: string;
  readonly recipients: readonly string[];
  readonly source: Uint8Array;
  readonly tags: Readonly<Record<string, string>>;
}

/** `Raw`: MIME of the client's own; what the request does not say of the envelope is in its headers. @throws ApiRefusal */
export async function readRawMail(
  value: unknown,
  envelope: { readonly from: Address | undefined; readonly recipients: readonly string[] },
  { messageId, date }: { readonly messageId: string; readonly date: Date },
): Promise<RawMail> {
  const source = decodeBase64(textField(value, "Data") ?? "");
  if (source === undefined || source.byteLength === 0)
    throw badRequest("Raw message data is missing or is not base64.");
  refuseDuplicates(headerNames(source));
  const [header] = headerValues(source, "from");
  if (header === undefined && envelope.from === undefined) throw badRequest("Missing required header 'From'.");
  await refuseFiles(source);
  return {
    from: envelope.from?.address ?? readMailbox(header).address,
    recipients: envelope.recipients.length > 0 ? envelope.recipients : recipientsNamed(source),
    source: amendHeaders(
      source,
      ["bcc", "message-id", "date", "return-path", "x-ses-message-tags", "x-ses-configuration-set"],
      [
        { name: "Message-ID", value: messageId },
        { name: "Date", value: date.toUTCString().replace("GMT", "+0000") },
        ...(header === undefined ? [{ name: "From", value: envelope.from?.address ?? "" }] : []),
        { name: "Feedback-ID", value: "::1.local.inbox:AmazonSES" },
      ],
    ),
    tags: parseMessageTags(headerValues(source, "x-ses-message-tags").join(",")),
  };
}

function recipientsNamed(source: Uint8Array): readonly string[] {
  return [...new Set(["to", "cc", "bcc"].flatMap((name) => headerValues(source, name).flatMap(mailboxesIn)))];
}

function mailboxesIn(list: string): readonly string[] {
  const mailboxes = mailboxesOf(list);
  if (mailboxes === undefined) throw badRequest("Domain contains illegal character");
  return mailboxes.map(({ address }) => address);
}

async function refuseFiles(source: Uint8Array): Promise<void> {
  const { attachments } = await parseMime(source).catch(() => ({ attachments: [] }));
  for (const { filename } of attachments) if (filename !== null) checkFilename(filename);
}
