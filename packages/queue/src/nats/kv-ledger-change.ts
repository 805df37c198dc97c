import type { LedgerChange } from "@mail/core";
import type { KvBucket } from "./kv-bucket.ts";
import { contended, maxRounds } from "./kv-ledger-add.ts";
import { changed, decodeEntry, holds, leased, type StoredEntry, type StoredPayload } from "./kv-ledger-entry.ts";
import { keys } from "./kv-ledger-names.ts";

/** A payload is written before the entry that tells of it, and removed after. @returns `undefined` where `where` did not hold */
export async function changeEntry(
  bucket: KvBucket,
  { id, where, set }: LedgerChange,
  now: number,
): Promise<StoredEntry | undefined> {
  let before: StoredPayload | undefined;
  let written: StoredPayload | undefined;
  const next = await updateEntry(bucket, id, async (entry) => {
    if (!holds(entry, where, now)) return undefined;
    if (set.payload) written ??= await writePayload(bucket, id, set.payload);
    before = entry.payload;
    const kept = set.payload === undefined ? before : undefined;
    return changed(entry, set, written ?? kept, now);
  });
  const unused = next === undefined ? written : before;
  if (unused !== undefined && unused.revision !== next?.payload?.revision) await bucket.remove(unused.revision);
  return next;
}

export async function renewEntry(bucket: KvBucket, id: string, owner: string, ms: number, now: number): Promise<void> {
  await updateEntry(bucket, id, async (entry) =>
    entry.state === "sending" && entry.owner === owner ? { ...entry, ...leased(now, ms) } : undefined,
  );
}

/** Reads, and writes where nobody else has meanwhile, else again. */
async function updateEntry(
  bucket: KvBucket,
  id: string,
  update: (entry: StoredEntry) => Promise<StoredEntry | undefined>,
): Promise<StoredEntry | undefined> {
  for (let round = 0; round < maxRounds; round++) {
    const found = await bucket.get(keys.entry(id));
    const next = found && (await update(decodeEntry(found)));
    if (next === undefined) return undefined;
    if ((await bucket.write(keys.entry(id), JSON.stringify(next), found?.revision ?? 0)) !== undefined) return next;
  }
  throw contended();
}

async function writePayload(bucket: KvBucket, id: string, payload: Uint8Array): Promise<StoredPayload> {
  const key = keys.payload(id);
  return { key, revision: await bucket.put(key, payload) };
}
