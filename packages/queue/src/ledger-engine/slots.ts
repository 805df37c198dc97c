/** Gives each free place the first of those that wait. */
export class Slots<Item> {
  readonly #places: number;
  readonly #run: (item: Item) => Promise<void>;
  readonly #compare: (one: Item, other: Item) => number;
  readonly #running = new Set<Promise<void>>();
  readonly #waiting: Item[] = [];
  #isOpen = false;
  #isFilling = false;

  constructor(places: number, compare: (one: Item, other: Item) => number, run: (item: Item) => Promise<void>) {
    this.#places = places;
    this.#compare = compare;
    this.#run = run;
  }

  get waiting(): readonly Item[] {
    return this.#waiting;
  }

  push(item: Item): void {
    const index = this.#waiting.findIndex((other) => this.#compare(item, other) < 0);
    this.#waiting.splice(index === -1 ? this.#waiting.length : index, 0, item);
    this.#fillSoon();
  }

  /** Whether those that wait are given places; not at first. */
  open(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#fillSoon();
  }

  /** Takes all out that wait. */
  clear(): readonly Item[] {
    return this.#waiting.splice(0);
  }

  /** Until nothing runs. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** After this turn, as several items may come in one. */
  #fillSoon(): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    setImmediate(() => {
      this.#isFilling = false;
      this.#fill();
    });
  }

  #fill(): void {
    while (this.#isOpen && this.#running.size < this.#places) {
      const item = this.#waiting.shift();
      if (item === undefined) return;
      const running = this.#run(item).finally(() => {
        this.#running.delete(running);
        this.#fillSoon();
      });
      this.#running.add(running);
    }
  }
}
