interface RoomLimits {
  /** Requests at the same time. */
  readonly requests: number;
  /** Of all bodies together. */
  readonly bytes: number;
}

/** What a request takes up of the room. */
export interface Place extends Disposable {
  /** Aborted where the place is taken away. */
  readonly signal: AbortSignal;
  /** So much more of the body has come. */
  grow(bytes: number): void;
  /** The body is all there: the place is kept to the end. */
  settle(): void;
}

interface Held {
  readonly controller: AbortController;
  bytes: number;
}

/**
 * The memory for requests. Where it is full, the body that has been on its way the longest goes: providers send theirs at
 * once, so whoever sends slowly, over however many connections, keeps no provider out.
 */
export class RequestRoom {
  readonly #limits: RoomLimits;
  readonly #held = new Set<Held>();
  /** Those of whose bodies more is to come, the oldest first. */
  readonly #arriving = new Set<Held>();
  #bytes = 0;

  constructor(limits: RoomLimits) {
    this.#limits = limits;
  }

  /** `undefined` where all places are held by requests whose bodies are there. */
  enter(): Place | undefined {
    if (this.#held.size >= this.#limits.requests && !this.#evict()) return undefined;
    const held: Held = { controller: new AbortController(), bytes: 0 };
    this.#held.add(held);
    this.#arriving.add(held);
    return {
      signal: held.controller.signal,
      grow: (bytes) => this.#grow(held, bytes),
      settle: () => void this.#arriving.delete(held),
      [Symbol.dispose]: () => this.#leave(held),
    };
  }

  #grow(held: Held, bytes: number): void {
    if (!this.#held.has(held)) return;
    held.bytes += bytes;
    this.#bytes += bytes;
    while (this.#bytes > this.#limits.bytes && this.#evict());
  }

  /** @returns false where there is none to take a place from */
  #evict(): boolean {
    const [oldest] = this.#arriving;
    if (oldest === undefined) return false;
    this.#leave(oldest);
    oldest.controller.abort();
    return true;
  }

  #leave(held: Held): void {
    this.#arriving.delete(held);
    if (this.#held.delete(held)) this.#bytes -= held.bytes;
  }
}
