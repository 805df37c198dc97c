import type { MailPart } from "./bounce-mail.ts";
import { fieldBlocks, firstOf } from "./header-fields.ts";
import { addressesIn } from "./report-address.ts";

/** What a report gives back of the mail that it is about. */
export interface OriginalMail {
  /** Of `X-Mail-Id`. */
  readonly mailId?: string | undefined;
  /** With `<>`. */
  readonly messageId?: string | undefined;
  readonly returnPath?: string | undefined;
  /** Who stands in `To` and `Cc`. */
  readonly recipients: readonly string[];
}

const types: ReadonlySet<string> = new Set([
  "message/rfc822",
  "message/global",
  "text/rfc822-headers",
  "message/rfc822-headers",
  "message/global-headers",
]);

/** Longest header block that is looked at. */
const maxHeaderLength = 64 * 1024;

export function originalIn(parts: readonly MailPart[]): OriginalMail {
  return originalOf(parts.find(({ type }) => types.has(type))?.text ?? "");
}

/** @param text header, and body if it is there */
export function originalOf(text: string): OriginalMail {
  const [fields] = fieldBlocks(text.slice(0, maxHeaderLength), 1);
  const recipients = ["to", "cc"].flatMap((name) => fields?.get(name) ?? []).flatMap(addressesIn);
  return {
    mailId: mailIdIn(firstOf(fields, "x-mail-id")),
    messageId: /<[^<>\s]{1,995}>/.exec(firstOf(fields, "message-id") ?? "")?.[0],
    returnPath: firstOf(fields, "return-path"),
    recipients,
  };
}

/** `undefined` for what is no id of ours. */
export function mailIdIn(text: string | undefined): string | undefined {
  const id = text?.toLowerCase() ?? "";
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id : undefined;
}
