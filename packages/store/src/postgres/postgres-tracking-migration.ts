/** How many locks there are: calls about different mails seldom wait for each other, and none holds more than these. */
const buckets = 128;

/**
 * The outcomes of events, which `from` names e. The first counts; of the texts, that of the one which was stored first.
 */
const outcomesFrom = (schema: string, from: string): string => `
  SELECT e.mail, coalesce(e.recipient_key, m.only_recipient_key, '') AS recipient_key, e.type, min(e.at) AS at,
    bool_or(e.permanent) AS permanent,
    (array_agg(coalesce(e.recipient, m.only_recipient, '') ORDER BY e.seq))[1] AS recipient,
    (array_agg(e.reason ORDER BY e.at, e.seq))[1] AS reason,
    coalesce(m.transport, '') AS transport,
    ${schema}.domain_of(coalesce(e.recipient_key, m.only_recipient_key, '')) AS domain,
    coalesce(nullif(m.tags, '[]'), (array_agg(e.tags ORDER BY e.seq))[1]) AS tags
  FROM ${from}
  LEFT JOIN LATERAL (SELECT * FROM ${schema}.tracked_mails t WHERE t.key = e.mail OFFSET 0) m ON true
  GROUP BY 1, 2, 3, m.transport, m.tags ORDER BY 1, 2, 3`;

const joinedMail = (schema: string, event: string): string =>
  `coalesce(${schema}.named_mail(${event}.provider_name, ${event}.recipient_key),
    ${schema}.named_mail(${event}.message_name, ${event}.recipient_key))`;

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
END $$;

CREATE FUNCTION ${schema}.store_events(keys text[], types text[], ats bigint[], own_mails text[], stand_ins text[],
  provider_names text[], message_names text[], recipients text[], recipient_keys text[], reasons text[],
  permanents boolean[], all_tags text[], records text[], OUT places integer[], OUT mails text[])
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  batch bigint;
  locks integer[];
  joined text[];
BEGIN
  locks := ${schema}.lock_names(own_mails || provider_names || message_names || ARRAY(
    SELECT ${joinedMail(schema, "e")} FROM unnest(own_mails, provider_names, message_names, recipient_keys)
      AS e (own_mail, provider_name, message_name, recipient_key)
    WHERE e.own_mail IS NULL), false);
  INSERT INTO ${schema}.tracked_batches DEFAULT VALUES RETURNING id INTO batch;
  DELETE FROM ${schema}.tracked_batches b WHERE b.id = batch;
  WITH given AS (
    SELECT DISTINCT ON (g.key) * FROM unnest(keys, types, ats, own_mails, stand_ins, provider_names, message_names,
      recipients, recipient_keys, reasons, permanents, all_tags, records) WITH ORDINALITY AS g (key, type, at, own_mail,
      stand_in, provider_name, message_name, recipient, recipient_key, reason, permanent, tags, record, place)
    ORDER BY g.key, g.place
  ), named AS (
    SELECT g.*, coalesce(g.own_mail, ${joinedMail(schema, "g")}, g.stand_in) AS mail FROM given g
  ), added AS (
    INSERT INTO ${schema}.tracked_events (seq, key, type, at, mail, recorded, provider_name, message_name, recipient,
      recipient_key, reason, permanent, tags, record)
    SELECT (batch << 20) + n.place, n.key, n.type, n.at, n.mail, m.key IS NOT NULL, n.provider_name, n.message_name,
      n.recipient, n.recipient_key, n.reason, n.permanent, n.tags, n.record
    FROM named n
    LEFT JOIN LATERAL (SELECT t.key FROM ${schema}.tracked_mails t WHERE t.key = n.mail OFFSET 0) m ON true
    ORDER BY n.key
    ON CONFLICT (key) DO NOTHING
    RETURNING seq, type, at, mail, recipient, recipient_key, reason, permanent, tags
  ), counted AS (
    INSERT INTO ${schema}.outcomes AS o (mail, recipient_key, type, at, permanent, recipient, reason, transport, domain, tags)
    ${outcomesFrom(schema, "added e")}
    ON CONFLICT (mail, recipient_key, type) DO UPDATE SET
      reason = CASE WHEN excluded.at < o.at THEN excluded.reason ELSE o.reason END,
      at = least(o.at, excluded.at), permanent = o.permanent OR excluded.permanent
    WHERE excluded.at < o.at OR excluded.permanent > o.permanent
  )
  SELECT array_agg((a.seq - (batch << 20))::integer ORDER BY a.seq), array_agg(m.record ORDER BY a.seq), array_agg(m.key)
  INTO places, mails, joined FROM added a
  LEFT JOIN LATERAL (SELECT t.key, t.record FROM ${schema}.tracked_mails t WHERE t.key = a.mail OFFSET 0) m ON true;
  IF EXISTS (SELECT FROM unnest(joined) j WHERE j IS NOT NULL AND NOT ${schema}.lock_of(j) = ANY (locks)) THEN
    RAISE EXCEPTION 'A mail was recorded in between.' USING ERRCODE = 'serialization_failure';
  END IF;
