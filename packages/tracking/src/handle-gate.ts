interface GateLimits {
  /** Let in at the same time. */
  readonly inside: number;
  /** Waiting at the same time. */
  readonly waiting: number;
}

/** Lets some in at a time, the others in their turn. */
export class HandleGate {
  readonly #limits: GateLimits;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  /** Waits for a place. @returns what gives it back; `undefined` where too many are waiting already */
  async enter(): Promise<Disposable | undefined> {
    if (this.#inside < this.#limits.inside) this.#inside += 1;
    else {
      if (this.#waiting.length >= this.#limits.waiting) return undefined;
      // Whoever leaves hands its place over.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return { [Symbol.dispose]: () => this.#leave() };
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#inside -= 1;
    else next();
  }
}
