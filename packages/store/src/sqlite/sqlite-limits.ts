import type { LimitStore, RateLimit } from "@mail/core";
import { storedKey } from "../stored-key.ts";
import { roundingMs, storedMs } from "../stored-ms.ts";
import type { SqliteDatabase, SqliteTransaction } from "./sqlite-database.ts";

/** Grants of its own key, and of one that nobody uses any more, that a call removes at most. */
const prunedAtOnce = 100;

interface Limit {
  readonly taken: number;
  readonly pausedUntil: number;
  readonly staleAt: number;
}

/**
 * An exact log of the places taken, by key. They are numbered, so that the one that has to leave the interval is found
 * by its number, however many there are.
 */
export class SqliteLimits implements LimitStore {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async take(name: string, { max, perMs }: RateLimit, count: number): Promise<number> {
    const key = storedKey(name);
    const watchedMs = storedMs(perMs) + roundingMs;
    return await this.#database.write((transaction) => {
      const { now } = transaction;
      prune(transaction);
      const { taken, pausedUntil, staleAt } = find(transaction, key);
      const leavingPlace = taken + count - max;
      const freeAt = leavingPlace < 1 ? 0 : takenAt(transaction, key, leavingPlace) + watchedMs;
      const waitMs = Math.max(pausedUntil, freeAt) - now;
      if (waitMs > 0) return waitMs;
      const lastPlace = taken + count;
      transaction.run(
        "INSERT INTO limit_grants (key, last_place, places, at) VALUES (:key, :lastPlace, :count, :now)",
        { key, lastPlace, count, now },
      );
      transaction.run(
        `DELETE FROM limit_grants WHERE key = :key AND last_place IN (SELECT last_place FROM limit_grants
           WHERE key = :key AND last_place <= :leavingPlace ORDER BY last_place LIMIT ${prunedAtOnce})`,
        { key, leavingPlace },
      );
      put(transaction, key, { taken: lastPlace, pausedUntil, staleAt: Math.max(staleAt, now + watchedMs) });
      return 0;
    });
  }

  async pause(name: string, ms: number): Promise<void> {
    const key = storedKey(name);
    await this.#database.write((transaction) => {
      const limit = find(transaction, key);
      const pausedUntil = Math.max(limit.pausedUntil, transaction.now + storedMs(ms));
      put(transaction, key, { ...limit, pausedUntil, staleAt: Math.max(limit.staleAt, pausedUntil) });
    });
  }
}

/** What is known of a key; its times move with the clock where that was set back, or it would be closed until then. */
function find(transaction: SqliteTransaction, key: string): Limit {
  const { now } = transaction;
  const row = transaction.get("SELECT taken, paused_until, stale_at, written_at FROM limits WHERE key = :key", { key });
  if (row === undefined) return { taken: 0, pausedUntil: 0, staleAt: now };
  const ahead = Math.max(0, Number(row["written_at"]) - now);
  const limit = {
    taken: Number(row["taken"]),
    pausedUntil: Number(row["paused_until"]) - ahead,
    staleAt: Number(row["stale_at"]) - ahead,
  };
  if (ahead > 0) {
    transaction.run("UPDATE limit_grants SET at = at - :ahead WHERE key = :key", { key, ahead });
    put(transaction, key, limit);
  }
  return limit;
}

function put(transaction: SqliteTransaction, key: string, { taken, pausedUntil, staleAt }: Limit): void {
  transaction.run(
    `INSERT INTO limits (key, taken, paused_until, stale_at, written_at) VALUES (:key, :taken, :pausedUntil, :staleAt, :now)
     ON CONFLICT (key) DO UPDATE SET taken = excluded.taken, paused_until = excluded.paused_until,
       stale_at = excluded.stale_at, written_at = excluded.written_at`,
    { key, taken, pausedUntil, staleAt, now: transaction.now },
  );
}

/** When the place with this number was taken; long ago where it is no longer in the log. */
function takenAt(transaction: SqliteTransaction, key: string, place: number): number {
  const grant = transaction.get(
    "SELECT places, last_place, at FROM limit_grants WHERE key = :key AND last_place >= :place ORDER BY last_place LIMIT 1",
    { key, place },
  );
  if (grant === undefined || Number(grant["last_place"]) - Number(grant["places"]) >= place) return -Infinity;
  return Number(grant["at"]);
}

/** Removes a key that nobody uses any more: its grants first, as they are numbered from 1 again without it. */
function prune(transaction: SqliteTransaction): void {
  const { now } = transaction;
  const stale = transaction.get("SELECT key FROM limits WHERE stale_at <= :now ORDER BY stale_at LIMIT 1", { now });
  if (stale === undefined) return;
  const key = String(stale["key"]);
  const removed = transaction.run(
    `DELETE FROM limit_grants WHERE key = :key AND last_place IN
       (SELECT last_place FROM limit_grants WHERE key = :key ORDER BY last_place LIMIT ${prunedAtOnce})`,
    { key },
  );
  if (removed < prunedAtOnce) transaction.run("DELETE FROM limits WHERE key = :key", { key });
}
