import { misconfigured } from "@mail/core";
import type { Pool, PoolClient } from "pg";
import { type PostgresMigration, postgresMigrations } from "./postgres-migrations.ts";

/**
 * Makes the schema or brings it up to date, whoever else does so at the same moment.
 * @param waitMs longest wait for another process that does so
 * @throws MailError `configuration` where the schema was made by a newer version
 */
export async function migratePostgres(
  pool: Pool,
  schema: string,
  waitMs: number,
  migrations: readonly PostgresMigration[] = postgresMigrations,
): Promise<void> {
  const client = await pool.connect();
  let broken = true;
  try {
    // Most often there is nothing to do, and then no right to make tables is needed.
    if ((await versionOf(client, schema, migrations.length)) < migrations.length)
      await migrate(client, schema, waitMs, migrations);
    broken = false;
  } finally {
    // A connection on which something failed is closed, whatever state its transaction is in.
    client.release(broken);
  }
}

async function migrate(
  client: PoolClient,
  schema: string,
  waitMs: number,
  migrations: readonly PostgresMigration[],
): Promise<void> {
  await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
  await client.query("SELECT set_config('lock_timeout', $1, true)", [String(waitMs)]);
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`@mail/store ${schema}`]);
  await client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
  await client.query(`CREATE TABLE IF NOT EXISTS "${schema}".migrations (
    version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())`);
  const applied = await versionOf(client, schema, migrations.length);
  for (const [index, { name, statements }] of migrations.entries()) {
    if (index < applied) continue;
    await client.query(statements(`"${schema}"`));
    await client.query(`INSERT INTO "${schema}".migrations (version, name) VALUES ($1, $2)`, [index + 1, name]);
  }
  await client.query("COMMIT");
}

async function versionOf(client: PoolClient, schema: string, known: number): Promise<number> {
  const table = await client.query<{ readonly found: boolean }>("SELECT to_regclass($1) IS NOT NULL AS found", [
    `"${schema}".migrations`,
  ]);
  if (table.rows[0]?.found !== true) return 0;
  const { rows } = await client.query<{ readonly version: number | null }>(
    `SELECT max(version) AS version FROM "${schema}".migrations`,
  );
  const version = rows[0]?.version ?? 0;
  if (version <= known) return version;
  throw misconfigured(
    "schema",
    `${schema} was made by a newer version of @mail/store (it is at ${version}, this one knows ${known})`,
    "Update @mail/store in this app, or give it a schema of its own.",
  );
}
