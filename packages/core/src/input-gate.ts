/** Says when a run may ask its input for more. The input is asked for one item at a time, so one at a time waits here. */
export class InputGate {
  #paused = false;
  #ended = false;
  #wake: (() => void) | undefined;

  /** Nothing more is to be asked for, ever. */
  get ended(): boolean {
    return this.#ended;
  }

  get paused(): boolean {
    return this.#paused;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Waits while the run is paused. */
  async passed(): Promise<void> {
    while (this.#paused && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = undefined;
  }

  /** Calls back at the end, at once where it has come. @returns what takes the call back */
  onEnd(callback: () => void): () => void {
    if (this.#ended) callback();
    else
      this.#wake = () => {
        if (this.#ended) callback();
      };
    return () => {
      this.#wake = undefined;
    };
  }
}
