/** Keys are what addresses and scopes are compared by; times are milliseconds since 1970. */
export function suppressionsMigration(schema: string): string {
  return `
CREATE TABLE ${schema}.suppressions (
  address_key text COLLATE "C" NOT NULL,
  reason text COLLATE "C" NOT NULL,
  scope_key text COLLATE "C" NOT NULL,
  address text NOT NULL,
  scope text NOT NULL,
  at bigint NOT NULL,
  expires_at bigint,
  note text,
  mail_id text,
  PRIMARY KEY (address_key, reason, scope_key)
);
CREATE INDEX suppressions_reason ON ${schema}.suppressions (reason, address_key, scope_key, expires_at);
CREATE INDEX suppressions_expires_at ON ${schema}.suppressions (expires_at) WHERE expires_at IS NOT NULL;

-- The places, from 1 on, of those that were not there. No key comes twice; all lock in the order of the keys.
CREATE FUNCTION ${schema}.add_suppressions(address_keys text[], reasons text[], scope_keys text[], addresses text[],
  scopes text[], ats bigint[], expire_ats bigint[], notes text[], mail_ids text[], wait_ms float8)
RETURNS SETOF integer LANGUAGE plpgsql AS $$
DECLARE
  time bigint := ${schema}.now_ms();
BEGIN
  PERFORM set_config('lock_timeout', ceil(wait_ms)::text, true);
  DELETE FROM ${schema}.suppressions s WHERE (s.address_key, s.reason, s.scope_key) IN (
    SELECT o.address_key, o.reason, o.scope_key FROM ${schema}.suppressions o
      WHERE o.expires_at <= time ORDER BY o.expires_at LIMIT 100 FOR UPDATE SKIP LOCKED);
  PERFORM FROM unnest(address_keys, reasons, scope_keys) AS k (address_key, reason, scope_key)
    CROSS JOIN LATERAL (SELECT FROM ${schema}.suppressions s WHERE s.address_key = k.address_key
      AND s.reason = k.reason AND s.scope_key = k.scope_key FOR UPDATE) s;
  RETURN QUERY
  WITH entries AS (
    SELECT * FROM unnest(address_keys, reasons, scope_keys, addresses, scopes, ats, expire_ats, notes, mail_ids)
      WITH ORDINALITY AS e (address_key, reason, scope_key, address, scope, at, expires_at, note, mail_id, place)
    WHERE e.expires_at IS NULL OR e.expires_at > time
  ), ended AS (
    SELECT e.place FROM entries e JOIN ${schema}.suppressions s USING (address_key, reason, scope_key)
    WHERE s.expires_at <= time
  ), added AS (
    INSERT INTO ${schema}.suppressions AS s
    SELECT e.address_key, e.reason, e.scope_key, e.address, e.scope, e.at, e.expires_at, e.note, e.mail_id
    FROM entries e ORDER BY e.place
    ON CONFLICT (address_key, reason, scope_key) DO UPDATE SET
      address = excluded.address, scope = excluded.scope, at = excluded.at, expires_at = excluded.expires_at,
      note = excluded.note, mail_id = excluded.mail_id
    WHERE s.expires_at IS NOT NULL AND (excluded.expires_at IS NULL OR excluded.expires_at > s.expires_at)
    RETURNING s.address_key, s.reason, s.scope_key, s.xmax = 0 AS is_new
  )
  SELECT e.place::integer FROM entries e LEFT JOIN added a USING (address_key, reason, scope_key)
  WHERE a.is_new OR e.place IN (SELECT ended.place FROM ended);
END $$;`;
}
