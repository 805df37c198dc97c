import { joinedMail } from "./postgres-joined-mail.ts";

/** Mails are recorded, and the events that came before joined; both are forgotten together. */
export function mailsMigration(schema: string): string {
  return `
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
  touched := ARRAY(SELECT unnest(keys) EXCEPT SELECT unnest(other_keys));
  INSERT INTO ${schema}.tracked_mails AS m
  SELECT k.key, k.at, k.transport, k.tags, k.only_recipient, k.only_recipient_key, coalesce(n.names, '{}'), k.record
  FROM unnest(keys, ats, transports, all_tags, only_recipients, only_recipient_keys, records)
    AS k (key, at, transport, tags, only_recipient, only_recipient_key, record)
  JOIN unnest(touched) t (key) ON t.key = k.key
  LEFT JOIN (SELECT u.mail, array_agg(DISTINCT u.name) AS names FROM unnest(named_mails, names) u (mail, name)
    GROUP BY u.mail) n ON n.mail = k.key
  ON CONFLICT (key) DO UPDATE SET at = excluded.at, transport = excluded.transport, tags = excluded.tags,
    only_recipient = excluded.only_recipient, only_recipient_key = excluded.only_recipient_key, names = excluded.names,
    record = excluded.record;
  INSERT INTO ${schema}.mail_names (name, recipient_key, mail)
  SELECT n.name, n.recipient_key, n.mail FROM unnest(named_mails, names, recipient_keys) n (mail, name, recipient_key)
  JOIN unnest(touched) t (key) ON t.key = n.mail ON CONFLICT DO NOTHING;
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
