export type { MockOptions } from "./mock-options.ts";
export { type MockAdapter, type MockTransport, mock } from "./mock-transport.ts";
export type { SentAttachment, SentMail } from "./sent-mail.ts";
