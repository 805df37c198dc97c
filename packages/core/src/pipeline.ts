import { abortError, untilAborted } from "./abort.ts";
import type { Address } from "./address.ts";
import { misconfigured } from "./configuration-error.ts";
import { withDefaults } from "./defaults.ts";
import { deliver } from "./deliver.ts";
import { Emitter } from "./emitter.ts";
import { type Logger, safeLogger, silentLogger } from "./logger.ts";
import { type MailError, toMailError, unsentError } from "./mail-error.ts";
import type { MailerOptions } from "./mailer.ts";
import type { MailerEvents } from "./mailer-events.ts";
import type { Message } from "./message.ts";
import { applyMiddleware, type Middleware } from "./middleware.ts";
import { parseAddresses } from "./parse-address.ts";
import { prepareMessage } from "./prepare-message.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { Receipt, RejectedRecipient } from "./receipt.ts";
import { redirect } from "./redirect.ts";
import { type SuppressionChoice, withChoice, withoutSuppressed } from "./suppressions.ts";
import type { TransportContext } from "./transport.ts";
import { type ChosenTransport, TransportRegistry } from "./transport-registry.ts";

/** A mail ready for a transport, and who was taken off it. */
export interface RoutedMail {
  readonly mail: PreparedMessage;
  readonly suppressed: readonly RejectedRecipient[];
}

/**
 * The way of every mail, whatever entry point it came by: defaults, middleware, prepare, suppressions, redirectTo,
 * transport.
 */
export class Pipeline {
  readonly registry: TransportRegistry;
  readonly events: Emitter<MailerEvents>;
  readonly middleware: Middleware[] = [];
  readonly log: Logger;
  readonly redirectTo: readonly Address[] | undefined;
  readonly options: MailerOptions<string>;
  readonly #inFlight = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  /** @throws MailError `configuration` */
  constructor(options: MailerOptions<string>) {
    this.options = options;
    this.log = options.logger === undefined ? silentLogger : safeLogger(options.logger);
    this.registry = new TransportRegistry(options);
    this.events = new Emitter<MailerEvents>(this.log);
    if (options.redirectTo === undefined) return;
    this.redirectTo = parseAddresses(options.redirectTo, "redirectTo", "configuration");
    if (this.redirectTo.length === 0)
      throw misconfigured("redirectTo", "is an empty list", "Give an address, or leave it out.");
  }

  /** Defaults and middleware. @throws MailError always `not_sent` */
  async compose(message: Message, signal: AbortSignal, bulk: boolean): Promise<Message> {
    try {
      if (signal.aborted) throw abortError(signal);
      const isObject = typeof message === "object" && message !== null;
      const merged = isObject ? withDefaults(message, this.options.defaults) : message;
      if (this.middleware.length === 0) return merged;
      return await untilAborted(applyMiddleware(merged, this.middleware, { signal, log: this.log, bulk }), signal);
    } catch (thrown) {
      throw unsentError(thrown);
    }
  }

  async prepare(message: Message, signal: AbortSignal): Promise<PreparedMessage> {
    return prepareMessage(await this.compose(message, signal, false));
  }

  /** Suppressions and redirectTo. @throws MailError `suppressed` where nobody is left */
  async route(prepared: PreparedMessage, signal: AbortSignal): Promise<RoutedMail> {
    this.warnOfIgnored(prepared);
    const { suppressions } = this.options;
    const { mail, suppressed } =
      suppressions === undefined
        ? { mail: prepared, suppressed: [] }
        : await untilAborted(withoutSuppressed(prepared, suppressions), signal);
    return { mail: this.redirectTo === undefined ? mail : redirect(mail, this.redirectTo), suppressed };
  }

  warnOfIgnored({ id, suppressions }: { readonly id: string; readonly suppressions?: "ignore" | undefined }): void {
    if (suppressions === undefined || this.options.suppressions === undefined) return;
    this.log.warn({ mailId: id }, "The mail is sent whatever the suppression list says");
  }

  async send(
    message: Message,
    { choose, suppressions }: { readonly choose: () => ChosenTransport; readonly suppressions?: SuppressionChoice },
    signal: AbortSignal,
  ): Promise<Receipt> {
    const start = performance.now();
    let id: string | undefined;
    try {
      const chosen = choose();
      const mail = withChoice(await this.prepare(message, signal), suppressions);
      id = mail.id;
      return await this.dispatch(mail, chosen, signal);
    } catch (thrown) {
      throw this.reportFailed(thrown, id, performance.now() - start);
    }
  }

  /** Routes and delivers one prepared mail, and reports its success. */
  async dispatch(
    prepared: PreparedMessage,
    { transport, key, label }: ChosenTransport,
    signal: AbortSignal,
  ): Promise<Receipt> {
    const { id } = prepared;
    const start = performance.now();
    const { mail, suppressed } = await this.route(prepared, signal);
    this.events.emit("sending", { id, transport: label });
    const receipt = withRejected(await deliver(transport, mail, this.context(signal), key), suppressed);
    this.reportSent(receipt, { id, label }, performance.now() - start);
    return receipt;
  }

  /** @param mail whose receipt it is: by `once` it may be that of an earlier mail, with another id */
  reportSent(receipt: Receipt, mail: { readonly id: string; readonly label: string }, durationMs: number): void {
    const { id, label } = mail;
    const { dropped, status, transport } = receipt;
    if (dropped !== undefined) {
      this.log.warn({ mailId: id, transport, fields: dropped }, "Fields were left out that the transport cannot carry");
      this.events.emit("dropped", { id, transport: label, fields: dropped });
    }
    this.log.info({ mailId: id, transport, status, durationMs }, "Mail sent");
    this.events.emit("sent", { id, transport: label, durationMs, receipt });
  }

  reportFailed(thrown: unknown, id: string | undefined, durationMs: number): MailError {
    const error = toMailError(thrown);
    const { transport, code, delivery, field, message, hint } = error;
    this.log.error(
      {
        ...(id !== undefined && { mailId: id }),
        ...(transport !== undefined && { transport }),
        code,
        delivery,
        ...(field !== undefined && { field }),
        ...(hint !== undefined && { hint }),
        durationMs,
      },
      `${delivery === "unknown" ? "Not known whether the mail was sent" : "Mail not sent"}: ${message}`,
    );
    this.events.emit("failed", {
      ...(id !== undefined && { id }),
      ...(transport !== undefined && { transport }),
      durationMs,
      error,
    });
    return error;
  }

  context(signal: AbortSignal): TransportContext {
    return {
      signal,
      log: this.log,
      onUnsupported: this.options.onUnsupported,
      emit: (name, event) => this.events.emit(name, event),
    };
  }

  /** Runs work that closing waits for. @throws MailError `configuration` once closed */
  async track<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) throw misconfigured("mailer", "is closed", "Make a new mailer, or close it later.");
    const running = work();
    this.#inFlight.add(running);
    try {
      return await running;
    } finally {
      this.#inFlight.delete(running);
    }
  }

  close(): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#inFlight).then(() => this.registry.close());
    return this.#closed;
  }
}

function withRejected(receipt: Receipt, suppressed: readonly RejectedRecipient[]): Receipt {
  return suppressed.length === 0
    ? receipt
    : Object.freeze({ ...receipt, rejected: [...suppressed, ...receipt.rejected] });
}
