import type { Claim, ClaimState, ClaimStore } from "./store.ts";

interface Entry {
  readonly note: string;
  readonly owner: string;
  readonly leasedUntil: number;
  readonly keptUntil: number;
  readonly result?: string;
}

/** Claims of this process. The oldest settled ones are forgotten beyond `maxClaims`. */
export class MemoryClaims implements ClaimStore {
  readonly #entries = new Map<string, Entry>();
  readonly #maxClaims: number;

  constructor(maxClaims: number) {
    this.#maxClaims = maxClaims;
  }

  async claim(key: string, { owner, leaseMs, keepMs, note }: Claim): Promise<ClaimState> {
    const now = performance.now();
    const entry = this.#known(key);
    const again = entry?.owner === owner && entry.result === undefined;
    if (entry !== undefined && !again) return stateOf(entry, now);
    this.#put(key, { note, owner, leasedUntil: now + leaseMs, keptUntil: now + Math.max(keepMs, leaseMs) });
    this.#forget(now);
    return { state: "claimed" };
  }

  async renew(key: string, owner: string, leaseMs: number): Promise<boolean> {
    const entry = this.#heldBy(key, owner);
    if (entry === undefined) return false;
    const leasedUntil = performance.now() + leaseMs;
    this.#entries.set(key, { ...entry, leasedUntil, keptUntil: Math.max(entry.keptUntil, leasedUntil) });
    return true;
  }

  async settle(key: string, owner: string, result: string, keepMs: number): Promise<boolean> {
    const entry = this.#known(key);
    if (entry?.owner !== owner) return false;
    if (entry.result !== undefined) return entry.result === result;
    this.#put(key, { ...entry, result, keptUntil: performance.now() + keepMs });
    return true;
  }

  async release(key: string, owner?: string): Promise<boolean> {
    const entry = owner === undefined ? this.#known(key) : this.#heldBy(key, owner);
    return entry !== undefined && this.#entries.delete(key);
  }

  #known(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.keptUntil > performance.now() ? entry : undefined;
  }

  #heldBy(key: string, owner: string): Entry | undefined {
    const entry = this.#known(key);
    return entry?.owner === owner && entry.result === undefined ? entry : undefined;
  }

  /** As the newest, so that the map's order is that of age. */
  #put(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  /** Lets go of what is out of date or too much; what is being worked on stays. */
  #forget(now: number): void {
    for (const [key, { keptUntil, result }] of this.#entries) {
      const tooMany = this.#entries.size > this.#maxClaims;
      if (keptUntil > now && !tooMany) return;
      if (keptUntil <= now || result !== undefined) this.#entries.delete(key);
    }
  }
}

function stateOf({ note, result, leasedUntil }: Entry, now: number): ClaimState {
  if (result !== undefined) return { state: "settled", note, result };
  return { state: leasedUntil > now ? "held" : "abandoned", note };
}
