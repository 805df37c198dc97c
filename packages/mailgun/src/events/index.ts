export { type MailgunEventsOptions, mailgunEvents } from "../mailgun-events.ts";
