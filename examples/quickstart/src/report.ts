import { MailError, type Receipt } from "@mail/core";
import type { CaughtMail, Inbox } from "@mail/inbox";
import { differences } from "./differences.ts";
import { printDetail, printFault, printHeading, printNote, printOutcome, printRow } from "./print.ts";
import { printMail } from "./print-mail.ts";

export interface Report {
  /** What the transport said, and what arrived where the inbox is the other side. */
  sent(receipt: Receipt, mail: CaughtMail | undefined): void;
  failed(error: unknown): void;
  /** Prints what was kept back so that the rows stay together. */
  finish(): void;
}

const names: Readonly<Record<string, string>> = {
  smtp: "SMTP",
  sendgrid: "SendGrid",
  mailgun: "Mailgun",
  ses: "Amazon SES",
};

/** Prints what arrived once, and a row for each transport. */
export function createReport(inbox: Inbox | undefined): Report {
  let first: CaughtMail | undefined;
  let printed = false;
  let rows = 0;
  let lastHint: string | undefined;
  let lastFailure: string | undefined;

  function beginRow(): void {
    if (inbox !== undefined && rows++ === 0)
      printHeading("One mail, four transports: only MAIL_URL changed in between\n");
  }

  function printFirst(mail: CaughtMail): void {
    printMail(mail);
    printed = true;
  }

  return {
    sent(receipt, mail) {
      if (inbox === undefined || mail === undefined) return printReceipt(receipt);
      first ??= mail;
      if (rows === 0) printFirst(first);
      beginRow();
      const changed = differences(withAllRecipients(first, inbox), withAllRecipients(mail, inbox));
      const url = Object.entries(inbox.urls).find(([name]) => name === receipt.transport)?.[1];
      printOutcome(changed.length === 0 ? "✔" : "≠", nameOf(receipt.transport), url ?? "");
      if (changed.length > 0) printDetail(`arrived with other ${changed.join(", ")}`);
      printAsides(receipt);
    },
    failed(error) {
      process.exitCode = 1;
      const text = error instanceof Error ? error.message : String(error);
      // What is wrong before a transport is asked is the same for all.
      if (!MailError.is(error) || error.transport === undefined) {
        if (text !== lastFailure) printFailure(text, error);
        lastFailure = text;
        return;
      }
      beginRow();
      printOutcome("✘", nameOf(error.transport), verdict(error));
      printDetail(text);
      if (error.hint !== undefined && error.hint !== lastHint) printDetail(error.hint);
      lastHint = error.hint;
    },
    finish() {
      if (first !== undefined && !printed) printFirst(first);
    },
  };
}

/** SendGrid sends a copy to each recipient in `to`, and each is a mail of its own in the inbox. */
function withAllRecipients(mail: CaughtMail, inbox: Inbox): CaughtMail {
  const copies = inbox.messages().filter(({ mailId, via }) => mailId === mail.mailId && via === mail.via);
  return { ...mail, envelope: { ...mail.envelope, to: copies.flatMap(({ envelope }) => envelope.to) } };
}

function printFailure(text: string, error: unknown): void {
  printFault(MailError.is(error) ? `${error.code}: ${text}` : text);
  if (MailError.is(error) && error.hint !== undefined) printNote(error.hint);
}

function nameOf(transport: string): string {
  return names[transport] ?? transport;
}

function printReceipt(receipt: Receipt): void {
  const { status, transport, accepted, providerId, attempts } = receipt;
  console.log();
  printOutcome("✔", nameOf(transport), status);
  printRow("accepted", accepted.join("\n"));
  if (providerId !== undefined) printRow("provider id", providerId);
  printRow("took", `${attempts.reduce((sum, { durationMs }) => sum + durationMs, 0).toFixed(0)} ms`);
  printAsides(receipt);
}

/** What did not go out as asked. */
function printAsides({ rejected, dropped = [], transport }: Receipt): void {
  for (const { address, error } of rejected) printDetail(`refused ${address}: ${verdict(error)}`);
  if (dropped.length > 0) printDetail(`without ${dropped.join(" and ")}, which ${nameOf(transport)} cannot carry`);
}

/** The facts that decide what an app does next. */
function verdict({ code, delivery, retryable, retryAfterMs }: MailError): string {
  const again = retryAfterMs === undefined ? "may be tried again" : `may be tried again in ${retryAfterMs / 1000} s`;
  return [
    code,
    delivery === "unknown" ? "it is not known whether it went out" : "not sent",
    ...(retryable && delivery === "not_sent" ? [again] : []),
  ].join(", ");
}
