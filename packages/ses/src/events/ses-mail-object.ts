import { isEventRecord, type MailEventFields, mailIdKey } from "@mail/core";
import { decodeEmailTag, reservedTagNames } from "../email-tags.ts";
import { type JsonObject, listAt, objectAt, textAt, textsAt } from "./json.ts";

type MailFields = Pick<MailEventFields, "mailId" | "providerId" | "messageId" | "tags" | "metadata">;

/**
 * What a record says of its mail. Tags come with event publishing; notifications of an identity have headers at most.
 * Those that SES sets itself, such as `ses:from-domain`, are none of the app's.
 */
export function mailFields(mail: JsonObject): MailFields {
  const tags = objectAt(mail, "tags");
  const values = (name: string): readonly string[] => textsAt(tags, name).map(decodeEmailTag);
  const own = Object.keys(tags).filter(
    (name) =>
      !name.startsWith("ses:") && name !== mailIdKey && !reservedTagNames.includes(name) && values(name).length > 0,
  );
  return {
    mailId: values(mailIdKey)[0] ?? headerAt(mail, "x-mail-id"),
    providerId: textAt(mail, "messageId"),
    messageId: inBrackets(textAt(objectAt(mail, "commonHeaders"), "messageId") ?? headerAt(mail, "message-id")),
    tags: reservedTagNames.flatMap(values),
    metadata: Object.fromEntries(own.map((name) => [decodeEmailTag(name), values(name).join(", ")])),
  };
}

function headerAt(mail: JsonObject, lowerCaseName: string): string | undefined {
  const header = listAt(mail, "headers")
    .filter(isEventRecord)
    .find((candidate) => textAt(candidate, "name")?.toLowerCase() === lowerCaseName);
  return header === undefined ? undefined : textAt(header, "value");
}

function inBrackets(messageId: string | undefined): string | undefined {
  if (messageId === undefined || messageId.startsWith("<")) return messageId;
  return `<${messageId}>`;
}
