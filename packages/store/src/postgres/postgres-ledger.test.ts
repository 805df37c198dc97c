import { Pool } from "pg";
import { expect, test } from "vitest";
import { entries, findOne, minute, queue, settling, taking } from "../conformance/ledger-subject.ts";
import { dropSchema } from "../subjects.fixture.ts";
import { postgresUrl, uniqueName, whyNoServer } from "../test-servers.fixture.ts";
import { postgresStore } from "./postgres-store.ts";

const skip = await whyNoServer("PostgreSQL", postgresUrl, "postgres");

test.skipIf(skip)(
  "a connection that planned its statements on empty tables reads few rows on full ones",
  { timeout: 30_000 },
  async () => {
    const schema = uniqueName();
    const pool = new Pool({ connectionString: postgresUrl, max: 1 });
    const { ledger } = postgresStore({ client: pool, schema, timeoutMs: 30_000 });
    try {
      const all = entries(4_000).map((one, n) => (n % 2 === 0 ? { ...one, key: one.id, keyMs: minute } : one));
      for (let first = 0; first < all.length; first += 100) {
        const batch = all.slice(first, first + 100);
        await ledger.add(queue, batch);
        await ledger.change(
          queue,
          batch.map(({ id }) => taking(id, "one")),
        );
        await ledger.renew(
          queue,
          batch.map(({ id }) => id),
          "one",
          minute,
        );
        await ledger.change(
          queue,
          batch.map(({ id }) => settling(id, "one", { state: "sent" })),
        );
        await ledger.find(
          queue,
          batch.map(({ id }) => id),
        );
        await ledger.prune(queue, ["sent", "cancelled"], minute, 100);
        await ledger.list(queue, { state: "sent", limit: 10, after: batch[50]?.id ?? "" });
      }
      expect(await findOne(ledger, all[0]?.id ?? "")).toMatchObject({ state: "sent" });
      await pool.query("SELECT pg_stat_force_next_flush()");
      const { rows } = await pool.query(
        `SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE schemaname = $1)
         + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE schemaname = $1) AS read`,
        [schema],
      );
      const rowsRead = Number(rows[0]?.read);
      expect(rowsRead).toBeGreaterThan(3 * all.length);
      expect(rowsRead).toBeLessThan(30 * all.length);
    } finally {
      await pool.end();
      await dropSchema(schema);
    }
  },
);
