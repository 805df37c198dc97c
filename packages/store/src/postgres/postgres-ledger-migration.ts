/**
 * Times are milliseconds since 1970. The indexes are for lists by id, for what is due, for pruning and for the rates. In
 * ledger_keys stand keys, as `k` and the key, and duplicates, as `i` and their id, with the id that counts.
 */
export function ledgerMigration(schema: string): string {
  return `
CREATE TABLE ${schema}.ledger (
  queue text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  state text NOT NULL,
  priority integer NOT NULL,
  due_at bigint NOT NULL,
  created_at bigint NOT NULL,
  changed_at bigint NOT NULL,
  owner text,
  leased_until bigint,
  lease_ms bigint NOT NULL DEFAULT 0,
  tries integer NOT NULL DEFAULT 0,
  replays integer NOT NULL DEFAULT 0,
  key text,
  record text NOT NULL,
  payload bytea,
  PRIMARY KEY (queue, id)
);
CREATE INDEX ledger_state ON ${schema}.ledger (queue, state, id, due_at);
CREATE INDEX ledger_due ON ${schema}.ledger (queue, due_at) WHERE state = 'queued';
CREATE INDEX ledger_changed ON ${schema}.ledger (queue, state, changed_at)
  WHERE state IN ('sent', 'cancelled', 'dead', 'unknown');
CREATE INDEX ledger_created ON ${schema}.ledger (queue, created_at);
CREATE TABLE ${schema}.ledger_keys (
  queue text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  kept_until bigint,
  PRIMARY KEY (queue, key)
);
CREATE INDEX ledger_keys_kept_until ON ${schema}.ledger_keys (queue, kept_until) WHERE kept_until IS NOT NULL;
CREATE TABLE ${schema}.ledger_queues (queue text COLLATE "C" PRIMARY KEY, paused_by text);

CREATE FUNCTION ${schema}.now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS
  'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint';`;
}
