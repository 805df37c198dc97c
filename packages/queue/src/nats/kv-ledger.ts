import type {
  LedgerChange,
  LedgerCounts,
  LedgerEntry,
  LedgerQuery,
  LedgerState,
  LedgerStore,
  NewLedgerEntry,
} from "@mail/core";
import type { KvBucket } from "./kv-bucket.ts";
import { addEntry } from "./kv-ledger-add.ts";
import { KvLedgerCalls, type KvLedgerOptions } from "./kv-ledger-calls.ts";
import { changeEntry, renewEntry } from "./kv-ledger-change.ts";
import { decodeEntry, type StoredPayload, toLedgerEntry } from "./kv-ledger-entry.ts";
import { keys, prefixes } from "./kv-ledger-names.ts";
import { countsOf, listOf } from "./kv-ledger-pass.ts";
import { pruneEntries, pruneKeys, prunePayloads } from "./kv-ledger-prune.ts";

/** How often it is looked for keys whose time is over, in milliseconds. */
const sweepMs = 3_600_000;

/**
 * A ledger in a JetStream bucket for each queue. Many items are one round trip or a few, whatever they are, but NATS has no
 * indexes: `list` and `counts` read all entries, and `prune` all that are old enough and those that have waited for as
 * long. A value is no larger than the server's `max_payload`.
 */
export class KvLedger implements LedgerStore {
  readonly #calls: KvLedgerCalls;
  /** By queue, when it is looked for old keys next. */
  readonly #sweepAt = new Map<string, number>();

  constructor(options: KvLedgerOptions) {
    this.#calls = new KvLedgerCalls(options);
  }

  async add(queue: string, entries: readonly NewLedgerEntry[]): Promise<readonly string[]> {
    const tokensOf = ({ id, key }: NewLedgerEntry): string[] => [`i${id}`, ...(key === undefined ? [] : [`k${key}`])];
    return await this.#calls.each(queue, entries, tokensOf, ({ bucket, now }, entry) => addEntry(bucket, entry, now));
  }

  async find(queue: string, ids: readonly string[]): Promise<readonly (LedgerEntry | undefined)[]> {
    const found = await this.#calls.each(queue, ids, () => [], findEntry);
    const entries: (LedgerEntry | undefined)[] = [];
    // One by one: together they might be more than the server is willing to have on the way.
    for (const one of found)
      entries.push(one?.payload ? await this.#withPayload(queue, one.entry, one.payload) : one?.entry);
    return entries;
  }

  async change(queue: string, changes: readonly LedgerChange[]): Promise<readonly (LedgerEntry | undefined)[]> {
    return await this.#calls.each(
      queue,
      changes,
      ({ id }) => [id],
      async ({ bucket, now }, change) => {
        const entry = await changeEntry(bucket, change, now);
        return entry && toLedgerEntry(entry);
      },
    );
  }

  async renew(queue: string, ids: readonly string[], owner: string, leaseMs: number): Promise<void> {
    await this.#calls.each(
      queue,
      ids,
      (id) => [id],
      ({ bucket, now }, id) => renewEntry(bucket, id, owner, leaseMs, now),
    );
  }

  async list(queue: string, query: LedgerQuery): Promise<readonly LedgerEntry[]> {
    return await this.#calls.pass(queue, ({ bucket, now }) => listOf(bucket.read(prefixes.entries), query, now));
  }

  async counts(queue: string): Promise<LedgerCounts> {
    return await this.#calls.pass(queue, ({ bucket, now }) => countsOf(bucket.read(prefixes.entries), now));
  }

  /** Keys are looked for every hour only: it takes reading all of them. */
  async prune(queue: string, states: readonly LedgerState[], olderThanMs: number, limit: number): Promise<number> {
    return await this.#calls.pass(queue, async ({ bucket, now }) => {
      const pruned = await pruneEntries(bucket, states, now - olderThanMs, limit);
      if (performance.now() < (this.#sweepAt.get(queue) ?? 0)) return pruned;
      const forgotten = await pruneKeys(bucket, now, limit);
      if (forgotten >= limit) return forgotten;
      await prunePayloads(bucket, now);
      this.#sweepAt.set(queue, performance.now() + sweepMs);
      return Math.max(pruned, forgotten);
    });
  }

  async pausedBy(queue: string): Promise<string | undefined> {
    return await this.#calls.call(queue, async ({ bucket }) => (await bucket.get(keys.paused))?.string());
  }

  async setPaused(queue: string, reason: string | undefined): Promise<void> {
    await this.#calls.call(queue, async ({ bucket }) => {
      if (reason !== undefined) return void (await bucket.put(keys.paused, reason));
      const paused = await bucket.get(keys.paused);
      if (paused !== undefined) await bucket.remove(paused.revision);
    });
  }

  /** Without, where it was let go of between the two looks. */
  async #withPayload(queue: string, entry: LedgerEntry, { key, revision }: StoredPayload): Promise<LedgerEntry> {
    const found = await this.#calls.call(queue, ({ bucket }) => bucket.get(key, revision));
    return found === undefined ? entry : { ...entry, payload: found.value };
  }
}

interface Found {
  readonly entry: LedgerEntry;
  readonly payload?: StoredPayload;
}

async function findEntry({ bucket }: { readonly bucket: KvBucket }, id: string): Promise<Found | undefined> {
  const found = await bucket.get(keys.entry(id));
  if (found === undefined) return undefined;
  const entry = decodeEntry(found);
  return { entry: toLedgerEntry(entry), ...(entry.payload !== undefined && { payload: entry.payload }) };
}
