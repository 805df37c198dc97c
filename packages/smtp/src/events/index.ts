export { type BounceEventSource, bounceEvents } from "../smtp-events.ts";
export type { BounceEventsOptions } from "./bounce-options.ts";
export { type MailSource, mailRequest } from "./mail-request.ts";
export { type VerpTransportOptions, verp } from "./verp.ts";
export type { VerpOptions } from "./verp-options.ts";
