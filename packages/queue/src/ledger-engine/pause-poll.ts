import { setTimeout as sleep } from "node:timers/promises";
import { type MailError, toMailError } from "@mail/core";

const pollMs = 900;

/** Learns within about a second that the queue was paused or goes on, and tells of each change and the first answer. */
export class PausePoll {
  readonly #ask: () => Promise<string | undefined>;
  readonly #tell: (isPaused: boolean) => void;
  readonly #onError: (error: MailError) => void;
  readonly #stopped = new AbortController();
  /** Counts what was set in this process, which an answer on its way does not know of. */
  #turn = 0;
  #isPaused: boolean | undefined;

  constructor(
    ask: () => Promise<string | undefined>,
    tell: (isPaused: boolean) => void,
    onError: (error: MailError) => void,
  ) {
    this.#ask = ask;
    this.#tell = tell;
    this.#onError = onError;
    void this.#run();
  }

  set(isPaused: boolean): void {
    this.#turn++;
    this.#learn(isPaused);
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** Waits so many milliseconds, or until it is stopped. */
  async wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopped.signal, ref: false }).catch(() => undefined);
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const turn = this.#turn;
      try {
        const isPaused = (await this.#ask()) !== undefined;
        if (turn === this.#turn && !this.#stopped.signal.aborted) this.#learn(isPaused);
      } catch (thrown) {
        this.#onError(toMailError(thrown));
      }
      await this.wait(pollMs);
    }
  }

  #learn(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return;
    this.#isPaused = isPaused;
    this.#tell(isPaused);
  }
}
