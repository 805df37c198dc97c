/** Work under way, which `close` waits for. */
export class InFlight {
  readonly #work = new Set<Promise<void>>();

  track<T>(work: Promise<T>): Promise<T> {
    const done = (): void => {
      this.#work.delete(settled);
    };
    const settled: Promise<void> = work.then(done, done);
    this.#work.add(settled);
    return work;
  }

  /** Waits until nothing is under way, what begins meanwhile included. */
  async idle(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }
}
