export type { SendgridClient } from "./sdk-client.ts";
export type { SendgridOptions } from "./sendgrid-options.ts";
export type { SendgridMailOptions } from "./sendgrid-provider-options.ts";
export { sendgrid } from "./sendgrid-transport.ts";
