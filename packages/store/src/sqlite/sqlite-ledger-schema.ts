/** As the partial index has it, word for word: only then SQLite uses it (sqlite.org, Partial Indexes, section 3). */
export const isSettled = "state IN ('sent', 'cancelled', 'dead', 'unknown')";

/**
 * Times are milliseconds since 1970. The indexes are for lists by id, for what is due, for pruning and for the rates.
 * In ledger_keys stand keys, as `k` and the key, and duplicates, as `i` and their id, with the id that counts.
 */
export const ledgerSchema: string = `
  CREATE TABLE ledger (
    queue TEXT NOT NULL,
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    priority INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    owner TEXT,
    leased_until INTEGER,
    lease_ms INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    replays INTEGER NOT NULL DEFAULT 0,
    key TEXT,
    record TEXT NOT NULL,
    payload BLOB,
    PRIMARY KEY (queue, id)
  ) STRICT;
  CREATE INDEX ledger_state ON ledger (queue, state, id, due_at);
  CREATE INDEX ledger_due ON ledger (queue, due_at) WHERE state = 'queued';
  CREATE INDEX ledger_changed ON ledger (queue, state, changed_at)
    WHERE ${isSettled};
  CREATE INDEX ledger_created ON ledger (queue, created_at);
  CREATE TABLE ledger_keys (
    queue TEXT NOT NULL,
    key TEXT NOT NULL,
    id TEXT NOT NULL,
    kept_until INTEGER,
    PRIMARY KEY (queue, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX ledger_keys_kept_until ON ledger_keys (queue, kept_until) WHERE kept_until IS NOT NULL;
  CREATE TABLE ledger_queues (queue TEXT PRIMARY KEY, paused_by TEXT) STRICT, WITHOUT ROWID;`;
