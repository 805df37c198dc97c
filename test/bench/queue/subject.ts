/** Something that keeps messages and works through them: one of our engines, or its client library alone. */
export interface BenchSubject {
  readonly name: string;
  /** Keeps `count` messages, in batches of 500. */
  fill(count: number): Promise<void>;
  /** Works through all that is kept with 50 at once, and resolves when the last one is done. */
  drain(count: number): Promise<void>;
  close(): Promise<void>;
}

const batchSize = 500;
export const concurrency = 50;

/** What a mail of ours is in a queue: about 700 bytes. */
export const body: Buffer = Buffer.alloc(700, "x");

/** Counts up to `count`, then resolves. */
export class Countdown {
  readonly done: Promise<void>;
  #left: number;
  readonly #resolve: () => void;

  constructor(count: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#resolve = resolve;
    this.#left = count;
  }

  step(): void {
    this.#left--;
    if (this.#left === 0) this.#resolve();
  }
}

export function batches(count: number): readonly number[] {
  return Array.from({ length: Math.ceil(count / batchSize) }, (_, index) =>
    Math.min(batchSize, count - index * batchSize),
  );
}
