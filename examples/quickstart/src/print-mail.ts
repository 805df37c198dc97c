import type { Address } from "@mail/core";
import type { CaughtAttachment, CaughtMail } from "@mail/inbox";
import { printHeading, printRow } from "./print.ts";

const shownHeaders = ["from", "to", "cc", "reply-to", "subject", "date", "message-id", "x-mail-id"];

/** What arrived, as its readers get it. */
export function printMail(mail: CaughtMail): void {
  printHeading(`✉  ${mail.subject}`);
  printHeading("Envelope");
  printRow("from", mail.envelope.from);
  printRow("to", mail.envelope.to.join("\n"));
  printHeading("Headers");
  for (const [name, value] of readableHeaders(mail)) printRow(name, value);
  if (mail.text !== undefined) {
    printHeading("Text");
    console.log(mail.text.trim().replace(/^/gm, "    "));
  }
  if (mail.html !== undefined || mail.attachments.length > 0) printHeading("Parts");
  if (mail.html !== undefined)
    printRow("HTML", `${sizeOf(Buffer.byteLength(mail.html.trim()))}, to be seen on the page`);
  for (const attachment of mail.attachments) printRow(attachment.filename ?? "unnamed", describe(attachment));
}

function readableHeaders({ from, to, cc, replyTo, subject, headers }: CaughtMail): (readonly [string, string])[] {
  const decoded: Readonly<Record<string, string>> = {
    from: list(from === undefined ? [] : [from]),
    to: list(to),
    cc: list(cc),
    "reply-to": list(replyTo),
    subject,
  };
  return shownHeaders.flatMap((shown) => {
    const header = headers.find(({ name }) => name.toLowerCase() === shown);
    return header === undefined ? [] : [[header.name, decoded[shown] ?? header.value] as const];
  });
}

function list(addresses: readonly Address[]): string {
  return addresses.map(({ name, address }) => (name ? `${name} <${address}>` : address)).join("\n");
}

function describe({ contentType, size, contentId, disposition }: CaughtAttachment): string {
  return [
    contentType,
    sizeOf(size),
    disposition === "inline" ? `shown in the HTML as cid:${contentId}` : "attached",
  ].join(", ");
}

function sizeOf(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${(bytes / 1024).toFixed(1)} kB`;
}