END $$;

CREATE PROCEDURE ${schema}.add_events(keys text[], types text[], ats bigint[], own_mails text[], stand_ins text[],
  provider_names text[], message_names text[], recipients text[], recipient_keys text[], reasons text[],
  permanents boolean[], all_tags text[], records text[], wait_ms float8, INOUT places integer[], INOUT mails text[])
LANGUAGE plpgsql AS $$
BEGIN
  CALL ${schema}.begin_tracking(wait_ms);
  SELECT s.places, s.mails INTO places, mails FROM ${schema}.store_events(keys, types, ats, own_mails, stand_ins,
    provider_names, message_names, recipients, recipient_keys, reasons, permanents, all_tags, records) s;
END $$;

-- Makes the outcomes of mails anew from their events.
CREATE FUNCTION ${schema}.remake_outcomes(keys text[]) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  UPDATE ${schema}.tracked_events e SET recorded = NOT e.recorded
    FROM unnest(keys) k (key)
    WHERE e.mail = k.key AND e.recorded <> EXISTS (SELECT FROM ${schema}.tracked_mails t WHERE t.key = k.key);
  DELETE FROM ${schema}.outcomes o USING unnest(keys) k (key) WHERE o.mail = k.key;
  INSERT INTO ${schema}.outcomes (mail, recipient_key, type, at, permanent, recipient, reason, transport, domain, tags)
  ${outcomesFrom(
    schema,
    `unnest(keys) k (key) CROSS JOIN LATERAL (SELECT * FROM ${schema}.tracked_events v WHERE v.mail = k.key OFFSET 0) e`,
  )};
END $$;

CREATE FUNCTION ${schema}.has_events_named(names text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM unnest(names) n (name) WHERE
    EXISTS (SELECT FROM ${schema}.tracked_events e WHERE e.provider_name = n.name)
    OR EXISTS (SELECT FROM ${schema}.tracked_events e WHERE e.message_name = n.name)) $$;

-- Stores those that are known as expected, and answers with what is known of the others. Names come with their mails
-- and recipients.
CREATE FUNCTION ${schema}.store_mails(keys text[], expected text[], ats bigint[], transports text[], all_tags text[],
  only_recipients text[], only_recipient_keys text[], records text[], named_mails text[], names text[],
  recipient_keys text[], OUT other_keys text[], OUT other_records text[])
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  own_names text[] := keys || names || ARRAY(
    SELECT unnest(m.names) FROM unnest(keys) k (key) JOIN ${schema}.tracked_mails m ON m.key = k.key);
  early boolean := ${schema}.has_events_named(own_names);
  touched text[];
BEGIN
  -- Events that are joined anew may leave another mail, or go to one.
  IF early THEN PERFORM ${schema}.lock_tracking(); ELSE PERFORM ${schema}.lock_names(own_names, true); END IF;
  IF NOT early AND ${schema}.has_events_named(own_names) THEN
    RAISE EXCEPTION 'Events came in between.' USING ERRCODE = 'serialization_failure';
  END IF;
  SELECT array_agg(m.key), array_agg(m.record) INTO other_keys, other_records
    FROM unnest(keys, expected) k (key, record) JOIN ${schema}.tracked_mails m ON m.key = k.key
    WHERE m.record IS DISTINCT FROM k.record;
  touched := ARRAY(SELECT k FROM unnest(keys) k WHERE k <> ALL (coalesce(other_keys, '{}')));
  INSERT INTO ${schema}.tracked_mails AS m
  SELECT k.key, k.at, k.transport, k.tags, k.only_recipient, k.only_recipient_key,
    ARRAY(SELECT DISTINCT n.name FROM unnest(named_mails, names) n (mail, name) WHERE n.mail = k.key), k.record
  FROM unnest(keys, ats, transports, all_tags, only_recipients, only_recipient_keys, records)
    AS k (key, at, transport, tags, only_recipient, only_recipient_key, record)
  WHERE k.key = ANY (touched)
  ON CONFLICT (key) DO UPDATE SET at = excluded.at, transport = excluded.transport, tags = excluded.tags,
    only_recipient = excluded.only_recipient, only_recipient_key = excluded.only_recipient_key, names = excluded.names,
    record = excluded.record;
  INSERT INTO ${schema}.mail_names (name, recipient_key, mail)
  SELECT n.name, n.recipient_key, n.mail FROM unnest(named_mails, names, recipient_keys) n (mail, name, recipient_key)
  WHERE n.mail = ANY (touched) ON CONFLICT DO NOTHING;
  IF early THEN
    WITH moved AS (
      UPDATE ${schema}.tracked_events e SET mail = n.mail FROM (
        SELECT v.seq, v.mail AS mail_before, coalesce(${joinedMail(schema, "v")}, v.provider_name, v.message_name) AS mail
        FROM (SELECT DISTINCT unnest(names)) n (name) CROSS JOIN LATERAL (
          SELECT * FROM ${schema}.tracked_events p WHERE p.provider_name = n.name
          UNION ALL SELECT * FROM ${schema}.tracked_events p WHERE p.message_name = n.name) v) n
      WHERE e.seq = n.seq AND e.mail <> n.mail RETURNING n.mail_before, n.mail)
    SELECT touched || coalesce(array_agg(moved.mail), '{}') || coalesce(array_agg(mail_before), '{}') INTO touched FROM moved;
  END IF;
  touched := ARRAY(SELECT DISTINCT k FROM unnest(touched) k
    WHERE EXISTS (SELECT FROM ${schema}.tracked_events e WHERE e.mail = k)
      OR EXISTS (SELECT FROM ${schema}.outcomes o WHERE o.mail = k));
  IF touched <> '{}' THEN PERFORM ${schema}.remake_outcomes(touched); END IF;
