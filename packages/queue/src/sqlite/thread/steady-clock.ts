/** A smaller step is what keeps a clock right, and harms nobody. */
const jumpMs = 200;

/**
 * The time of day, and for how long it has run evenly: leases are times of day, since all processes on the file must
 * read them, so none is held to be over just after the clock was set.
 */
export class SteadyClock {
  readonly #offset: Float64Array;
  #ahead: number;
  #steadySince = performance.now();
  #jumps = 0;

  constructor(offset: Float64Array = new Float64Array(1)) {
    this.#offset = offset;
    this.#ahead = this.#read() - performance.now();
  }

  /** Milliseconds since 1970. */
  now(): number {
    const now = this.#read();
    const ahead = now - performance.now();
    if (Math.abs(ahead - this.#ahead) > jumpMs) {
      this.#steadySince = performance.now();
      this.#jumps += 1;
    }
    this.#ahead = ahead;
    return now;
  }

  /** For how long this process has seen the clock run evenly, in milliseconds. */
  steadyMs(): number {
    return performance.now() - this.#steadySince;
  }

  /** How often the clock was set. */
  get jumps(): number {
    return this.#jumps;
  }

  #read(): number {
    return Math.floor(Date.now() + (this.#offset[0] ?? 0));
  }
}
