import { styleText } from "node:util";
import { MailError } from "@mail/core";
import { cliFlags, flagOf, variableOf } from "./cli-flags.ts";
import type { InboxUrls } from "./inbox.ts";
import type { InboxOptions } from "./inbox-options.ts";
import { isLoopback } from "./inbox-urls.ts";

export function helpText(): string {
  const flags = cliFlags.map(({ name, value, help }) => [`--${name}${value === undefined ? "" : ` ${value}`}`, help]);
  const width = Math.max(...flags.map(([flag = ""]) => flag.length));
  return [
    "A local inbox for development: catches SMTP and the APIs of SendGrid, Mailgun",
    "and Amazon SES, and shows the mail in a browser.",
    "",
    "Usage: mail-inbox [flags]",
    "",
    ...flags.map(([flag = "", help]) => `  ${flag.padEnd(width)}  ${help}`),
    "",
    `Each flag is also a variable: --smtp-port is ${variableOf("smtp-port")}.`,
    "",
  ].join("\n");
}

const openWarning = "Whoever reaches this machine can read the mail: the page has no login.";

/** The addresses, to be copied; a password is not shown. */
export function addressText(urls: InboxUrls, { login, dataFile, host }: InboxOptions): string {
  const secret = login === undefined ? undefined : encodeURIComponent(login.pass);
  const shown = (url: string): string => (secret === undefined ? url : url.replace(`${secret}@`, "PASS@"));
  const row = (name: string, url: string): string => `    ${name.padEnd(9)} ${styleText("cyan", shown(url))}`;
  return [
    "",
    `  ${styleText("bold", "The inbox is open:")} ${styleText(["bold", "cyan"], urls.web)}`,
    "",
    `  Set ${styleText("bold", "MAIL_URL")} to one of these${secret === undefined ? "" : ", with the password for PASS"}:`,
    "",
    row("SMTP", urls.smtp),
    row("TLS", urls.smtps),
    row("SendGrid", urls.sendgrid),
    row("Mailgun", urls.mailgun),
    row("SES", urls.ses),
    "",
    ...(host === undefined || isLoopback(host) ? [] : [styleText("yellow", `  ${openWarning}`), ""]),
    `  Mails are kept in ${dataFile ?? "memory"}. Ctrl-C closes the inbox.`,
    "",
    "",
  ].join("\n");
}

/** What went wrong and what to do, without a stack. */
export function failureText(thrown: unknown): string {
  if (!MailError.is(thrown)) return `${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`;
  const flag = thrown.field === undefined ? undefined : flagOf(thrown.field);
  const problem = flag === undefined ? thrown.message : thrown.message.replace(`${thrown.field}:`, `${flag}:`);
  return [styleText("red", problem), ...(thrown.hint === undefined ? [] : [thrown.hint]), ""].join("\n");
}
