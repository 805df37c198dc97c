import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";

/** How long the server keeps a request for messages, in milliseconds. */
const expiresMs = 30_000;
/** A request whose end was not told by then was lost. */
const watchdogMs = expiresMs + 5_000;
const nanosPerMs = 1_000_000;

export interface NatsPullOptions {
  readonly stream: string;
  readonly durable: string;
  /** How many messages there is room for now. */
  readonly room: () => number;
  readonly onMessage: (message: Msg) => void;
  /** One that came after it was told to stop. */
  readonly onLate: (message: Msg) => void;
  /** The server does not know the consumer, or hands nothing out for the time being. */
  readonly onTrouble: (reason: string) => void;
}

/**
 * Takes messages from a durable pull consumer, never more than there is room for: the client's own `consume` keeps no
 * account of what is held (NATS documentation, JetStream wire API reference, Fetching messages).
 */
export class NatsPull {
  readonly #nc: NatsConnection;
  readonly #options: NatsPullOptions;
  readonly #subscription: Subscription;
  #outstanding = 0;
  #isStopped = false;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(nc: NatsConnection, options: NatsPullOptions) {
    this.#nc = nc;
    this.#options = options;
    const inbox = `_INBOX.${crypto.randomUUID()}`;
    this.#subscription = nc.subscribe(inbox, {
      callback: (error, message) => {
        if (error === null) this.#take(message);
      },
    });
    this.ask();
  }

  /** Asks for messages where there is room and none are asked for. */
  ask(): void {
    if (this.#isStopped || this.#outstanding > 0 || this.#nc.isClosed()) return;
    const { stream, durable, room } = this.#options;
    const batch = room();
    if (batch <= 0) return;
    this.#outstanding = batch;
    const request = JSON.stringify({ batch, expires: expiresMs * nanosPerMs });
    this.#nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`, request, {
      reply: this.#subscription.getSubject(),
    });
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#ended(), watchdogMs).unref();
  }

  /** Takes no more; what is on its way already is given to `onLate`. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#watchdog);
    await this.#subscription.drain().catch(() => undefined);
  }

  /** Of a connection that is gone. */
  forget(): void {
    this.#isStopped = true;
    clearTimeout(this.#watchdog);
    this.#subscription.unsubscribe();
  }

  #take(message: Msg): void {
    const code = message.headers?.code ?? 0;
    if (code === 0 || message.subject !== this.#subscription.getSubject()) {
      this.#outstanding--;
      if (this.#isStopped) this.#options.onLate(message);
      else this.#options.onMessage(message);
      this.ask();
      return;
    }
    if (this.#isStopped || code === 100) return;
    // 408: the request has expired; else the consumer is gone, its leader changes or the server shuts down.
    if (code === 408 || code === 404) this.#ended();
    else this.#failed(`${code} ${message.headers?.description ?? ""}`);
  }

  #failed(reason: string): void {
    this.#outstanding = 0;
    this.#options.onTrouble(reason);
  }

  #ended(): void {
    this.#outstanding = 0;
    this.ask();
  }
}
