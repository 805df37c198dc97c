import { styleText } from "node:util";
import { MailError, type Receipt } from "@mail/core";
import type { Address, Attachment } from "postal-mime";
import type { CaughtMail } from "./mail-catcher.ts";

const shownHeaders = ["from", "to", "cc", "reply-to", "subject", "date", "message-id", "x-mail-id"];

const heading = (text: string): void => console.log(`\n${styleText("bold", text)}`);
const row = (name: string, value: string): void => console.log(`  ${styleText("dim", name.padEnd(14))} ${value}`);

/** What the transport said. */
export function printReceipt({ status, transport, accepted, rejected, dropped, providerId, attempts }: Receipt): void {
  heading(styleText("green", `✔ ${status} by ${transport}`));
  row("accepted", accepted.join(", "));
  for (const { address, error } of rejected) row("rejected", `${address}: ${error.message}`);
  if (dropped !== undefined) row("left out", `${dropped.join(", ")} (${transport} cannot carry it)`);
  if (providerId !== undefined) row("provider id", providerId);
  row("took", `${attempts.reduce((sum, { durationMs }) => sum + durationMs, 0).toFixed(0)} ms`);
}

/** What arrived, as an independent parser reads it. */
export function printMail({ envelope, bytes, mail }: CaughtMail): void {
  heading("Envelope");
  row("from", envelope.from);
  row("to", envelope.to.join(", "));
  heading("Headers");
  for (const [name, value] of readableHeaders(mail)) row(name, value);
  for (const [title, body] of [
    ["Text", mail.text],
    ["HTML", mail.html],
  ] as const) {
    if (body === undefined) continue;
    heading(title);
    console.log(body.trimEnd().replace(/^/gm, "  "));
  }
  if (mail.attachments.length > 0) heading("Attachments");
  for (const attachment of mail.attachments) row(attachment.filename ?? "unnamed", describe(attachment));
  console.log(styleText("dim", `\n${bytes} bytes came over SMTP.`));
}

function readableHeaders({
  from,
  to,
  cc,
  replyTo,
  subject,
  headers,
}: CaughtMail["mail"]): (readonly [string, string])[] {
  const decoded: Readonly<Record<string, string | undefined>> = {
    from: list(from === undefined ? [] : [from]),
    to: list(to),
    cc: list(cc),
    "reply-to": list(replyTo),
    subject,
  };
  return shownHeaders.flatMap((name) => {
    const header = headers.find(({ key }) => key === name);
    return header === undefined ? [] : [[name, decoded[name] ?? header.value] as const];
  });
}

function list(addresses: readonly Address[] = []): string {
  return addresses.map(({ name, address }) => (name ? `${name} <${address}>` : address)).join(", ");
}

function describe({ mimeType, content, disposition, contentId }: Attachment): string {
  const size = typeof content === "string" ? Buffer.byteLength(content) : content.byteLength;
  return `${mimeType}, ${size} bytes, ${disposition ?? "attachment"}${contentId ? ` as cid:${contentId.slice(1, -1)}` : ""}`;
}

/** What went wrong and what to do. */
export function printError(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`\n${styleText("red", `✘ ${MailError.is(error) ? `${error.code}: ` : ""}${message}`)}`);
  if (!MailError.is(error)) return;
  if (error.hint !== undefined) console.error(`  ${error.hint}`);
  if (error.delivery === "unknown") console.error("  It is not known whether the mail went out.");
}
