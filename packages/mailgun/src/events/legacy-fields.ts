import { eventRecord, MailEventError, parseEventJson } from "@mail/core";
import type { FormField } from "./read-form.ts";

type Variables = readonly (readonly [name: string, value: unknown])[];

/** Of fields that stand twice, the first is Mailgun's and the second the mail's. */
export function firstOf(fields: readonly FormField[], name: string): string | undefined {
  return fields.find(([candidate]) => candidate === name)?.[1] || undefined;
}

const tagFields = ["tag", "X-Mailgun-Tag"];

export function tagsOf(fields: readonly FormField[]): readonly string[] {
  return fields.filter(([name, value]) => tagFields.includes(name) && value !== "").map(([, value]) => value);
}

/** Values of a header of the mail, from the events that bring them along. */
export function headersOf(fields: readonly FormField[], wanted: string): readonly unknown[] {
  const headers = jsonIn(firstOf(fields, "message-headers"));
  if (!Array.isArray(headers)) return [];
  return headers
    .filter((header) => Array.isArray(header) && typeof header[0] === "string" && header[0].toLowerCase() === wanted)
    .map((header: readonly unknown[]) => header[1]);
}

const ofAll = [
  ...["event", "recipient", "domain", "Message-Id", "message-id", "message-headers", "X-Mailgun-Sid"],
  ...["mailing-list", "campaign-id", "campaign-name", "attachment-count", "body-plain", "h"],
];
const ofFailures = ["code", "reason", "description", "error", "notification"];
const ofReaders = [
  ...["ip", "country", "region", "city", "user-agent", "url"],
  ...["device-type", "client-type", "client-name", "client-os"],
];
const ofSignature = ["timestamp", "token", "signature"];

/** Fields of Mailgun's own, besides those of all events; the variables of the mail stand among them. */
const ownFields: ReadonlyMap<string | undefined, readonly string[]> = new Map([
  ["dropped", ofFailures],
  ["bounced", ofFailures],
  ["opened", ofReaders],
  ["clicked", ofReaders],
  ["unsubscribed", ofReaders],
]);

/** Variables of the mail: from its own headers where the event has them, else the fields that are not Mailgun's. */
export function variablesOf(fields: readonly FormField[]): Variables {
  const inHeaders = headersOf(fields, "x-mailgun-variables");
  if (inHeaders.length > 0) return inHeaders.flatMap((value) => Object.entries(eventRecord(jsonIn(value) ?? value)));
  const names = [...ofAll, ...(ownFields.get(firstOf(fields, "event")) ?? [])];
  const own = new Set([
    ...names.map((name) => fields.find(([field]) => field === name)),
    ...ofSignature.map((name) => fields.findLast(([field]) => field === name)),
  ]);
  return fields.filter((field) => !own.has(field) && !tagFields.includes(field[0]));
}

/** The form, without what would prove it. */
export function rawOf(fields: readonly FormField[]): Readonly<Record<string, string | readonly string[]>> {
  const shown = fields.filter(([name]) => name !== "token" && name !== "signature");
  const groups = Map.groupBy(shown, ([name]) => name);
  return Object.fromEntries(
    Array.from(groups, ([name, [one, ...others]]) => [
      name,
      others.length === 0 ? (one?.[1] ?? "") : [one, ...others].map((field) => field?.[1] ?? ""),
    ]),
  );
}

/** What is no JSON is `undefined`: headers and variables are the app's, and an event stands without them. */
function jsonIn(text: unknown): unknown {
  if (typeof text !== "string") return undefined;
  try {
    return parseEventJson(text);
  } catch (thrown) {
    if (MailEventError.is(thrown)) return undefined;
    throw thrown;
  }
}
