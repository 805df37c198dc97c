/** Things as they come, and a way to wait for them. */
export class Seen<T> {
  readonly items: T[] = [];
  readonly #waiting = new Set<() => void>();

  add(item: T): void {
    this.items.push(item);
    for (const check of this.#waiting) check();
  }

  /** Waits until so many have come. */
  count(count: number): Promise<readonly T[]> {
    return this.#when(() => this.items.length >= count && this.items);
  }

  /** Waits for the first that is so. */
  first(isIt: (item: T) => boolean): Promise<T> {
    return this.#when(() => this.items.find(isIt) ?? false);
  }

  #when<R>(result: () => R | false): Promise<R> {
    const { promise, resolve } = Promise.withResolvers<R>();
    const check = () => {
      const found = result();
      if (found === false) return;
      this.#waiting.delete(check);
      resolve(found);
    };
    this.#waiting.add(check);
    check();
    return promise;
  }
}
