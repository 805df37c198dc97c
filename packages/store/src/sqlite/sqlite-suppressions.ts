import type {
  SuppressionEntry,
  SuppressionQuery,
  SuppressionReason,
  SuppressionSelection,
  SuppressionStore,
} from "@mail/core";
import { storedTime } from "../ledger-times.ts";
import { addressKey, storedKey, storedText } from "../stored-key.ts";
import {
  cursorKey,
  endOfPrefix,
  pageOf,
  type SuppressionPage,
  suppressionCounts,
  suppressionKey,
  suppressionOf,
} from "../suppression-row.ts";
import type { SqliteDatabase, SqliteTransaction } from "./sqlite-database.ts";

/** Entries in one step: the event loop stands still for that long. */
const entriesPerStep = 500;

/** Entries that have ended which one call removes, at most. */
const prunedAtOnce = 100;

const isAlive = "(expires_at IS NULL OR expires_at > :now)";

export class SqliteSuppressions implements SuppressionStore {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async add(entries: readonly SuppressionEntry[]): Promise<readonly boolean[]> {
    return await this.#database.writeInSteps(function* (transaction) {
      prune(transaction);
      const added: boolean[] = [];
      for (const entry of entries) {
        if (added.length % entriesPerStep === entriesPerStep - 1) yield;
        added.push(addOne(transaction, entry));
      }
      return added;
    }, entries.length);
  }

  async find(addresses: readonly string[]): Promise<readonly SuppressionEntry[]> {
    const statement = `SELECT * FROM suppressions WHERE address_key = :key AND ${isAlive}`;
    const keys = [...new Set(addresses.map(addressKey))];
    return await this.#database.read((transaction) =>
      keys.flatMap((key) => transaction.all(statement, { key, now: transaction.now }).map(suppressionOf)),
    );
  }

  async remove(address: string, of: SuppressionSelection = {}): Promise<number> {
    const parameters = {
      key: addressKey(address),
      reason: of.reason ?? null,
      scope: of.scope === undefined ? null : storedKey(of.scope),
      until: of.until === undefined ? null : storedTime(of.until),
    };
    return await this.#database.write((transaction) => {
      prune(transaction);
      return transaction.run(
        `DELETE FROM suppressions WHERE address_key = :key AND ${isAlive}
           AND (:reason IS NULL OR reason = :reason) AND (:scope IS NULL OR scope_key = :scope)
           AND (:until IS NULL OR at <= :until)`,
        { ...parameters, now: transaction.now },
      );
    });
  }

  async list({ limit, after, reason, prefix = "" }: SuppressionQuery): Promise<SuppressionPage> {
    const [address, afterReason, scope] = cursorKey(after);
    const begin = prefix.toLowerCase();
    const [order, cursor] =
      reason === undefined
        ? ["address_key, reason, scope_key", ":address, :reason, :scope"]
        : ["address_key, scope_key", ":address, :scope"];
    const statement = `SELECT * FROM suppressions
      WHERE (${order}) > (${cursor}) ${reason === undefined ? "" : "AND reason = :reason"}
        AND address_key >= :begin AND address_key < :end AND ${isAlive} ORDER BY ${order} LIMIT :limit`;
    const parameters = { address, reason: reason ?? afterReason, scope, begin, end: endOfPrefix(begin) };
    return await this.#database.read((transaction) =>
      pageOf(transaction.all(statement, { ...parameters, limit: limit + 1, now: transaction.now }), limit),
    );
  }

  async counts(): Promise<Readonly<Record<SuppressionReason, number>>> {
    return await this.#database.read((transaction) =>
      suppressionCounts(
        transaction.all(`SELECT reason, count(*) AS entries FROM suppressions WHERE ${isAlive} GROUP BY reason`, {
          now: transaction.now,
        }),
      ),
    );
  }
}

function addOne(transaction: SqliteTransaction, entry: SuppressionEntry): boolean {
  const { now } = transaction;
  const { address, reason, scope, at, expiresAt, note, mailId } = entry;
  if (expiresAt !== undefined && expiresAt <= now) return false;
  const [key, , scopeKey] = suppressionKey(entry);
  const before = transaction.get(
    `SELECT 1 FROM suppressions WHERE address_key = :key AND reason = :reason AND scope_key = :scopeKey AND ${isAlive}`,
    { key, reason, scopeKey, now },
  );
  transaction.run(
    `INSERT INTO suppressions VALUES (:key, :reason, :scopeKey, :address, :scope, :at, :expiresAt, :note, :mailId)
     ON CONFLICT (address_key, reason, scope_key) DO UPDATE SET address = excluded.address, scope = excluded.scope,
       at = excluded.at, expires_at = excluded.expires_at, note = excluded.note, mail_id = excluded.mail_id
     WHERE expires_at IS NOT NULL AND (excluded.expires_at IS NULL OR excluded.expires_at > expires_at)`,
    {
      ...{ key, reason, scopeKey, address: storedText(address), scope: storedText(scope), at: storedTime(at) },
      expiresAt: expiresAt === undefined ? null : storedTime(expiresAt),
      note: note === undefined ? null : storedText(note),
      mailId: mailId === undefined ? null : storedText(mailId),
    },
  );
  return before === undefined;
}

function prune(transaction: SqliteTransaction): void {
  transaction.run(
    `DELETE FROM suppressions WHERE (address_key, reason, scope_key) IN
       (SELECT address_key, reason, scope_key FROM suppressions
        WHERE expires_at IS NOT NULL AND expires_at <= :now ORDER BY expires_at LIMIT ${prunedAtOnce})`,
    { now: transaction.now },
  );
}