END $$;

CREATE PROCEDURE ${schema}.record_mails(keys text[], expected text[], ats bigint[], transports text[], all_tags text[],
  only_recipients text[], only_recipient_keys text[], records text[], named_mails text[], names text[],
  recipient_keys text[], wait_ms float8, INOUT other_keys text[], INOUT other_records text[])
LANGUAGE plpgsql AS $$
BEGIN
  CALL ${schema}.begin_tracking(wait_ms);
  SELECT s.other_keys, s.other_records INTO other_keys, other_records FROM ${schema}.store_mails(keys, expected, ats,
    transports, all_tags, only_recipients, only_recipient_keys, records, named_mails, names, recipient_keys) s;
END $$;

CREATE FUNCTION ${schema}.forget_mails(p_before bigint, p_limit bigint) RETURNS bigint LANGUAGE plpgsql
SET enable_seqscan = off AS $$
DECLARE
  old text[] := ARRAY(SELECT m.key FROM ${schema}.tracked_mails m WHERE m.at < p_before ORDER BY m.at LIMIT p_limit);
  events bigint;
  unrecorded text[];
BEGIN
  DELETE FROM ${schema}.tracked_events e WHERE e.seq IN (
    SELECT v.seq FROM unnest(old) WITH ORDINALITY k (key, place)
      CROSS JOIN LATERAL (SELECT o.seq FROM ${schema}.tracked_events o WHERE o.mail = k.key OFFSET 0) v
      ORDER BY k.place LIMIT p_limit);
  GET DIAGNOSTICS events = ROW_COUNT;
  old := ARRAY(SELECT k FROM unnest(old) k WHERE NOT EXISTS (SELECT FROM ${schema}.tracked_events e WHERE e.mail = k));
  DELETE FROM ${schema}.outcomes o USING unnest(old) k (key) WHERE o.mail = k.key;
  DELETE FROM ${schema}.mail_names n USING unnest(old) k (key), ${schema}.tracked_mails m
    WHERE m.key = k.key AND n.name = ANY (m.names) AND n.mail = m.key;
  DELETE FROM ${schema}.tracked_mails m USING unnest(old) k (key) WHERE m.key = k.key;
  WITH gone AS (
    DELETE FROM ${schema}.tracked_events e WHERE e.seq IN (
      SELECT o.seq FROM ${schema}.tracked_events o WHERE NOT o.recorded AND o.at < p_before
      ORDER BY o.at LIMIT p_limit - events)
    RETURNING e.mail)
  SELECT events + count(*), array_agg(DISTINCT gone.mail) INTO events, unrecorded FROM gone;
  IF unrecorded <> '{}' THEN PERFORM ${schema}.remake_outcomes(unrecorded); END IF;
  RETURN greatest(events, cardinality(old));
END $$;

CREATE PROCEDURE ${schema}.prune_tracking(p_before bigint, p_limit bigint, wait_ms float8, INOUT forgotten bigint)
LANGUAGE plpgsql AS $$
BEGIN
  CALL ${schema}.begin_tracking(wait_ms);
  PERFORM ${schema}.lock_tracking();
  forgotten := ${schema}.forget_mails(p_before, p_limit);
END $$;`;
}
