import type { Store } from "@mail/core";
import { Pool } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../conformance/eventually.ts";
import { event, mailTo } from "../conformance/tracking-subject.ts";
import { failure } from "../failure.fixture.ts";
import { dropSchema } from "../subjects.fixture.ts";
import { postgresUrl, uniqueName, whyNoServer } from "../test-servers.fixture.ts";
import { postgresStore } from "./index.ts";
import { migratePostgres } from "./migrate-postgres.ts";
import { postgresMigrations } from "./postgres-migrations.ts";

const minute = 60_000;
const by = (owner: string) => ({ owner, note: owner, leaseMs: minute, keepMs: 2 * minute });
const limit = { max: 2, perMs: 1_000 };
const bounced = (address: string) => ({ address, reason: "bounced", scope: "", at: 1 }) as const;

const skip = await whyNoServer("PostgreSQL", postgresUrl, "postgres");
const reason = skip === undefined ? "" : ` (${skip})`;

describe.skipIf(skip)(`what a store keeps in PostgreSQL${reason}`, { timeout: 30_000 }, () => {
  let pool: Pool;
  let schema: string;
  const stores: Store[] = [];

  beforeAll(() => {
    pool = new Pool({ connectionString: postgresUrl });
    pool.on("error", () => undefined);
  });
  afterAll(() => pool.end());

  beforeEach(() => {
    schema = uniqueName();
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    await dropSchema(schema);
  });

  function open(options: Parameters<typeof postgresStore>[0] = { client: pool }): ReturnType<typeof postgresStore> {
    const store = postgresStore({ schema, ...options });
    stores.push(store);
    return store;
  }

  /** The database, with connections that bear this test's name. */
  function namedUrl(): string {
    const url = new URL(postgresUrl);
    url.searchParams.set("application_name", schema);
    return url.href;
  }

  async function count(table: string): Promise<number> {
    const { rows } = await pool.query(`SELECT count(*)::int AS n FROM ${schema}.${table}`);
    return rows[0]?.n;
  }

  /** Sets PostgreSQL's clock back, as it were: what was written until now lies in the future. */
  async function setBack(): Promise<void> {
    const hour = "interval '1 hour'";
    await pool.query(`UPDATE ${schema}.claims SET leased_until = leased_until + ${hour},
      kept_until = kept_until + ${hour}, written_at = written_at + ${hour}`);
    await pool.query(`UPDATE ${schema}.limits SET paused_until = paused_until + ${hour},
      stale_at = stale_at + ${hour}, written_at = written_at + ${hour}`);
    await pool.query(`UPDATE ${schema}.limit_grants SET at = at + ${hour}`);
  }

  test.each(postgresMigrations.map((_, version) => version))(
    "a schema of version %i is brought up to date with what is in it",
    async (version) => {
      await migratePostgres(pool, schema, 5_000, postgresMigrations.slice(0, version));
      if (version > 0)
        await pool.query(
          `INSERT INTO ${schema}.claims VALUES ('k', 'a', 'note', 'done', now(), now() + '1 hour', now())`,
        );
      const store = open();
      expect(await store.claims.claim("k", by("b"))).toEqual(
        version > 0 ? { state: "settled", note: "note", result: "done" } : { state: "claimed" },
      );
      expect(await store.limits.take("k", limit, 1)).toBe(0);
      expect(await store.tracking.addEvents([event("a", "sent")])).toHaveLength(1);
      const { rows } = await pool.query(`SELECT version, name FROM ${schema}.migrations ORDER BY version`);
      expect(rows).toEqual(postgresMigrations.map(({ name }, index) => ({ version: index + 1, name })));
    },
  );

  test("a schema of a newer version is refused", async () => {
    const future = { name: "future", statements: (name: string) => `CREATE TABLE ${name}.future (x integer)` };
    await migratePostgres(pool, schema, 5_000, [...postgresMigrations, future]);
    const error = await failure(open().claims.claim("k", by("a")));
    expect(error).toMatchObject({ code: "configuration", field: "schema", hint: expect.stringContaining("Update") });
    expect(error.message).toContain("newer version");
  });

  test("a migration that fails leaves the schema as it was", async () => {
    await migratePostgres(pool, schema, 5_000, postgresMigrations.slice(0, 1));
    const broken = {
      name: "broken",
      statements: (name: string) => `CREATE TABLE ${name}.half (x integer); SELECT 1/0`,
    };
    const [first, ...rest] = postgresMigrations;
    if (first === undefined) throw new Error("there is none");
    await expect(migratePostgres(pool, schema, 5_000, [first, broken, ...rest])).rejects.toThrow("division by zero");
    expect(await count("migrations")).toBe(1);
    expect(await open().limits.take("k", limit, 1)).toBe(0);
  });

  test("many stores that are opened at the same moment make the schema once", async () => {
    const claims = Array.from({ length: 12 }, (_, n) => open({ url: postgresUrl }).claims.claim(`k${n}`, by("a")));
    for (const state of await Promise.all(claims)) expect(state).toEqual({ state: "claimed" });
    expect(await count("migrations")).toBe(postgresMigrations.length);
  });

  test("a user who may use the schema and not make it can use it", async () => {
    await open().claims.claim("k", by("a"));
    const user = `${schema.slice(0, 40)}_user`;
    await pool.query(`CREATE ROLE ${user} LOGIN`);
    try {
      const url = new URL(postgresUrl);
      url.username = user;
      const store = open({ url: url.href });
      const refused = await failure(store.claims.claim("k", by("b")));
      expect(refused).toMatchObject({ code: "configuration", field: "url", hint: expect.stringContaining("schema") });
      await pool.query(`GRANT USAGE ON SCHEMA ${schema} TO ${user}`);
      await pool.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${user}`);
      expect(await store.claims.claim("k", by("b"))).toEqual({ state: "held", note: "a" });
      expect(await store.limits.take("k", limit, 1)).toBe(0);
      await store.tracking.recordMails([mailTo("one", "ada@example.com")]);
      expect(await store.tracking.addEvents([event("a", "sent", { mailId: "one" })])).toHaveLength(1);
      expect(await store.tracking.prune(Date.now() * 2, 10)).toBe(1);
      expect(await store.suppressions.add([bounced("ada@example.com")])).toEqual([true]);
    } finally {
      await pool.query(`DROP OWNED BY ${user}; DROP ROLE ${user}`);
    }
  });

  test("a database or user that is not there is named as the URL's fault", async () => {
    for (const [part, name] of [
      ["pathname", "/no_such_database"],
      ["username", "no_such_user"],
    ] as const) {
      const url = new URL(postgresUrl);
      url[part] = name;
      expect(await failure(open({ url: url.href }).claims.claim("k", by("a")))).toMatchObject({
        code: "configuration",
        field: "url",
      });
    }
  });

  test("calls go on when the server ends their connections", async () => {
    const store = open({ url: namedUrl() });
    await store.claims.claim("k", by("a"));
    let ended = 0;
    for (let round = 0; round < 5; round++) {
      const calls = Array.from({ length: 10 }, (_, n) => store.claims.claim(`${round} ${n}`, by("a")));
      const { rowCount } = await pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
        [schema],
      );
      ended += rowCount ?? 0;
      for (const state of await Promise.all(calls)) expect(state).toEqual({ state: "claimed" });
    }
    expect(ended).toBeGreaterThan(5);
  });

  test("a row that somebody locks makes calls fail in time, and they work again afterwards", async () => {
    const store = open({ url: postgresUrl });
    const impatient = open({ url: postgresUrl, timeoutMs: 2_000 });
    await store.claims.claim("k", by("a"));
    await eventually(() => impatient.claims.claim("k", by("a"))).toEqual({ state: "claimed" });
    const client = await pool.connect();
    await client.query("BEGIN");
    await client.query(`SELECT * FROM ${schema}.claims FOR UPDATE`);
    expect(await failure(impatient.claims.claim("k", by("b")))).toMatchObject({ code: "unavailable" });
    expect(await store.claims.claim("another", by("b"))).toEqual({ state: "claimed" });
    await client.query("ROLLBACK");
    client.release();
    await eventually(() => impatient.claims.claim("k", by("b"))).toEqual({ state: "held", note: "a" });
  });

  test("no connection is left within a transaction", async () => {
    const store = open({ url: namedUrl() });
    await Promise.all(Array.from({ length: 50 }, (_, n) => store.claims.claim(`k${n}`, by("a"))));
    const { rows } = await pool.query("SELECT DISTINCT state FROM pg_stat_activity WHERE application_name = $1", [
      schema,
    ]);
    expect(rows).toEqual([{ state: "idle" }]);
  });

  test("a database whose transactions are repeatable reads by default is used all the same", async () => {
    const options = new URL(postgresUrl);
    options.searchParams.set("options", "-c default_transaction_isolation=serializable");
    const many = [open({ url: options.href }), open({ url: options.href })];
    const states = await Promise.all(Array.from({ length: 40 }, (_, n) => many[n % 2]?.claims.claim("k", by(`${n}`))));
    expect(states.filter((state) => state?.state === "claimed")).toHaveLength(1);
    const waits = await Promise.all(Array.from({ length: 20 }, (_, n) => many[n % 2]?.limits.take("k", limit, 1)));
    expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(2);
  });

  test("nothing is held for longer when the clock is set back", async () => {
    const store = open();
    await store.claims.claim("k", { ...by("a"), leaseMs: 200 });
    await store.limits.take("k", limit, 2);
    await store.limits.pause("paused", 200);
    await setBack();
    expect(await store.claims.claim("k", by("b"))).toEqual({ state: "held", note: "a" });
    const waitMs = await store.limits.take("k", limit, 1);
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(limit.perMs + 1);
    await eventually(() => store.claims.claim("k", by("b"))).toEqual({ state: "abandoned", note: "a" });
    await eventually(() => store.limits.take("paused", limit, 1)).toBe(0);
    await eventually(() => store.limits.take("k", limit, 2)).toBe(0);
  });

  test("what is out of date is removed by the calls that come later", async () => {
    const store = open();
    await store.claims.claim("k", by("a"));
    for (let n = 0; n < 5; n++) await store.limits.take("busy", { max: 1_000, perMs: minute }, 1);
    await pool.query(`INSERT INTO ${schema}.claims
      SELECT 'old ' || n, 'a', '', NULL, now() - '1 hour'::interval, now() - '1 hour'::interval, now() - '1 hour'::interval
      FROM generate_series(1, 300) n`);
    await pool.query(`INSERT INTO ${schema}.limits
      SELECT 'old ' || n, 4, now() - '1 hour'::interval, now() - '1 hour'::interval, now() - '1 hour'::interval
      FROM generate_series(1, 30) n`);
    await pool.query(`INSERT INTO ${schema}.limit_grants
      SELECT 'old ' || n, place, 1, now() - '1 hour'::interval FROM generate_series(1, 30) n, generate_series(1, 4) place`);
    for (let n = 0; n < 31; n++) {
      await store.claims.claim(`new ${n}`, by("a"));
      // On a fast machine some are refused, and those remove nothing.
      while ((await store.limits.take("busy", { max: 3, perMs: 1 }, 1)) > 0);
    }
    expect(await count("claims")).toBe(32);
    expect(await count("limits")).toBe(1);
    expect(await count("limit_grants")).toBeLessThanOrEqual(3);
  });

  test("the app's own pool stays open, and one that is closed is refused", async () => {
    const own = new Pool({ connectionString: postgresUrl });
    const store = open({ client: own });
    await store.claims.claim("k", by("a"));
    await store.close();
    expect((await own.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await own.end();
    expect(await failure(open({ client: own }).claims.claim("k", by("a")))).toMatchObject({
      code: "configuration",
      field: "client",
    });
  });
});
