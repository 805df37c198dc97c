import type {
  LedgerChange,
  LedgerCounts,
  LedgerEntry,
  LedgerQuery,
  LedgerState,
  LedgerStore,
  NewLedgerEntry,
} from "@mail/core";
import { countsOf } from "../ledger-counts.ts";
import { entryColumns, entryOf } from "../ledger-row.ts";
import { aliasMs, minuteMs, storedTime } from "../ledger-times.ts";
import { storedKey } from "../stored-key.ts";
import { storedMs } from "../stored-ms.ts";
import type { SqliteDatabase, SqliteTransaction } from "./sqlite-database.ts";
import { isSettled } from "./sqlite-ledger-schema.ts";

const changeStatement = `
  UPDATE ledger SET state = :state, due_at = coalesce(:dueAt, due_at), changed_at = :now,
    owner = coalesce(:owner, owner), leased_until = coalesce(:leasedUntil, leased_until),
    lease_ms = coalesce(:leaseMs, lease_ms), tries = tries + :tries, replays = coalesce(:replays, replays),
    record = coalesce(:record, record), payload = CASE :setsPayload WHEN 1 THEN :payload ELSE payload END
  WHERE queue = :queue AND id = :id AND instr(:states, ',' || state || ',') > 0
    AND (:isOwner IS NULL OR owner = :isOwner)
    AND (:dueBy IS NULL OR due_at <= :dueBy)
    AND (:replaysBelow IS NULL OR replays < :replaysBelow)
    -- Also where it would last longer than it ever did: the clock was put back, and the lease must not become endless.
    AND (:leaseOver = 0 OR leased_until IS NULL OR leased_until <= :now OR leased_until > :now + lease_ms)
  RETURNING ${entryColumns}`;

/** Each call is one transaction, and calls at the same time share one. */
export class SqliteLedger implements LedgerStore {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async add(queue: string, entries: readonly NewLedgerEntry[]): Promise<readonly string[]> {
    return await this.#database.write((transaction) => entries.map((entry) => addOne(transaction, queue, entry)));
  }

  async find(queue: string, ids: readonly string[]): Promise<readonly (LedgerEntry | undefined)[]> {
    const statement = `SELECT ${entryColumns}, payload FROM ledger WHERE queue = :queue AND id = :id`;
    return await this.#database.read((transaction) =>
      ids.map((id) => {
        const row = transaction.get(statement, { queue, id });
        return row && entryOf(row);
      }),
    );
  }

  async change(queue: string, changes: readonly LedgerChange[]): Promise<readonly (LedgerEntry | undefined)[]> {
    return await this.#database.write((transaction) => changes.map((change) => changeOne(transaction, queue, change)));
  }

  async renew(queue: string, ids: readonly string[], owner: string, leaseMs: number): Promise<void> {
    const ms = storedMs(leaseMs);
    await this.#database.write((transaction) => {
      for (const id of ids)
        transaction.run(
          `UPDATE ledger SET leased_until = :until, lease_ms = :ms
           WHERE queue = :queue AND id = :id AND state = 'sending' AND owner = :owner`,
          { queue, id, owner, ms, until: transaction.now + ms },
        );
    });
  }

  async list(queue: string, { state, limit, after = "" }: LedgerQuery): Promise<readonly LedgerEntry[]> {
    const isQueued = state === "queued" || state === "scheduled";
    const due = isQueued ? `AND due_at ${state === "queued" ? "<=" : ">"} :now` : "";
    const statement = `SELECT ${entryColumns} FROM ledger INDEXED BY ledger_state
      WHERE queue = :queue AND state = :state AND id > :after ${due} ORDER BY id LIMIT :limit`;
    return await this.#database.read((transaction) => {
      const parameters = { queue, state: isQueued ? "queued" : state, after, limit };
      return transaction.all(statement, { ...parameters, ...(isQueued && { now: transaction.now }) }).map(entryOf);
    });
  }

  async counts(queue: string): Promise<LedgerCounts> {
    return await this.#database.read((transaction) => {
      const { now } = transaction;
      const states = transaction.all(
        "SELECT state, count(*) AS entries FROM ledger WHERE queue = :queue GROUP BY state",
        { queue },
      );
      const recently = `FROM ledger WHERE queue = :queue AND changed_at > :since AND ${isSettled} AND state =`;
      const rest = transaction.get(
        `SELECT
          (SELECT count(*) FROM ledger WHERE queue = :queue AND state = 'queued' AND due_at > :now) AS scheduled,
          (SELECT min(due_at) FROM ledger WHERE queue = :queue AND state = 'queued' AND due_at <= :now) AS oldest,
          (SELECT count(*) FROM ledger WHERE queue = :queue AND created_at > :since) AS added,
          (SELECT count(*) ${recently} 'sent') AS sent,
          (SELECT count(*) ${recently} 'dead') AS dead`,
        { queue, now, since: now - minuteMs },
      );
      return countsOf(states, rest);
    });
  }

  async prune(queue: string, states: readonly LedgerState[], olderThanMs: number, limit: number): Promise<number> {
    return await this.#database.write((transaction) => {
      const before = transaction.now - storedMs(olderThanMs);
      let pruned = 0;
      for (const state of states) {
        const rows = transaction.all(
          `DELETE FROM ledger WHERE rowid IN (SELECT rowid FROM ledger
             WHERE queue = :queue AND state = :state AND ${isSettled} AND changed_at <= :before ORDER BY changed_at LIMIT :limit)
           RETURNING id, key`,
          { queue, state, before, limit: limit - pruned },
        );
        pruned += rows.length;
        for (const { id = null, key = null } of rows) if (key !== null) forgetKey(transaction, { queue, id, key });
      }
      return Math.max(pruned, forgetOldKeys(transaction, queue, limit));
    });
  }

  async pausedBy(queue: string): Promise<string | undefined> {
    return await this.#database.read((transaction) => {
      const row = transaction.get("SELECT paused_by FROM ledger_queues WHERE queue = :queue", { queue });
      const reason = row?.["paused_by"];
      return typeof reason === "string" ? reason : undefined;
    });
  }

  async setPaused(queue: string, reason: string | undefined): Promise<void> {
    const statement = "INSERT OR REPLACE INTO ledger_queues (queue, paused_by) VALUES (:queue, :reason)";
    await this.#database.write((transaction) => transaction.run(statement, { queue, reason: reason ?? null }));
  }
}

