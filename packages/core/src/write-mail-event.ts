import type { MailEvent } from "./mail-event.ts";

type Always = "id" | "type" | "at" | "provider" | "tags" | "metadata" | "raw";

export type MailEventFields = Pick<MailEvent, Always> & {
  readonly [Key in Exclude<keyof MailEvent, Always>]?: MailEvent[Key] | undefined;
};

/** An event without the fields that are not known. */
export function writeMailEvent(fields: MailEventFields): MailEvent {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as MailEventFields as MailEvent;
}
