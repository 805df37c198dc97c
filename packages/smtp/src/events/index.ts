export { type BounceEventSource, bounceEvents } from "../smtp-events.ts";
export { type BounceMailbox, bounceMailbox, type CollectedMails } from "./bounce-mailbox.ts";
export type { BounceEventsOptions } from "./bounce-options.ts";
export { type MailSource, mailRequest } from "./mail-request.ts";
export type { BounceMailboxOptions, ImapAuth, ImapOptions } from "./mailbox-options.ts";
export { type VerpTransportOptions, verp } from "./verp.ts";
export type { VerpOptions } from "./verp-options.ts";
