import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Store } from "@mail/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { eventually } from "../conformance/eventually.ts";
import { event } from "../conformance/tracking-subject.ts";
import { failure } from "../failure.fixture.ts";
import { sqliteStore } from "./index.ts";
import { sqliteMigrations } from "./sqlite-migrations.ts";
import { openSqlite } from "./sqlite-open.ts";

const minute = 60_000;
const bounced = (address: string) => ({ address, reason: "bounced", scope: "", at: 1 }) as const;
const by = (owner: string) => ({ owner, note: owner, leaseMs: minute, keepMs: minute });

let folder: string;
let file: string;
const opened: Store[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mail-store-"));
  file = join(folder, "mail.db");
});

afterEach(async () => {
  vi.useRealTimers();
  for (const store of opened.splice(0)) await store.close();
  rmSync(folder, { recursive: true });
});

function open(options: Partial<Parameters<typeof sqliteStore>[0]> = {}): ReturnType<typeof sqliteStore> {
  const store = sqliteStore({ file, ...options });
  opened.push(store);
  return store;
}

/** Looks into the file beside the store. */
function look(query: string): Record<string, unknown> | undefined {
  const database = new DatabaseSync(file);
  try {
    return { ...database.prepare(query).get() };
  } finally {
    database.close();
  }
}

test("the file keeps what was committed through a loss of power, for its owner alone", async () => {
  await open().claims.claim("k", by("a"));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600);
  expect(look("PRAGMA journal_mode")).toEqual({ journal_mode: "wal" });
  const database = await openSqlite(file);
  expect({ ...database.prepare("PRAGMA synchronous").get() }).toEqual({ synchronous: 2 });
  database.close();
});

