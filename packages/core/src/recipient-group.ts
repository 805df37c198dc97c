import type { BatchRecipient } from "./batch.ts";
import type { BatchLimits } from "./features.ts";

/** A recipient of a mail merge with their place in the input. */
export interface BulkEntry {
  readonly index: number;
  readonly recipient: BatchRecipient;
  /** Advisory fields of this recipient's mail that the transport cannot carry. */
  readonly dropped: readonly string[];
}

/**
 * Collects recipients until a limit is reached. No address stands twice in a group, since providers key by address, and
 * all of them do without the same fields.
 */
export class RecipientGroup {
  readonly #limits: BatchLimits;
  #entries: BulkEntry[] = [];
  #addresses = new Set<string>();
  #bytes = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** True where a recipient alone is more than a batch may hold. */
  exceeds(entry: BulkEntry): boolean {
    return sizeOf(entry) > this.#limits.bytes;
  }

  takes(entry: BulkEntry): boolean {
    const [first] = this.#entries;
    if (first === undefined) return true;
    return (
      this.size < this.#limits.recipients &&
      this.#bytes + sizeOf(entry) <= this.#limits.bytes &&
      !this.#addresses.has(addressOf(entry)) &&
      first.dropped.join() === entry.dropped.join()
    );
  }

  add(entry: BulkEntry): void {
    this.#entries.push(entry);
    this.#addresses.add(addressOf(entry));
    this.#bytes += sizeOf(entry);
  }

  empty(): readonly BulkEntry[] {
    const entries = this.#entries;
    this.#entries = [];
    this.#addresses = new Set();
    this.#bytes = 0;
    return entries;
  }
}

function addressOf({ recipient }: BulkEntry): string {
  return recipient.to.address.toLowerCase();
}

/** Bytes that a recipient adds to a request, as JSON. */
function sizeOf({ recipient: { to, values, htmlValues, headers, metadata } }: BulkEntry): number {
  return Buffer.byteLength(JSON.stringify([to, values, htmlValues, headers, metadata]));
}
