import type { BatchOutcome, BatchRecipient, BatchRequest } from "./batch.ts";
import type { Features } from "./features.ts";
import type { Logger } from "./logger.ts";
import type { EmitDelivery } from "./mailer-events.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { TransportReceipt } from "./receipt.ts";

/** What to do with fields that a transport cannot carry: refuse the mail, or leave them out and say so. */
export type OnUnsupported = "error" | "drop";

export interface TransportContext {
  /** Ends the work when aborted, in the middle of a command too; the reason is a MailError `aborted` or `timeout`. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Absent: essential fields are refused, advisory ones left out. */
  readonly onUnsupported?: OnUnsupported | undefined;
  /** What the caller knows this transport as: its label, or the mailer's key for it. */
  readonly label?: string | undefined;
  /** Tells the mailer's handlers what happens on the way: `retrying`, `failedOver`, `throttled`. */
  readonly emit?: EmitDelivery | undefined;
}

/** How much an account may send. */
export interface SendRate {
  /** Recipients in each interval of `perMs`. */
  readonly max: number;
  readonly perMs: number;
}

/** Whatever delivers mail: an SMTP server, an API, a mock, a group of transports, a queue. */
export interface Transport {
  readonly name: string;
  /** Tells two transports of the same kind apart in receipts, errors and logs. Default: the mailer's key, else `name`. */
  readonly label?: string | undefined;
  readonly features: Features;
  /** True where it sends again by itself what has failed. Others that do so around it would multiply the tries. */
  readonly retries?: boolean | undefined;
  /** @throws MailError always this class, with `delivery` saying whether the mail may have gone out. */
  send(mail: PreparedMessage, context: TransportContext): Promise<TransportReceipt>;
  /** Sends one mail to many, each with values of their own; gets no more than `features.batch` allows. */
  sendBatch?(batch: BatchRequest, context: TransportContext): Promise<readonly BatchOutcome[]>;
  /**
   * Whether a recipient can go with others in `sendBatch`; who cannot gets a request of their own. Absent: everybody can.
   * @param mail the mail that this recipient would get
   */
  fitsBatch?(mail: PreparedMessage, recipient: BatchRecipient): boolean;
  /** Builds the request without sending it, so that what the provider would refuse is found. @throws MailError */
  check?(mail: PreparedMessage, context: TransportContext): Promise<void>;
  /** Checks that the server is there and takes the login, without sending. @throws MailError */
  verify?(context: TransportContext): Promise<void>;
  /** How much the account may send now, where the provider tells. @throws MailError */
  sendRate?(context: TransportContext): Promise<SendRate>;
  /** Waits for sends in flight, then lets go of connections. */
  close?(): Promise<void>;
}