test("another program's database is left as it is", async () => {
  const other = new DatabaseSync(file);
  other.exec("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
  other.close();
  const before = readFileSync(file);
  const error = await failure(open().claims.claim("k", by("a")));
  expect(error).toMatchObject({ code: "configuration", field: "file" });
  expect(error.message).toContain("another program");
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(existsSync(`${file}-wal`)).toBe(false);
});

test("a file that is no database is left as it is", async () => {
  const text = "Dear diary, ".repeat(1_000);
  writeFileSync(file, text);
  expect(await failure(open().claims.claim("k", by("a")))).toMatchObject({ code: "configuration", field: "file" });
  expect(readFileSync(file, "utf8")).toBe(text);
});

test("a file of a newer version is left as it is", async () => {
  const newer = await openSqlite(file, [...sqliteMigrations, "CREATE TABLE future (x INTEGER) STRICT"]);
  newer.close();
  const error = await failure(open().claims.claim("k", by("a")));
  expect(error).toMatchObject({ code: "configuration", field: "file", hint: expect.stringContaining("Update") });
  expect(error.message).toContain("newer version");
});

test.each(sqliteMigrations.map((_, version) => version))(
  "a file of schema %i is brought up to date with what is in it",
  async (version) => {
    const old = await openSqlite(file, sqliteMigrations.slice(0, version));
    if (version > 0)
      old.exec(`INSERT INTO claims VALUES ('k', 'a', 'note', 'done', 0, ${Date.now() + minute}, ${Date.now()})`);
    old.close();
    const store = open();
    expect(await store.claims.claim("k", by("b"))).toEqual(
      version > 0 ? { state: "settled", note: "note", result: "done" } : { state: "claimed" },
    );
    expect(await store.limits.take("k", { max: 1, perMs: minute }, 1)).toBe(0);
    expect(await store.tracking.addEvents([event("a", "sent")])).toHaveLength(1);
    expect(await store.suppressions.add([bounced("ada@example.com")])).toEqual([true]);
    expect(look("PRAGMA user_version")).toEqual({ user_version: sqliteMigrations.length });
  },
);

test("a missing folder is named, and a folder in the file's place too", async () => {
  const missing = await failure(open({ file: join(folder, "no", "mail.db") }).claims.claim("k", by("a")));
  expect(missing).toMatchObject({ code: "configuration", field: "file", hint: expect.stringContaining("folder") });
  expect(await failure(open({ file: folder }).claims.claim("k", by("a")))).toMatchObject({ code: "unavailable" });
});

test("a store that could not be opened works once it can be", async () => {
  writeFileSync(file, "x".repeat(5_000));
  const store = open();
  await failure(store.claims.claim("k", by("a")));
  rmSync(file);
  expect(await store.claims.claim("k", by("a"))).toEqual({ state: "claimed" });
});

test("a writer that does not end makes calls fail in time, and they work again afterwards", async () => {
  await open().claims.claim("k0", by("a"));
  const impatient = open({ timeoutMs: 1_500 });
  const other = new DatabaseSync(file, { timeout: 10_000 });
  other.exec("BEGIN IMMEDIATE");
  const error = await failure(impatient.claims.claim("k", by("a")));
  expect(error).toMatchObject({ code: "unavailable", hint: expect.stringContaining("timeoutMs") });
  other.exec("ROLLBACK");
  other.close();
  await eventually(() => impatient.claims.claim("k", by("a"))).toEqual({ state: "claimed" });
});

test("a call waits for a writer that ends, and the event loop goes on", async () => {
  const store = open();
  await store.claims.claim("k0", by("a"));
  const other = new DatabaseSync(file);
  other.exec("BEGIN IMMEDIATE");
  let waiting = true;
  const claim = store.claims.claim("k", by("a")).finally(() => {
    waiting = false;
  });
  let turns = 0;
  await vi.waitUntil(() => ++turns > 5, { interval: 30 });
  expect(waiting).toBe(true);
  other.exec("COMMIT");
  other.close();
  expect(await claim).toEqual({ state: "claimed" });
});

test("a call that fails takes none of those with it that were made at the same time", async () => {
  const { claims } = open();
  const wrong = Reflect.apply(claims.claim, claims, ["wrong", { ...by("a"), note: { no: "text" } }]);
  const [first, failed, second] = await Promise.allSettled([
    claims.claim("k1", by("a")),
    wrong,
    claims.claim("k2", by("a")),
  ]);
  expect([first.status, failed.status, second.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await claims.claim("k1", by("b"))).toEqual({ state: "held", note: "a" });
});

test("a lease is no longer than it was when the clock is set back", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const store = open();
  await store.claims.claim("k", by("a"));
  vi.setSystemTime(Date.now() - 3_600_000);
  expect(await store.claims.claim("k", by("b"))).toEqual({ state: "held", note: "a" });
  vi.setSystemTime(Date.now() + minute - 1);
  expect(await store.claims.renew("k", "b", minute)).toBe(false);
  expect(await store.claims.settle("k", "b", "stolen", minute)).toBe(false);
  vi.setSystemTime(Date.now() + 1);
  // Its lease and what it is kept for are as long, so it is free now.
  expect(await store.claims.claim("k", by("b"))).toEqual({ state: "claimed" });
});

test("a limit and a pause are no longer than they were when the clock is set back, and the limit holds", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { limits } = open();
  const limit = { max: 2, perMs: 1_000 };
  await limits.take("k", limit, 1);
  vi.setSystemTime(Date.now() + 600);
  await limits.take("k", limit, 1);
  await limits.pause("paused", 1_000);
  vi.setSystemTime(Date.now() - 3_600_000);
  expect(await limits.take("k", limit, 1)).toBe(401);
  expect(await limits.take("paused", limit, 1)).toBe(1_000);
  vi.setSystemTime(Date.now() + 401);
  expect(await limits.take("k", limit, 1)).toBe(0);
  expect(await limits.take("k", limit, 1)).toBe(600);
  vi.setSystemTime(Date.now() + 599);
  expect(await limits.take("paused", limit, 1)).toBe(0);
});

test("what is out of date is removed by the calls that come later", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const store = open();
  const limit = { max: 50, perMs: 1_000 };
  const many = (count: number, call: (n: number) => Promise<unknown>) =>
    Promise.all(Array.from({ length: count }, (_, n) => call(n)));
  for (let day = 0; day < 3; day++) {
    await many(200, (n) => store.claims.claim(`${day} ${n}`, { owner: "a", note: "", leaseMs: 1, keepMs: 1_000 }));
    await many(200, (n) => store.limits.take(`${day} ${n}`, limit, 1 + (n % 3)));
    await many(120, () => store.limits.take("busy", limit, 50));
    vi.setSystemTime(Date.now() + 86_400_000);
  }
  await many(600, () => store.limits.take("busy", { max: 10, perMs: 0 }, 10));
  await many(80, (n) => store.claims.claim(`last ${n}`, { owner: "a", note: "", leaseMs: 1, keepMs: 1_000 }));
  expect(look("SELECT count(*) AS claims FROM claims")).toEqual({ claims: 80 });
  expect(look("SELECT count(*) AS limits FROM limits")).toEqual({ limits: 1 });
  expect(look("SELECT count(*) <= 5 AS few FROM limit_grants")).toEqual({ few: 1 });
});
