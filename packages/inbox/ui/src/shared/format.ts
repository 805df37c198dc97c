import type { Address } from "../api/types.ts";

const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** The time today, the day before that. */
export function shortDate(iso: string, now: Date = new Date()): string {
  const date = new Date(iso);
  return date.toDateString() === now.toDateString() ? time.format(date) : day.format(date);
}

export function longDate(iso: string): string {
  return full.format(new Date(iso));
}

export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  const kilobytes = count / 1024;
  return kilobytes < 1024 ? `${kilobytes.toFixed(kilobytes < 10 ? 1 : 0)} KB` : `${(kilobytes / 1024).toFixed(1)} MB`;
}

export function nameOf({ name, address }: Address): string {
  return name || address;
}

/** `ada@example.com and 2 more`. */
export function recipientsLine(addresses: readonly string[]): string {
  const [first = "nobody", ...rest] = addresses;
  return rest.length === 0 ? first : `${first} and ${rest.length} more`;
}

export const viaNames = { smtp: "SMTP", sendgrid: "SendGrid", mailgun: "Mailgun", ses: "SES" } as const;
