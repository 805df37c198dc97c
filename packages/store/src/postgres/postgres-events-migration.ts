import { joinedMail } from "./postgres-joined-mail.ts";

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

/** Events are stored in the order of their keys: so no two calls wait for each other in a circle. */
export function eventsMigration(schema: string): string {
  return `
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
END $$;`;
}