function addOne(transaction: SqliteTransaction, queue: string, entry: NewLedgerEntry): string {
  const { id, priority, record } = entry;
  const { now } = transaction;
  const dueAt = storedTime(entry.dueAt);
  if (transaction.get("SELECT 1 FROM ledger WHERE queue = :queue AND id = :id", { queue, id }) !== undefined) return id;
  const key = entry.key === undefined ? null : `k${storedKey(entry.key)}`;
  if (key !== null) {
    const alias = `i${storedKey(id)}`;
    const known = transaction.get(
      `SELECT id FROM ledger_keys WHERE queue = :queue AND key IN (:alias, :key)
         AND (kept_until IS NULL OR kept_until > :now) ORDER BY key = :key LIMIT 1`,
      { queue, alias, key, now },
    );
    const keptId = String(known?.["id"] ?? id);
    const keyUntil = entry.keyMs === undefined ? null : now + storedMs(entry.keyMs);
    const keptUntil = known === undefined ? keyUntil : Math.max(now, dueAt) + aliasMs;
    transaction.run("INSERT OR REPLACE INTO ledger_keys VALUES (:queue, :name, :keptId, :keptUntil)", {
      ...{ queue, keptId, keptUntil },
      name: known === undefined ? key : alias,
    });
    if (known !== undefined) return keptId;
  }
  transaction.run(
    `INSERT INTO ledger (queue, id, state, priority, due_at, created_at, changed_at, key, record)
     VALUES (:queue, :id, 'queued', :priority, :dueAt, :now, :now, :key, :record)`,
    { queue, id, priority, dueAt, now, key, record },
  );
  return id;
}

function changeOne(
  transaction: SqliteTransaction,
  queue: string,
  { id, where, set }: LedgerChange,
): LedgerEntry | undefined {
  const leaseMs = set.lease === undefined ? null : storedMs(set.lease.ms);
  const row = transaction.get(changeStatement, {
    queue,
    id,
    now: transaction.now,
    states: `,${where.states.join(",")},`,
    isOwner: where.owner ?? null,
    dueBy: where.dueBy ?? null,
    replaysBelow: where.replaysBelow ?? null,
    leaseOver: where.leaseOver ? 1 : 0,
    state: set.state,
    dueAt: set.dueAt === undefined ? null : storedTime(set.dueAt),
    owner: set.lease?.owner ?? null,
    leasedUntil: leaseMs === null ? null : transaction.now + leaseMs,
    leaseMs,
    tries: set.tries ?? 0,
    replays: set.replays ?? null,
    record: set.record ?? null,
    setsPayload: set.payload === undefined ? 0 : 1,
    payload: set.payload ?? null,
  });
  return row && entryOf(row);
}

/** Forgets a key that lasts as long as its entry. */
function forgetKey(transaction: SqliteTransaction, parameters: Parameters<SqliteTransaction["run"]>[1]): void {
  transaction.run(
    "DELETE FROM ledger_keys WHERE queue = :queue AND key = :key AND id = :id AND kept_until IS NULL",
    parameters,
  );
}

function forgetOldKeys(transaction: SqliteTransaction, queue: string, limit: number): number {
  return transaction.run(
    `DELETE FROM ledger_keys WHERE queue = :queue AND key IN (SELECT key FROM ledger_keys
       WHERE queue = :queue AND kept_until IS NOT NULL AND kept_until <= :now ORDER BY kept_until LIMIT :limit)`,
    { queue, now: transaction.now, limit },
  );
}
