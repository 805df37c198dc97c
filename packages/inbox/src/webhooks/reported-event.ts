import type { CaughtMail } from "../caught-mail.ts";
import type { WebhookAction } from "../webhook.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** What happened to a mail, before a provider's words are put to it. */
export interface ReportedEvent {
  readonly mail: CaughtMail;
  readonly action: WebhookAction;
  /** Whom of the envelope it is about. */
  readonly recipients: readonly string[];
  readonly at: Date;
  /** The address that was clicked. */
  readonly link: string;
}

/** Reserved for documentation (RFC 5737), so that they are nobody's. */
export const senderIp = "198.51.100.17";
export const readerIp = "192.0.2.1";
export const readerAgent =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";

export function secondsOf(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}

export function withoutBrackets(id: string): string {
  return id.replace(/^<|>$/g, "");
}
