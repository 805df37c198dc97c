import { DatabaseSync } from "node:sqlite";
import { Pool } from "pg";
import type { StorePlace } from "../../tracking/event-place.ts";
import type { Post } from "./loads.ts";
import type { Target } from "./through-tracker.ts";

/** The least that keeping events once takes: their ids and texts in one table, a post in one transaction, synced. */
export async function bareInsert(place: StorePlace): Promise<Target> {
  return place.kind === "sqlite" ? bareSqlite(place.file) : await barePostgres(place.url, place.schema);
}

function bareSqlite(file: string): Target {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
  database.exec("CREATE TABLE event (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID");
  const insert = database.prepare("INSERT INTO event (id, body) VALUES (?, ?) ON CONFLICT DO NOTHING");
  return {
    async take({ rows }: Post) {
      database.exec("BEGIN IMMEDIATE");
      for (const [id, json] of rows) insert.run(id, json);
      database.exec("COMMIT");
    },
    close: async () => database.close(),
  };
}

async function barePostgres(url: string, schema: string): Promise<Target> {
  const pool = new Pool({ connectionString: url, max: 10 });
  await pool.query(`CREATE SCHEMA ${schema}`);
  await pool.query(`CREATE TABLE ${schema}.event (id text PRIMARY KEY, body text NOT NULL)`);
  const insert = `INSERT INTO ${schema}.event (id, body) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING`;
  return {
    async take({ rows }: Post) {
      await pool.query({
        name: "insert",
        text: insert,
        values: [rows.map(([id]) => id), rows.map(([, json]) => json)],
      });
    },
    close: () => pool.end(),
  };
}
