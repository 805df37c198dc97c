import type { SuppressionEntry, SuppressionQuery, SuppressionReason, SuppressionStore } from "./suppression-store.ts";

/** Addresses of this process, as many as there are. */
export class MemorySuppressions implements SuppressionStore {
  /** Entries by the address in lower case, then by reason and scope. */
  readonly #addresses = new Map<string, Map<string, SuppressionEntry>>();

  async add(entries: readonly SuppressionEntry[]): Promise<readonly boolean[]> {
    const now = Date.now();
    return entries.map((entry) => {
      if (isOver(entry, now)) return false;
      const address = entry.address.toLowerCase();
      const known = this.#alive(address, now);
      const key = keyOf(entry);
      const before = known.get(key);
      if (before === undefined || endOf(before) < endOf(entry)) known.set(key, { ...entry });
      this.#addresses.set(address, known);
      return before === undefined;
    });
  }

  async find(addresses: readonly string[]): Promise<readonly SuppressionEntry[]> {
    const now = Date.now();
    const wanted = new Set(addresses.map((address) => address.toLowerCase()));
    return [...wanted].flatMap((address) => [...this.#alive(address, now).values()]);
  }

  async remove(address: string, of: { reason?: SuppressionReason; scope?: string } = {}): Promise<number> {
    const known = this.#alive(address.toLowerCase(), Date.now());
    const before = known.size;
    for (const [key, { reason, scope }] of known)
      if ((of.reason ?? reason) === reason && (of.scope ?? scope) === scope) known.delete(key);
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
    for (const address of [...this.#addresses.keys()].filter((key) => key.startsWith(begin)).sort()) {
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
    if (entries.size === 0) this.#addresses.delete(address);
    return entries;
  }
}

const keyOf = ({ reason, scope }: SuppressionEntry): string => `${reason}\0${scope}`;
const endOf = ({ expiresAt = Number.POSITIVE_INFINITY }: SuppressionEntry): number => expiresAt;
const isOver = (entry: SuppressionEntry, now: number): boolean => endOf(entry) <= now;
