/** "maqu" in ASCII: `PRAGMA application_id` of our files (sqlite.org, Database File Format, section 1.3.14). */
export const applicationId = 0x6d617175;

export const priorities: readonly number[] = [0, 1, 2];

/**
 * What makes each version of the schema from the one before; `user_version` counts them. Never change one: add another.
 * Payloads have a table of their own, so that a change of state does not write a large mail again.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE mail (
     seq INTEGER PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'unknown', 'dead', 'cancelled')),
     priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 2),
     due_at INTEGER NOT NULL,
     created_at INTEGER NOT NULL,
     changed_at INTEGER NOT NULL,
     tries INTEGER NOT NULL,
     owner TEXT,
     leased_until INTEGER,
     lease_ms INTEGER,
     record TEXT NOT NULL
   ) STRICT;
   CREATE INDEX mail_due ON mail (priority, due_at, id) WHERE state = 'queued';
   CREATE INDEX mail_lease ON mail (leased_until) WHERE state = 'sending';
   CREATE INDEX mail_kept ON mail (state, id) WHERE state IN ('unknown', 'dead', 'cancelled');
   CREATE TABLE payload (
     seq INTEGER PRIMARY KEY,
     body BLOB NOT NULL
   ) STRICT;
   CREATE TABLE mail_key (
     key TEXT PRIMARY KEY,
     id TEXT NOT NULL,
     kept_until INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX mail_key_kept_until ON mail_key (kept_until);
   CREATE TABLE rate (
     second INTEGER PRIMARY KEY,
     added INTEGER NOT NULL,
     sent INTEGER NOT NULL,
     dead INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE pause (
     only INTEGER PRIMARY KEY CHECK (only = 1),
     reason TEXT NOT NULL
   ) STRICT;`,
];
