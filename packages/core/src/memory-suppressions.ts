import type {
  SuppressionEntry,
  SuppressionQuery,
  SuppressionReason,
  SuppressionSelection,
  SuppressionStore,
} from "./suppression-store.ts";

/** Addresses of this process, as many as there are. */
export class MemorySuppressions implements SuppressionStore {
  /** Entries by the address in lower case, then by reason and scope. */
  readonly #addresses = new Map<string, Map<string, SuppressionEntry>>();
  /** The addresses in their order, until another one comes or one goes. */
  #sorted: readonly string[] | undefined;

  async add(entries: readonly SuppressionEntry[]): Promise<readonly boolean[]> {
    const now = Date.now();
    return entries.map((entry) => {
      if (isOver(entry, now)) return false;
      const address = entry.address.toLowerCase();
      const known = this.#alive(address, now);
      const key = keyOf(entry);
      const before = known.get(key);
      if (before === undefined || endOf(before) < endOf(entry)) known.set(key, { ...entry });
      if (!this.#addresses.has(address)) this.#sorted = undefined;
      this.#addresses.set(address, known);
      return before === undefined;
    });
  }

  async find(addresses: readonly string[]): Promise<readonly SuppressionEntry[]> {
    const now = Date.now();
    const wanted = new Set(addresses.map((address) => address.toLowerCase()));
    return [...wanted].flatMap((address) => [...this.#alive(address, now).values()]);
  }

  async remove(address: string, of: SuppressionSelection = {}): Promise<number> {
    const { until = Number.POSITIVE_INFINITY } = of;
    const known = this.#alive(address.toLowerCase(), Date.now());
    const before = known.size;
    for (const [key, { reason, scope, at }] of known)
      if ((of.reason ?? reason) === reason && (of.scope ?? scope) === scope && at <= until) known.delete(key);
    this.#alive(address.toLowerCase(), Date.now());
    return before - known.size;
  }

  async list({
    limit,
    after,
    reason,
    prefix = "",
  }: SuppressionQuery): Promise<{ entries: readonly SuppressionEntry[]; next?: string }> {
    const now = Date.now();
    const begin = prefix.toLowerCase();
    const page: [cursor: string, SuppressionEntry][] = [];
    this.#sorted ??= [...this.#addresses.keys()].sort();
    const addresses = this.#sorted;
    const [afterAddress = ""] = after?.split("\0", 1) ?? [];
    for (let index = placeOf(afterAddress > begin ? afterAddress : begin, addresses); ; index++) {
      const address = addresses[index];
      if (address === undefined || !address.startsWith(begin)) break;
      for (const [key, entry] of [...this.#alive(address, now)].sort(([one], [other]) => (one < other ? -1 : 1))) {
        const cursor = `${address}\0${key}`;
        if ((after !== undefined && cursor <= after) || (reason !== undefined && entry.reason !== reason)) continue;
        page.push([cursor, entry]);
        if (page.length > limit) {
          const next = page[limit - 1]?.[0];
          return { entries: page.slice(0, limit).map(([, one]) => one), ...(next !== undefined && { next }) };
        }
      }
    }
    return { entries: page.map(([, entry]) => entry) };
  }

  async counts(): Promise<Readonly<Record<SuppressionReason, number>>> {
    const now = Date.now();
    const counts = { bounced: 0, complained: 0, unsubscribed: 0, manual: 0 };
    for (const address of this.#addresses.keys())
      for (const { reason } of this.#alive(address, now).values()) counts[reason]++;
    return counts;
  }

  /** The entries of an address, without those that are over. */
  #alive(address: string, now: number): Map<string, SuppressionEntry> {
    const entries = this.#addresses.get(address) ?? new Map<string, SuppressionEntry>();
    for (const [key, entry] of entries) if (isOver(entry, now)) entries.delete(key);
    if (entries.size === 0 && this.#addresses.delete(address)) this.#sorted = undefined;
    return entries;
  }
}

/** Of the first address that is not before `from`. */
function placeOf(from: string, addresses: readonly string[]): number {
  let [low, high] = [0, addresses.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((addresses[middle] ?? "") < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

const keyOf = ({ reason, scope }: SuppressionEntry): string => `${reason}\0${scope}`;
const endOf = ({ expiresAt = Number.POSITIVE_INFINITY }: SuppressionEntry): number => expiresAt;
const isOver = (entry: SuppressionEntry, now: number): boolean => endOf(entry) <= now;
