// Not the global one, which an app's test may have stopped.
import { setImmediate } from "node:timers";

/** Somebody with something to write. */
interface Writer {
  flush(): void;
}

/** What the connections of a transport write in one turn of the event loop. */
export class WriteTurn {
  #writers: Writer[] = [];
  #waiting: (() => void)[] = [];

  add(writer: Writer): void {
    if (this.#writers.length === 0) setImmediate(this.#writeAll);
    this.#writers.push(writer);
  }

  /**
   * Calls back when all that this turn wrote is with the sockets, so that servers work while the app goes on; at once where
   * nothing is written.
   */
  afterwards(callback: () => void): void {
    if (this.#writers.length === 0) callback();
    else this.#waiting.push(callback);
  }

  /** All connections at once, since each write may wake a server up. */
  readonly #writeAll = (): void => {
    const [writers, waiting] = [this.#writers, this.#waiting];
    this.#writers = [];
    this.#waiting = [];
    for (const writer of writers) writer.flush();
    for (const callback of waiting) callback();
  };
}
