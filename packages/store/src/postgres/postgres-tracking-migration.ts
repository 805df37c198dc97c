/** How many locks there are: calls about different mails seldom wait for each other, and none holds more than these. */
const buckets = 128;

/**
 * Times are milliseconds since 1970; `record` and `tags` are JSON. All that happened to a mail is kept under its key
 * `m:ID`, or a stand-in as long as nobody knows the mail. In mail_names stand the other names of a mail, once for each
 * recipient; provider_name and message_name are those of events that do not name their mail by its id.
 *
 * Whoever adds events of a mail shares a lock on each of its names, and whoever changes the mail or its names holds it
 * alone: so neither overlooks what the other is about to commit. The locks are taken in their order. A call sees what was
 * committed while it waited only at the level READ COMMITTED, which the procedures set. What they call looks for rows one
 * by one through indexes, whatever size the tables had when the plans were made.
 */
export function trackingMigration(schema: string): string {
  return `
CREATE TABLE ${schema}.tracked_mails (
  key text COLLATE "C" PRIMARY KEY,
  at bigint NOT NULL,
  transport text NOT NULL,
  tags text NOT NULL,
  only_recipient text,
  only_recipient_key text COLLATE "C",
  names text[] NOT NULL,
  record text NOT NULL
);
CREATE INDEX tracked_mails_at ON ${schema}.tracked_mails (at);
CREATE TABLE ${schema}.mail_names (
  name text COLLATE "C" NOT NULL,
  recipient_key text COLLATE "C" NOT NULL,
  mail text COLLATE "C" NOT NULL,
  PRIMARY KEY (name, recipient_key, mail)
);
CREATE TABLE ${schema}.tracked_batches (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE ${schema}.tracked_events (
  seq bigint PRIMARY KEY,
  key text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  mail text COLLATE "C" NOT NULL,
  recorded boolean NOT NULL,
  provider_name text COLLATE "C",
  message_name text COLLATE "C",
  recipient text,
  recipient_key text COLLATE "C",
  reason text,
  permanent boolean NOT NULL,
  tags text NOT NULL,
  record text NOT NULL
);
CREATE UNIQUE INDEX tracked_events_key ON ${schema}.tracked_events (key);
CREATE INDEX tracked_events_mail ON ${schema}.tracked_events (mail, at, seq);
CREATE INDEX tracked_events_type ON ${schema}.tracked_events (type, seq);
CREATE INDEX tracked_events_unrecorded ON ${schema}.tracked_events (at) WHERE NOT recorded;
CREATE INDEX tracked_events_provider_name ON ${schema}.tracked_events (provider_name) WHERE provider_name IS NOT NULL;
CREATE INDEX tracked_events_message_name ON ${schema}.tracked_events (message_name) WHERE message_name IS NOT NULL;
CREATE TABLE ${schema}.outcomes (
  mail text COLLATE "C" NOT NULL,
  recipient_key text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  permanent boolean NOT NULL,
  recipient text NOT NULL,
  reason text,
  transport text NOT NULL,
  domain text COLLATE "C" NOT NULL,
  tags text NOT NULL,
  PRIMARY KEY (mail, recipient_key, type)
);
CREATE INDEX outcomes_at ON ${schema}.outcomes (at);

CREATE FUNCTION ${schema}.domain_of(address text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT CASE WHEN strpos(address, '@') = 0 THEN '' ELSE substring(address FROM '[^@]*$') END $$;

CREATE FUNCTION ${schema}.lock_of(name text) RETURNS integer LANGUAGE sql IMMUTABLE AS
  $$ SELECT (hashtextextended(name, 0) & ${buckets - 1})::integer $$;

CREATE FUNCTION ${schema}.lock_names(names text[], alone boolean) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
  locks integer[] := ARRAY(SELECT DISTINCT ${schema}.lock_of(n) AS slot FROM unnest(names) n WHERE n IS NOT NULL ORDER BY slot);
  space integer := hashtext('@mail/store ${schema} tracking');
  slot integer;
BEGIN
  FOREACH slot IN ARRAY locks LOOP
    IF alone THEN PERFORM pg_advisory_xact_lock(space, slot); ELSE PERFORM pg_advisory_xact_lock_shared(space, slot); END IF;
  END LOOP;
  RETURN locks;
END $$;

-- Holds all locks alone.
CREATE FUNCTION ${schema}.lock_tracking() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR slot IN 0..${buckets - 1} LOOP
    PERFORM pg_advisory_xact_lock(hashtext('@mail/store ${schema} tracking'), slot);
  END LOOP;
END $$;

CREATE PROCEDURE ${schema}.begin_tracking(wait_ms float8) LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  END IF;
  PERFORM set_config('lock_timeout', ceil(wait_ms)::text, true);
END $$;

-- The only mail with this name and recipient, or with this name.
CREATE FUNCTION ${schema}.named_mail(p_name text, p_recipient_key text) RETURNS text LANGUAGE plpgsql STABLE
SET enable_seqscan = off AS $$
DECLARE
  first text;
  last text;
BEGIN
  IF p_name IS NULL THEN RETURN NULL; END IF;
  IF p_recipient_key IS NOT NULL THEN
    SELECT min(n.mail), max(n.mail) INTO first, last FROM ${schema}.mail_names n
      WHERE n.name = p_name AND n.recipient_key = p_recipient_key;
  END IF;
  IF first IS NULL THEN
    SELECT min(n.mail), max(n.mail) INTO first, last FROM ${schema}.mail_names n WHERE n.name = p_name;
  END IF;
  RETURN CASE WHEN first = last THEN first END;
END $$;`;
}
