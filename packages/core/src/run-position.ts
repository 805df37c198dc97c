/** How far a run has come: numbers what is pulled, and knows before which number all is settled. */
export class RunPosition {
  readonly #unsettled = new Set<number>();
  #next: number;
  #value: number;

  /** @param startAt the number of what is pulled first */
  constructor(startAt: number) {
    this.#next = startAt;
    this.#value = startAt;
  }

  /** All before it are settled. */
  get value(): number {
    while (this.#value < this.#next && !this.#unsettled.has(this.#value)) this.#value++;
    return this.#value;
  }

  /** @returns the number of what was pulled */
  pull(): number {
    this.#unsettled.add(this.#next);
    return this.#next++;
  }

  settle(index: number): void {
    this.#unsettled.delete(index);
  }
}
