/**
 * Times are milliseconds since 1970; `record` is JSON. All that happened to a mail is kept under its key `m:ID`, or a
 * stand-in as long as nobody knows the mail. In mail_names stand the other names of a mail, once for each recipient;
 * provider_name and message_name are those of events that do not name their mail by its id. The indexes are for joining,
 * timelines, lists by type, pruning and counts; outcomes_at holds all that is counted by.
 */
export const trackingSchema: string = `
  CREATE TABLE tracked_mails (
    key TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tracked_mails_at ON tracked_mails (at);
  CREATE TABLE mail_names (
    name TEXT NOT NULL,
    recipient_key TEXT NOT NULL,
    mail TEXT NOT NULL,
    PRIMARY KEY (name, recipient_key, mail)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE tracked_events (
    seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    mail TEXT NOT NULL,
    recorded INTEGER NOT NULL,
    provider_name TEXT,
    message_name TEXT,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX tracked_events_mail ON tracked_events (mail, at);
  CREATE INDEX tracked_events_type ON tracked_events (type);
  CREATE INDEX tracked_events_unrecorded ON tracked_events (at) WHERE recorded = 0;
  CREATE INDEX tracked_events_provider_name ON tracked_events (provider_name) WHERE provider_name IS NOT NULL;
  CREATE INDEX tracked_events_message_name ON tracked_events (message_name) WHERE message_name IS NOT NULL;
  CREATE TABLE outcomes (
    mail TEXT NOT NULL,
    recipient_key TEXT NOT NULL,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    permanent INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    reason TEXT,
    transport TEXT NOT NULL,
    domain TEXT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (mail, recipient_key, type)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX outcomes_at ON outcomes (at, type, permanent, transport, domain, tags);`;
