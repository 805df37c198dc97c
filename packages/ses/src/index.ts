export { decodeEmailTag, encodeEmailTag } from "./email-tags.ts";
export type { SesCredentials } from "./ses-credentials.ts";
export type { SesOptions } from "./ses-options.ts";
export type { SesProviderOptions } from "./ses-provider-options.ts";
export { ses } from "./ses-transport.ts";
