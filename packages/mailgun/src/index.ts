export type { MailgunAnswer, MailgunClient } from "./mailgun-client.ts";
export type { MailgunOptions } from "./mailgun-options.ts";
export type { MailgunMailOptions } from "./mailgun-provider-options.ts";
export { mailgun } from "./mailgun-transport.ts";
