/** Keys are what addresses and scopes are compared by; times are milliseconds since 1970. */
export const suppressionsSchema: string = `
  CREATE TABLE suppressions (
    address_key TEXT NOT NULL,
    reason TEXT NOT NULL,
    scope_key TEXT NOT NULL,
    address TEXT NOT NULL,
    scope TEXT NOT NULL,
    at INTEGER NOT NULL,
    expires_at INTEGER,
    note TEXT,
    mail_id TEXT,
    PRIMARY KEY (address_key, reason, scope_key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX suppressions_reason ON suppressions (reason, address_key, scope_key, expires_at);
  CREATE INDEX suppressions_expires_at ON suppressions (expires_at) WHERE expires_at IS NOT NULL;`;
