import { abortError } from "@mail/core";
import type { ConnectionOwner } from "./delivery/connection-owner.ts";
import type { DeliveryConnection } from "./delivery/delivery-connection.ts";
import { PendingMail, type TakenMail } from "./delivery/pending-mail.ts";
import type { SmtpRequest } from "./to-smtp-request.ts";

export interface PoolOptions {
  /** Connections at once. */
  readonly maxConnections: number;
  /** Mails on one connection. */
  readonly maxMessages: number;
  /** Milliseconds that an unused connection is kept. */
  readonly idleTimeoutMs: number;
}

/** Opens a connection, encrypts and logs in. */
type Open = (owner: ConnectionOwner, signal: AbortSignal) => Promise<DeliveryConnection>;

/**
 * Shares connections among mails. A mail gets an unused connection, else a new one, and only where there may be no more a
 * place behind others; who waits longest is next. Unused connections do not keep the process alive.
 */
export class ConnectionPool implements ConnectionOwner {
  readonly #open: Open;
  readonly #options: PoolOptions;
  readonly #connections = new Set<DeliveryConnection>();
  /** The one used last comes last. */
  readonly #idle: DeliveryConnection[] = [];
  readonly #waiting = new Set<PendingMail>();
  /** Mails of connections that were gone, for new ones. */
  readonly #moved: PendingMail[] = [];
  #opening = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(open: Open, options: PoolOptions) {
    this.#open = open;
    this.#options = options;
  }

  /**
   * Sends one mail. Where the connection turns out to be gone before the mail was begun, a new one gets it: the server has
   * seen nothing of it.
   * @throws MailError; `delivery` tells whether the server may have taken it
   */
  send(request: SmtpRequest, signal: AbortSignal): Promise<TakenMail> {
    const mail = new PendingMail(request, signal);
    mail.abort = this.#abortWaiting;
    if (signal.aborted) mail.handleEvent();
    else this.#waiting.add(mail);
    this.#dispatch();
    return mail.outcome;
  }

  /** Closes all connections; resolves when they are closed. */
  async close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    await Promise.all([...this.#connections].map((connection) => connection.quit()));
  }

  onChange(connection: DeliveryConnection): void {
    this.#dispatch();
    this.#keepIdle(connection);
  }

  /** Keeps the connection for later where it has nothing to do. */
  #keepIdle(connection: DeliveryConnection): void {
    if (connection.load > 0 || !connection.canTake || this.#idle.includes(connection)) return;
    connection.rest();
    if (connection.mails >= this.#options.maxMessages) {
      void connection.quit();
      return;
    }
    this.#idle.push(connection);
    this.#watchIdle(this.#options.idleTimeoutMs);
  }

  onGone(connection: DeliveryConnection, unseen: readonly PendingMail[]): void {
    this.#connections.delete(connection);
    this.#removeIdle(connection);
    for (const mail of unseen) {
      if (mail.settled) continue;
      mail.abort = this.#abortWaiting;
      this.#moved.push(mail);
    }
    this.#dispatch();
  }

  /** Gives mails to connections as long as there are both. */
  #dispatch(): void {
    for (let mail = this.#next(); mail !== undefined; mail = this.#next()) {
      const isMoved = this.#moved[0] === mail;
      const mayOpen = this.#connections.size + this.#opening < this.#options.maxConnections;
      const connection = isMoved && mayOpen ? undefined : (this.#idle.pop() ?? (mayOpen ? undefined : this.#shared()));
      if (connection === undefined && !mayOpen) return;
      if (isMoved) this.#moved.shift();
      else this.#waiting.delete(mail);
      if (connection === undefined) void this.#openFor(mail);
      else this.#give(mail, connection);
    }
  }

  #next(): PendingMail | undefined {
    while (this.#moved[0]?.settled) this.#moved.shift();
    const [moved] = this.#moved;
    if (moved !== undefined || this.#waiting.size === 0) return moved;
    const [first] = this.#waiting;
    return first;
  }

  /** The connection with the fewest mails that takes another one. */
  #shared(): DeliveryConnection | undefined {
    let best: DeliveryConnection | undefined;
    for (const connection of this.#connections) {
      if (!connection.canTake || connection.mails >= this.#options.maxMessages) continue;
      if (best === undefined || connection.load < best.load) best = connection;
    }
    return best;
  }

  #give(mail: PendingMail, connection: DeliveryConnection): void {
    const { signal, request } = mail;
    const refusal = signal.aborted ? abortError(signal) : connection.refusalOf(request);
    if (refusal === undefined) {
      connection.take(mail);
    } else {
      mail.reject(refusal);
      this.#keepIdle(connection);
    }
  }

  async #openFor(mail: PendingMail): Promise<void> {
    mail.abort = undefined;
    this.#opening++;
    try {
      const connection = await this.#open(this, mail.signal);
      this.#opening--;
      this.#connections.add(connection);
      this.#give(mail, connection);
    } catch (thrown) {
      this.#opening--;
      mail.reject(thrown);
    }
    this.#dispatch();
  }

  readonly #abortWaiting = (mail: PendingMail): void => {
    this.#waiting.delete(mail);
    mail.reject(abortError(mail.signal));
  };

  #removeIdle(connection: DeliveryConnection): void {
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
  }

  /** One timer for all, as long as there are unused connections. */
  #watchIdle(delayMs: number): void {
    this.#idleTimer ??= setTimeout(() => {
      this.#idleTimer = undefined;
      this.#retireIdle();
    }, delayMs).unref();
  }

  #retireIdle(): void {
    const { idleTimeoutMs } = this.#options;
    const now = performance.now();
    const isOld = ({ restsSince }: DeliveryConnection): boolean => now - restsSince >= idleTimeoutMs - 1;
    for (const connection of this.#idle.filter(isOld)) {
      this.#removeIdle(connection);
      void connection.quit();
    }
    const [oldest] = this.#idle;
    if (oldest !== undefined) this.#watchIdle(idleTimeoutMs - (now - oldest.restsSince));
  }
}
