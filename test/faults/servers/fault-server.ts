import type { ReceivedMail } from "./received-mail.ts";

/** The other side of one transport in one cell. */
export interface FaultServer {
  readonly host: string;
  readonly port: number;
  /** Mails that came whole, in order. */
  readonly mails: ReceivedMail[];
  /** The fault begins. */
  spoil(): Promise<void>;
  /** The fault is over. */
  mend(): Promise<void>;
  /** Resolves when the other side has closed every connection. */
  allClosed(): Promise<void>;
  stop(): Promise<void>;
}
