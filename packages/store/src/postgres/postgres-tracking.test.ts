import type { TrackingStore } from "@mail/core";
import { Pool } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../conformance/eventually.ts";
import { countsBy, event, mailTo } from "../conformance/tracking-subject.ts";
import { failure } from "../failure.fixture.ts";
import { dropSchema } from "../subjects.fixture.ts";
import { postgresUrl, uniqueName, whyNoServer } from "../test-servers.fixture.ts";
import { postgresStore } from "./index.ts";

const skip = await whyNoServer("PostgreSQL", postgresUrl, "postgres");
const reason = skip === undefined ? "" : ` (${skip})`;

describe.skipIf(skip)(`mails and events in PostgreSQL${reason}`, { timeout: 30_000 }, () => {
  let pool: Pool;
  let schema: string;
  const stores: ReturnType<typeof postgresStore>[] = [];

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

  /** @param settings of the connection, as the URL takes them */
  function open(settings: Readonly<Record<string, string>> = {}, timeoutMs = 20_000): TrackingStore {
    const url = new URL(postgresUrl);
    for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value);
    const store = postgresStore({ schema, url: url.href, timeoutMs });
    stores.push(store);
    return store.tracking;
  }

  async function count(table: string): Promise<number> {
    const { rows } = await pool.query(`SELECT count(*)::int AS n FROM ${schema}.${table}`);
    return rows[0]?.n;
  }

  /** How many calls wait for a lock, of stores that are named like the schema. */
  async function waiting(): Promise<number> {
    const { rows } = await pool.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'",
      [schema],
    );
    return rows[0]?.n;
  }

  test("events are added once, and none is lost, when the server ends connections", async () => {
    const tracking = open({ application_name: schema });
    const all = Array.from({ length: 300 }, (_, n) => event(`${n}`, "opened", { mailId: `mail ${n % 50}`, at: n }));
    await tracking.addEvents(all.slice(0, 10));
    for (let round = 0; round < 5; round++) {
      const calls = [0, 1, 2].map((n) => tracking.addEvents(all.slice(round * 50 + n * 20, round * 50 + 100)));
      await pool.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", [schema]);
      await Promise.all(calls);
    }
    expect(await tracking.known(all)).not.toContain(false);
    expect(await count("tracked_events")).toBe(300);
    expect(await count("outcomes")).toBe(50);
  });

  test("what somebody locks makes events fail in time, wholly, and they are taken afterwards", async () => {
    const [tracking, impatient] = [open(), open({ application_name: schema }, 2_000)];
    const first = event("0", "opened", { mailId: "one", at: 5 });
    await tracking.addEvents([first]);
    const client = await pool.connect();
    await client.query("BEGIN");
    await client.query(`SELECT * FROM ${schema}.outcomes FOR UPDATE`);
    const others = [event("1", "opened", { mailId: "two" }), event("2", "opened", { mailId: "one" })];
    expect(await failure(impatient.addEvents(others))).toMatchObject({ code: "unavailable" });
    // The server may wait a moment longer than its client, and would store them when the lock is gone.
    await eventually(waiting).toBe(0);
    await client.query("ROLLBACK");
    client.release();
    expect(await tracking.known([...others, first])).toEqual([false, false, true]);
    expect(await tracking.addEvents(others)).toEqual(others);
  });

  test("a statement that the server stops leaves nothing half stored", async () => {
    await open().addEvents([]);
    await open().prune(0, 1);
    const many = Array.from({ length: 2_000 }, (_, n) => event(`${n}`, "opened", { mailId: `mail ${n}` }));
    const stopped = open({ options: "-c statement_timeout=1" });
    expect(await failure(stopped.addEvents(many))).toMatchObject({ code: "unavailable" });
    expect(await count("tracked_events")).toBe(0);
    expect(await count("outcomes")).toBe(0);
  });

  test("mails and events that are forgotten leave nothing behind", async () => {
    const tracking = open();
    await tracking.addEvents([event("early", "sent", { providerId: "p" }), event("alone", "sent")]);
    await tracking.recordMails([mailTo("one", ["ada@example.com", "bob@example.com"], { providerId: "p" })]);
    await tracking.addEvents([event("a", "sent", { mailId: "one" }), event("b", "sent", { messageId: "<b>" })]);
    expect(await tracking.prune(Date.now() * 2, 100)).toBe(4);
    for (const table of ["tracked_mails", "mail_names", "tracked_events", "tracked_batches", "outcomes"])
      expect(await count(table), table).toBe(0);
  });

  test("an event never waits for a mail of another, and a mail for no other's events", async () => {
    const [tracking, impatient] = [open(), open({ application_name: schema }, 2_000)];
    await tracking.addEvents([event("a", "sent", { mailId: "one" })]);
    const client = await pool.connect();
    await client.query("BEGIN");
    // As another process holds them in the middle of a call: of mail one alone.
    await client.query(`SELECT ${schema}.lock_names(ARRAY['m:one'], true)`);
    await tracking.addEvents([event("b", "sent", { mailId: "two" })]);
    await tracking.recordMails([mailTo("two", "ada@example.com")]);
    expect(await failure(impatient.addEvents([event("c", "sent", { mailId: "one" })]))).toMatchObject({
      code: "unavailable",
    });
    await client.query("ROLLBACK");
    client.release();
    // It may have been stored all the same, in the moment in which it was given up: then it is known.
    await tracking.addEvents([event("c", "sent", { mailId: "one" })]);
    expect((await tracking.events("one", 10)).map(({ id }) => id).toSorted()).toEqual(["a", "c"]);
  });

  test.each(["repeatable\\ read", "serializable"])(
    "mails and events find each other where %s is the default",
    async (level) => {
      const options = `-c default_transaction_isolation=${level}`;
      const [mails, events] = [open({ options }), open({ options })];
      const ids = Array.from({ length: 80 }, (_, n) => `mail ${n}`);
      await Promise.all(
        ids.flatMap((id) => [
          mails.recordMails([mailTo(id, "ada@example.com", { providerId: id })]),
          events.addEvents([event(id, "sent", { mailId: id }), event(`p ${id}`, "opened", { providerId: id })]),
        ]),
      );
      expect(await countsBy(events, "transport")).toEqual({ "relay sent": 80, "relay opened": 80 });
    },
  );
});
