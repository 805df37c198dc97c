import { type Address, encodeHeaderValue, formatAddress, type PreparedMessage } from "@mail/core";

/** Longest line by choice, without CRLF (RFC 5322 section 2.1.1); what cannot be folded below 998 the core refuses. */
const preferredLineBytes = 76;

/** A mail's header block without the lines that describe its body; each line ends in CRLF. Bcc stays out. */
export function headerBlock(mail: PreparedMessage): string {
  const { from, sender, to, cc, replyTo, subject, headers, messageId, date } = mail;
  const fields: readonly (readonly [string, string])[] = [
    ["From", addressValue([from])],
    ["Sender", addressValue(sender === undefined ? [] : [sender])],
    ["Reply-To", addressValue(replyTo)],
    ["To", addressValue(to)],
    ["Cc", addressValue(cc)],
    ["Subject", encodeHeaderValue(subject)],
    ...Object.entries(headers).map(([name, value]) => [name, encodeHeaderValue(value)] as const),
    ["Message-ID", messageId],
    ["Date", date.toUTCString().replace("GMT", "+0000")],
    ["MIME-Version", "1.0"],
  ];
  return fields
    .filter(([, value]) => value.trim() !== "")
    .map(([name, value]) => headerField(name, value))
    .join("");
}

/** One field, folded, with the CRLF at its end. */
export function headerField(name: string, value: string): string {
  const line = `${name}: ${value}`;
  return `${Buffer.byteLength(line) <= preferredLineBytes ? line : fold(line)}\r\n`;
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
    const bytes = Buffer.byteLength(word);
    // The first word after the name stays beside it: some parsers take an empty first line for an empty value.
    if (index > 1 && width + bytes > preferredLineBytes && /^[ \t]/.test(word)) {
      folded += "\r\n";
      width = 0;
    }
    folded += word;
    width += bytes;
  }
  return folded;
}
