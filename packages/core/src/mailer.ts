import type { AddressList } from "./address.ts";
import type { BulkRecipient } from "./bulk-recipient.ts";
import type { MessageDefaults } from "./defaults.ts";
import type { Logger } from "./logger.ts";
import type { MailError } from "./mail-error.ts";
import type { MailerEventHandler, MailerEventName } from "./mailer-events.ts";
import type { Message } from "./message.ts";
import type { Middleware } from "./middleware.ts";
import type { Receipt } from "./receipt.ts";
import type { SendRun } from "./send-run.ts";
import type { Suppressions } from "./suppressions.ts";
import type { OnUnsupported, Transport } from "./transport.ts";

interface CommonOptions {
  readonly defaults?: MessageDefaults | undefined;
  /** Sends every mail there instead, and keeps the original recipients in `X-Original-To`. For staging. */
  readonly redirectTo?: AddressList | undefined;
  readonly suppressions?: Suppressions | undefined;
  /** pino's or console's shape. Default: silent. */
  readonly logger?: Logger | undefined;
  /** Default: essential fields are refused, advisory ones left out and told in `receipt.dropped`. */
  readonly onUnsupported?: OnUnsupported | undefined;
}

/** One transport, or several by name of which `use` is the default. Each is built when first used. */
export type MailerOptions<Name extends string> = CommonOptions &
  (
    | { readonly transport: Transport; readonly use?: undefined; readonly transports?: undefined }
    | {
        readonly transport?: undefined;
        /** A key of `transports`; any other is a `configuration` error that lists them. */
        readonly use: NoInfer<Name> | (string & {});
        readonly transports: Readonly<Record<Name, () => Transport>>;
      }
  );

/** A key of `transports`, or a transport of the caller's own, such as a tenant's. */
export type TransportChoice<Name extends string> = Name | (string & {}) | Transport;

export interface SendOptions<Name extends string = string> {
  readonly transport?: TransportChoice<Name> | undefined;
  /** Ends the send: `aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** Time for the whole send in milliseconds; after it, `timeout`. Default: the transport's own limits. */
  readonly timeoutMs?: number | undefined;
  /**
   * `"ignore"` sends to suppressed addresses too, those that bounced or complained among them, which costs the sender's
   * reputation; each such mail is logged as a warning. For what must be tried whatever happens, such as a legal notice.
   * Default `"apply"`.
   */
  readonly suppressions?: "apply" | "ignore" | undefined;
}

export interface SendBulkOptions<Name extends string = string> extends SendOptions<Name> {
  /** Sends in flight at once. Default 10. */
  readonly concurrency?: number | undefined;
  /**
   * Leaves out the inputs before this place, as the `position` of an earlier run over the same input. Places in outcomes
   * and events stay those of the input. Default 0.
   */
  readonly startAt?: number | undefined;
}

export interface SendManyOptions<Name extends string = string> extends SendBulkOptions<Name> {
  /**
   * Sends mails that are in flight at once and differ in nothing but their one recipient, headers, metadata, template data
   * and idempotency key in one request, where the transport takes batches; `concurrency` is the most that one holds. They
   * share its answer then: if that is lost, all of them are `unknown`, and they may have ids of the provider in common, as
   * in a mail merge. Default false: a request for each mail.
   */
  readonly inBatches?: boolean | undefined;
}

/** What would become of a mail, found out without sending it. */
export interface CheckResult {
  readonly transport: string;
  readonly ok: boolean;
  readonly errors: readonly MailError[];
  /** Advisory fields that would be left out. */
  readonly dropped: readonly string[];
}

export interface VerifyResult {
  readonly transport: string;
  readonly ok: boolean;
  readonly error?: MailError;
  readonly durationMs: number;
}

type OneOf<Name extends string> = Pick<SendOptions<Name>, "transport" | "signal" | "timeoutMs">;
type All = {
  readonly transport: "all";
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
};

/** Sends messages through the configured transports. */
export interface Mailer<Name extends string = string> extends AsyncDisposable {
  /** @throws MailError; `delivery` says whether the mail may have gone out all the same */
  send(message: Message, options?: SendOptions<Name>): Promise<Receipt>;
  /** Sends each message; a bad one is its own outcome. The input is read as sending goes on. */
  sendMany(messages: Iterable<Message> | AsyncIterable<Message>, options?: SendManyOptions<Name>): SendRun;
  /** Sends one message with placeholders to many recipients, each of whom sees only their own address. */
  sendBulk(
    message: Message,
    recipients: Iterable<BulkRecipient> | AsyncIterable<BulkRecipient>,
    options?: SendBulkOptions<Name>,
  ): SendRun;
  /** What would go wrong with a message, without sending it. Never throws for what is wrong with the message. */
  check(message: Message, options: All): Promise<readonly CheckResult[]>;
  check(message: Message, options?: OneOf<Name>): Promise<CheckResult>;
  /** Asks whether servers are there and take the login. For one transport it throws, for all it reports. @throws MailError */
  verify(options: All): Promise<readonly VerifyResult[]>;
  verify(options?: OneOf<Name>): Promise<void>;
  /** Adds a middleware; those added first run first. */
  use(middleware: Middleware): this;
  /** @returns a function that takes the handler off again */
  on<Event extends MailerEventName>(event: Event, handler: MailerEventHandler<Event>): () => void;
  /** Waits for sends in flight, closes all transports, then refuses. */
  close(): Promise<void>;
}
