/** A reply that never comes to its end must not hold the connection, however much is said. */
export class ReplyDeadline {
  readonly #timeoutMs: number;
  readonly #onLate: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number, onLate: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#onLate = onLate;
  }

  /** @param isIncomplete whether a part of a reply has come, and its end has not */
  watch(isIncomplete: boolean): void {
    if (isIncomplete) this.#timer ??= setTimeout(this.#onLate, this.#timeoutMs).unref();
    else this.end();
  }

  end(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
