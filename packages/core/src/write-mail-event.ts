import type { MailEvent, MailEventReason, MailEventType } from "./mail-event.ts";

type Always = "id" | "type" | "at" | "provider" | "tags" | "metadata" | "raw";

export type MailEventFields = Pick<MailEvent, Always> & {
  readonly [Key in Exclude<keyof MailEvent, Always>]?: MailEvent[Key] | undefined;
};

/** What an event means whatever its provider says beside it. */
const reasons: Partial<Record<MailEventType, MailEventReason>> = { complained: "spam", unsubscribed: "unsubscribed" };

/** An event without the fields that are not known. */
export function writeMailEvent(fields: MailEventFields): MailEvent {
  const { reason = reasons[fields.type] } = fields;
  const known = Object.entries({ ...fields, reason }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as MailEventFields as MailEvent;
}
