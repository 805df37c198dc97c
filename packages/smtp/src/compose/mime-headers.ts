import { type Address, encodeHeaderValue, formatAddress, type PreparedMessage } from "@mail/core";

/**
 * Longest line by choice, without CRLF, in characters, of which addresses may have some beyond ASCII (RFC 5322 section
 * 2.1.1, RFC 6532 section 3.4); what cannot be folded below 998 bytes the core refuses.
 */
const preferredLineLength = 76;

/** A mail's header block without the lines that describe its body; each line ends in CRLF. Bcc stays out. */
export function headerBlock(mail: PreparedMessage): string {
  const { from, sender, to, cc, replyTo, subject, headers, messageId, date } = mail;
  let block = headerField("From", addressValue([from]));
  if (sender !== undefined) block += headerField("Sender", addressValue([sender]));
  if (replyTo.length > 0) block += headerField("Reply-To", addressValue(replyTo));
  if (to.length > 0) block += headerField("To", addressValue(to));
  if (cc.length > 0) block += headerField("Cc", addressValue(cc));
  const title = encodeHeaderValue(subject);
  if (title.trim() !== "") block += headerField("Subject", title);
  for (const [name, value] of Object.entries(headers)) block += headerField(name, encodeHeaderValue(value));
  block += headerField("Message-ID", messageId);
  return `${block}Date: ${date.toUTCString().slice(0, -"GMT".length)}+0000\r\nMIME-Version: 1.0\r\n`;
}

/** One field, folded, with the CRLF at its end. */
export function headerField(name: string, value: string): string {
  const line = `${name}: ${value}`;
  return `${line.length <= preferredLineLength ? line : fold(line)}\r\n`;
}

function addressValue(addresses: readonly Address[]): string {
  return addresses.map(mailbox).join(", ");
}

/** An encoded name stands as it is: quotes around it would show to the reader (RFC 2047 section 5). */
function mailbox({ name, address }: Address): string {
  if (name === undefined || name === "") return formatAddress({ address });
  const encoded = encodeHeaderValue(name);
  return encoded === name ? formatAddress({ name, address }) : `${encoded} <${address}>`;
}

/** Breaks a line before white space, never making a line of white space alone (RFC 5322 section 2.2.3). */
function fold(line: string): string {
  const words = line.match(/[ \t]*[^ \t]+[ \t]*$|[ \t]*[^ \t]+/g) ?? [line];
  let folded = "";
  let width = 0;
  for (const [index, word] of words.entries()) {
    // The first word after the name stays beside it: some parsers take an empty first line for an empty value.
    if (index > 1 && width + word.length > preferredLineLength && /^[ \t]/.test(word)) {
      folded += "\r\n";
      width = 0;
    }
    folded += word;
    width += word.length;
  }
  return folded;
}
