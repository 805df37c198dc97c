import type { Claim, ClaimState, ClaimStore } from "@mail/core";
import { storedKey } from "../stored-key.ts";
import { storedMs } from "../stored-ms.ts";
import type { SqliteDatabase, SqliteRow, SqliteTransaction } from "./sqlite-database.ts";

/** Out-of-date claims that one new claim removes, at most. */
const prunedAtOnce = 10;

const columns = "owner, note, result, leased_until, kept_until, written_at";

export class SqliteClaims implements ClaimStore {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async claim(name: string, { owner, leaseMs, keepMs, note }: Claim): Promise<ClaimState> {
    const key = storedKey(name);
    return await this.#database.write((transaction) => {
      const { now } = transaction;
      const known = find(transaction, key);
      const again = known?.["owner"] === owner && known["result"] === null;
      if (known !== undefined && !again) return stateOf(known, now);
      prune(transaction);
      const leasedUntil = now + storedMs(leaseMs);
      transaction.run(
        `INSERT OR REPLACE INTO claims (key, ${columns}) VALUES (:key, :owner, :note, NULL, :leasedUntil, :keptUntil, :now)`,
        { key, owner, note, leasedUntil, keptUntil: Math.max(now + storedMs(keepMs), leasedUntil), now },
      );
      return { state: "claimed" };
    });
  }

  async renew(name: string, owner: string, leaseMs: number): Promise<boolean> {
    const key = storedKey(name);
    return await this.#database.write((transaction) => {
      const known = find(transaction, key);
      if (known?.["owner"] !== owner || known["result"] !== null) return false;
      const leasedUntil = transaction.now + storedMs(leaseMs);
      return update(transaction, key, { ...known, leased_until: leasedUntil });
    });
  }

  async settle(name: string, owner: string, result: string, keepMs: number): Promise<boolean> {
    const key = storedKey(name);
    return await this.#database.write((transaction) => {
      const known = find(transaction, key);
      if (known?.["owner"] !== owner) return false;
      if (known["result"] !== null) return known["result"] === result;
      const { now } = transaction;
      return update(transaction, key, { ...known, result, leased_until: now, kept_until: now + storedMs(keepMs) });
    });
  }

  async release(name: string, owner?: string): Promise<boolean> {
    const key = storedKey(name);
    return await this.#database.write((transaction) => {
      const known = find(transaction, key);
      if (known === undefined) return false;
      if (owner !== undefined && (known["owner"] !== owner || known["result"] !== null)) return false;
      return transaction.run("DELETE FROM claims WHERE key = :key", { key }) === 1;
    });
  }
}

/**
 * What is known of a key, unless it is out of date. A claim from the future was written before the clock was set back:
 * its times move with the clock, or its lease would last as long as the clock needs to come back.
 */
function find(transaction: SqliteTransaction, key: string): SqliteRow | undefined {
  const { now } = transaction;
  const row = transaction.get(`SELECT ${columns} FROM claims WHERE key = :key`, { key });
  if (row === undefined) return undefined;
  const ahead = Math.max(0, Number(row["written_at"]) - now);
  const [leased, kept] = [Number(row["leased_until"]) - ahead, Number(row["kept_until"]) - ahead];
  if (kept <= now) return undefined;
  if (ahead === 0) return row;
  const moved = { ...row, leased_until: leased, kept_until: kept };
  update(transaction, key, moved);
  return moved;
}

function update(transaction: SqliteTransaction, key: string, row: SqliteRow): boolean {
  const { result = null, leased_until: leased = 0, kept_until: kept = 0 } = row;
  const changes = transaction.run(
    `UPDATE claims SET result = :result, leased_until = :leased, kept_until = max(:leased, :kept), written_at = :now
     WHERE key = :key`,
    { key, result, leased, kept, now: transaction.now },
  );
  return changes === 1;
}

function prune(transaction: SqliteTransaction): void {
  transaction.run(
    `DELETE FROM claims WHERE key IN
       (SELECT key FROM claims WHERE kept_until <= :now ORDER BY kept_until LIMIT ${prunedAtOnce})`,
    { now: transaction.now },
  );
}

function stateOf(row: SqliteRow, now: number): ClaimState {
  const note = String(row["note"]);
  if (row["result"] !== null) return { state: "settled", note, result: String(row["result"]) };
  return { state: Number(row["leased_until"]) > now ? "held" : "abandoned", note };
}
