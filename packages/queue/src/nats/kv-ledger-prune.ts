import type { LedgerState } from "@mail/core";
import type { KvEntry } from "@nats-io/kv";
import type { KvBucket } from "./kv-bucket.ts";
import { keptKey } from "./kv-ledger-add.ts";
import { decodeEntry } from "./kv-ledger-entry.ts";
import { keys, prefixes } from "./kv-ledger-names.ts";
import { type FoundEntry, oldEntries } from "./kv-ledger-pass.ts";

/** Removals at once. */
const width = 250;
/** A payload that no entry tells of by then was written by somebody who crashed, in milliseconds. */
const orphanMs = 3_600_000;

/** @returns how many were found, `limit` where there may be others */
export async function pruneEntries(
  bucket: KvBucket,
  states: readonly LedgerState[],
  before: number,
  limit: number,
): Promise<number> {
  const found = await oldEntries(bucket.read(prefixes.entries), states, before, limit);
  await inParts(found, (one) => forgetEntry(bucket, one));
  return found.length;
}

/** A key that lasts as long as its entry goes first: one that were left over would last for ever. */
async function forgetEntry(bucket: KvBucket, { entry, revision }: FoundEntry): Promise<void> {
  const name = entry.key === undefined ? undefined : await bucket.get(keys.name(entry.key));
  const known = keptKey(name, Number.NEGATIVE_INFINITY);
  if (name !== undefined && known?.id === entry.id && known.until === undefined) await bucket.remove(name.revision);
  const isGone = await bucket.remove(revision);
  if (isGone && entry.payload !== undefined) await bucket.remove(entry.payload.revision);
}

/** Forgets keys whose time is over. @returns how many, `limit` where there may be others */
export async function pruneKeys(bucket: KvBucket, now: number, limit: number): Promise<number> {
  const over: number[] = [];
  for await (const one of bucket.read(prefixes.keys)) {
    if (over.length >= limit) break;
    if (keptKey(one, now) === undefined) over.push(one.revision);
  }
  await inParts(over, (revision) => bucket.remove(revision));
  return over.length;
}

/** Removes payloads whose writer crashed before an entry told of them. */
export async function prunePayloads(bucket: KvBucket, now: number): Promise<void> {
  const old: KvEntry[] = [];
  for await (const one of bucket.read(prefixes.payloads, "heads"))
    if (one.created.getTime() < now - orphanMs) old.push(one);
  await inParts(old, async ({ key, revision }) => {
    const found = await bucket.get(keys.entryOfPayload(key));
    if (found === undefined || decodeEntry(found).payload?.revision !== revision) await bucket.remove(revision);
  });
}

/** Does all, so many at once. */
async function inParts<Item>(items: readonly Item[], run: (item: Item) => Promise<unknown>): Promise<void> {
  for (let first = 0; first < items.length; first += width)
    await Promise.all(items.slice(first, first + width).map(run));
}
