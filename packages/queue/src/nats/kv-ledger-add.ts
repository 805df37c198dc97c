import { MailError, type NewLedgerEntry } from "@mail/core";
import type { KvEntry } from "@nats-io/kv";
import type { KvBucket } from "./kv-bucket.ts";
import { newEntry, storedTime } from "./kv-ledger-entry.ts";
import { digest, keys } from "./kv-ledger-names.ts";

/** What a key or a duplicate stands for. */
export interface KeptKey {
  readonly id: string;
  /** Absent where it lasts as long as the entry. */
  readonly until?: number;
}

/** Others may change what is read here before it is written, but not time and again. */
export const maxRounds = 20;

/** For how long after it is due a duplicate is known as one, in milliseconds: its message may come when the key is forgotten. */
const aliasMs = 30 * 86_400_000;

/** The key first: a crash between the two leaves one that its own mail finds as its own. @returns the id that counts */
export async function addEntry(bucket: KvBucket, entry: NewLedgerEntry, now: number): Promise<string> {
  const key = entry.key === undefined ? undefined : digest(entry.key);
  const counts = key === undefined ? entry.id : await claimKey(bucket, entry, key, now);
  if (counts !== entry.id) return counts;
  const bound = entry.keyMs === undefined ? key : undefined;
  await bucket.write(keys.entry(entry.id), JSON.stringify(newEntry(entry, now, bound)), 0);
  return entry.id;
}

async function claimKey(
  bucket: KvBucket,
  { id, keyMs, dueAt }: NewLedgerEntry,
  key: string,
  now: number,
): Promise<string> {
  const until = keyMs === undefined ? {} : { until: storedTime(now + keyMs) };
  for (let round = 0; round < maxRounds; round++) {
    const [own, alias, name] = await Promise.all([
      bucket.get(keys.entry(id)),
      bucket.get(keys.alias(id)),
      bucket.get(keys.name(key)),
    ]);
    if (own !== undefined) return id;
    const known = keptKey(alias, now) ?? keptKey(name, now);
    if (known !== undefined && known.id !== id) {
      const duplicate: KeptKey = { id: known.id, until: storedTime(Math.max(now, dueAt) + aliasMs) };
      await bucket.put(keys.alias(id), JSON.stringify(duplicate));
    }
    if (known !== undefined) return known.id;
    const mine: KeptKey = { id, ...until };
    if ((await bucket.write(keys.name(key), JSON.stringify(mine), name?.revision ?? 0)) !== undefined) return id;
  }
  throw contended();
}

export function keptKey(found: KvEntry | undefined, now: number): KeptKey | undefined {
  const key = found?.json<KeptKey>();
  return key === undefined || (key.until !== undefined && key.until <= now) ? undefined : key;
}

export function contended(): MailError {
  return new MailError("The ledger's entry was changed by others again and again.", {
    code: "unavailable",
    hint: "Try again.",
  });
}
