import { abortError } from "@mail/core";
import type { SmtpSession } from "./smtp-session.ts";

export interface PoolOptions {
  /** False: each mail gets a connection of its own. */
  readonly keep: boolean;
  /** Connections at once. */
  readonly maxConnections: number;
  /** Mails on one connection. */
  readonly maxMessages: number;
  /** Milliseconds that an unused connection is kept. */
  readonly idleTimeoutMs: number;
}

interface Waiting {
  readonly start: () => void;
}

interface Idle {
  readonly session: SmtpSession;
  readonly timer: NodeJS.Timeout;
}

/** Shares connections among mails, one mail at a time on each; unused ones do not keep the process alive. */
export class ConnectionPool {
  readonly #open: (signal: AbortSignal) => Promise<SmtpSession>;
  readonly #options: PoolOptions;
  readonly #idle: Idle[] = [];
  readonly #waiting = new Set<Waiting>();
  #busy = 0;

  constructor(open: (signal: AbortSignal) => Promise<SmtpSession>, options: PoolOptions) {
    this.#open = open;
    this.#options = options;
  }

  /**
   * Runs `work` on a connection of its own; waits for one where all are busy. Where a connection that rested turns out to
   * be gone before a mail was begun, `work` runs once more on a new one: the server has seen nothing of the mail.
   */
  async use<T>(signal: AbortSignal, work: (session: SmtpSession) => Promise<T>): Promise<T> {
    await this.#takeTurn(signal);
    try {
      const rested = await this.#rested(signal);
      if (rested === undefined) return await this.#run(await this.#open(signal), work);
      try {
        return await this.#run(rested, work);
      } catch (thrown) {
        if (!rested.goneBeforeMail || signal.aborted) throw thrown;
      }
      return await this.#run(await this.#open(signal), work);
    } finally {
      this.#endTurn();
    }
  }

  /** Closes all unused connections. */
  async close(): Promise<void> {
    const idle = this.#idle.splice(0);
    await Promise.all(
      idle.map(({ session, timer }) => {
        clearTimeout(timer);
        return session.quit();
      }),
    );
  }

  async #run<T>(session: SmtpSession, work: (session: SmtpSession) => Promise<T>): Promise<T> {
    try {
      return await work(session);
    } finally {
      this.#putBack(session);
    }
  }

  async #takeTurn(signal: AbortSignal): Promise<void> {
    if (this.#busy < this.#options.maxConnections) {
      this.#busy++;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { start: resolve };
    const onAbort = (): void => {
      this.#waiting.delete(waiting);
      reject(abortError(signal));
    };
    this.#waiting.add(waiting);
    signal.addEventListener("abort", onAbort);
    await promise.finally(() => signal.removeEventListener("abort", onAbort));
  }

  /** A turn passes straight to who waits longest, so that nobody overtakes. */
  #endTurn(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#busy--;
      return;
    }
    this.#waiting.delete(next);
    next.start();
  }

  async #rested(signal: AbortSignal): Promise<SmtpSession | undefined> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (await idle.session.refresh(signal)) return idle.session;
      idle.session.destroy();
    }
    return undefined;
  }

  #putBack(session: SmtpSession): void {
    const { keep, maxMessages, idleTimeoutMs } = this.#options;
    session.rest();
    if (!session.usable || !keep || session.mails >= maxMessages) {
      void session.quit();
      return;
    }
    const idle: Idle = { session, timer: setTimeout(() => this.#retire(idle), idleTimeoutMs).unref() };
    this.#idle.push(idle);
  }

  #retire(idle: Idle): void {
    const index = this.#idle.indexOf(idle);
    if (index === -1) return;
    this.#idle.splice(index, 1);
    void idle.session.quit();
  }
}
