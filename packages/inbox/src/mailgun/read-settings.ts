import type { Address } from "@mail/core";
import { isObject, parseJson } from "../api/json-value.ts";
import { mailboxesOf } from "../api/mailboxes.ts";
import { firstValue, type MailgunForm, prefixed, valuesOf } from "./mailgun-form.ts";
import type { MailgunSettings, RecipientVariables } from "./mailgun-mail.ts";
import { invalid } from "./mailgun-provider.ts";

const maxRecipients = 1000;
const maxOptionBytes = 16 * 1024;
const maxTags = 10;
const maxScheduleMs = 3 * 86_400_000;

/** The part of a form that is the same for `/messages` and `/messages.mime`. @throws ApiRefusal in Mailgun's words */
export function readMailgunSettings(form: MailgunForm, now: Date): MailgunSettings {
  if (valuesOf(form, "to").length === 0) throw invalid("to parameter is missing");
  const to = readMailboxes(form, "to");
  if (to.length === 0) throw badAddress("to");
  const count = [to, readMailboxes(form, "cc"), readMailboxes(form, "bcc")].reduce((sum, list) => sum + list.length, 0);
  if (count > maxRecipients) throw invalid("Too many recipients; max is 1000");
  checkOptions(form);
  return {
    to,
    tags: valuesOf(form, "o:tag").slice(0, maxTags),
    variables: Object.fromEntries(prefixed(form, "v:")),
    deliverAt: readDeliveryTime(firstValue(form, "o:deliverytime"), now),
    testMode: isYes(firstValue(form, "o:testmode")),
    recipientVariables: readRecipientVariables(firstValue(form, "recipient-variables")),
  };
}

/** Addresses of a field, which may stand in it several times and be lists. @throws ApiRefusal */
export function readMailboxes(form: MailgunForm, name: string): readonly Address[] {
  const lists = valuesOf(form, name).slice(0, maxRecipients + 1);
  return lists.flatMap((list) => {
    const mailboxes = mailboxesOf(list);
    if (mailboxes === undefined) throw badAddress(name);
    return mailboxes;
  });
}

export function badAddress(name: string): Error {
  return invalid(`'${name}' parameter is not a valid address. please check documentation`);
}

function isYes(value: string | undefined): boolean {
  return /^(?:yes|true)$/i.test(value ?? "");
}

function checkOptions(form: MailgunForm): void {
  const bytes = form.fields
    .filter(([name]) => /^[ohvt]:/.test(name))
    .reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (bytes > maxOptionBytes)
    throw invalid("Send options (parameters starting with o:, h:, or v:) are limited to 16 kB total");
  const [localTime, optimize] = [
    firstValue(form, "o:time-zone-localize"),
    firstValue(form, "o:deliverytime-optimize-period"),
  ];
  if (localTime !== undefined && !/^(?:[01]?\d|2[0-3]):[0-5]\d *(?:[ap]m)?$/i.test(localTime))
    throw invalid(`${localTime} is not a valid time to send`);
  if (optimize !== undefined && !/^\d+h$/i.test(optimize)) throw invalid("invalid delivery time format");
}

/** RFC 5322 section 3.3, the day of the week optional. */
const rfcDate = /^(?:[a-z]{3}, *)?\d{1,2} [a-z]{3} \d{4} \d{1,2}:\d{2}(?::\d{2})? (?:[+-]\d{4}|[a-z]{1,5})$/i;

function readDeliveryTime(value: string | undefined, now: Date): Date | undefined {
  if (value === undefined || value === "") return undefined;
  const time = rfcDate.test(value.trim()) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw invalid(`${value} is not an RFC-2822 compliant date`);
  if (time > now.getTime() + maxScheduleMs)
    throw invalid("Messages can be scheduled for a maximum of 3 days in the future");
  return time > now.getTime() ? new Date(time) : undefined;
}

function readRecipientVariables(value: string | undefined): RecipientVariables | undefined {
  if (value === undefined || value === "") return undefined;
  const parsed = parseJson(value);
  if (!isObject(parsed)) throw invalid("'recipient-variables' parameter is not a valid JSON");
  return new Map(
    Object.entries(parsed).map(([address, variables]) => [address.toLowerCase(), isObject(variables) ? variables : {}]),
  );
}
