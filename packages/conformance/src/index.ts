export { capabilities } from "./capabilities.ts";
export type { Capability, ConformanceCase } from "./conformance-case.ts";
export { describeTransport } from "./describe-transport.ts";
export type { PlayedFault, ReceivedAttachment, ReceivedMail, Setup, Subject } from "./subject.ts";
