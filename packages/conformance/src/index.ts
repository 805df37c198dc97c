export { describeTransport } from "./describe-transport.ts";
export type { PlayedFault, ReceivedAttachment, ReceivedMail, Setup, Subject } from "./subject.ts";
