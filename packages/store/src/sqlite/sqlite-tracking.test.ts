import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { event, mailTo } from "../conformance/tracking-subject.ts";
import { failure } from "../failure.fixture.ts";
import { sqliteStore } from "./index.ts";

const minute = 60_000;
const claim = { owner: "a", note: "a", leaseMs: minute, keepMs: minute };
const bounced = (address: string) => ({ address, reason: "bounced", scope: "", at: 1 }) as const;

let folder: string;
let file: string;
const opened: ReturnType<typeof sqliteStore>[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mail-store-"));
  file = join(folder, "mail.db");
});

afterEach(async () => {
  vi.useRealTimers();
  for (const store of opened.splice(0)) await store.close();
  rmSync(folder, { recursive: true });
});

function open(timeoutMs = 60_000): ReturnType<typeof sqliteStore> {
  const store = sqliteStore({ file, timeoutMs });
  opened.push(store);
  return store;
}

function count(table: string): number {
  const database = new DatabaseSync(file);
  try {
    return Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]);
  } finally {
    database.close();
  }
}

test("many events leave the event loop its turns, and nothing of them is seen before all are there", {
  timeout: 60_000,
}, async () => {
  const store = open();
  const other = open();
  const all = Array.from({ length: 3_000 }, (_, n) => event(`${n}`, "opened", { mailId: `mail ${n}` }));
  let running = true;
  const call = store.tracking.addEvents(all).finally(() => {
    running = false;
  });
  const seen = new Set<number>();
  let turns = 0;
  while (running) {
    turns++;
    // Those that read while the transaction is under way wait for its end.
    for (const { tracking } of turns % 4 === 0 ? [other, store] : [other])
      seen.add((await tracking.known(all)).filter(Boolean).length ?? -1);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await call;
  expect(turns).toBeGreaterThan(3);
  expect([...seen].filter((count) => count !== 0 && count !== 3_000)).toEqual([]);
});

test("counting many leaves the event loop its turns", { timeout: 60_000 }, async () => {
  const { tracking } = open();
  const many = 25_000;
  await tracking.addEvents(
    Array.from({ length: many }, (_, n) => event(`${n}`, "opened", { mailId: `mail ${n}`, at: n })),
  );
  let running = true;
  const counting = tracking.counts({ since: 0, until: Date.now() * 2, by: "domain" }).finally(() => {
    running = false;
  });
  let turns = 0;
  while (running) {
    turns++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await counting).toEqual([{ key: "", type: "opened", permanent: false, count: many }]);
  expect(turns).toBeGreaterThan(2);
});

test("small calls made beside a large one are all committed, also where one of them fails", async () => {
  const { tracking, claims } = open();
  const large = Array.from({ length: 1_000 }, (_, n) => event(`${n}`, "opened", { mailId: `mail ${n}` }));
  const wrong = { ...event("wrong", "opened"), type: { no: "text" } };
  const calls = await Promise.allSettled([
    tracking.addEvents([event("a", "sent")]),
    tracking.addEvents(large),
    Reflect.apply(tracking.addEvents, tracking, [[event("b", "sent"), wrong]]),
    tracking.addEvents([event("c", "sent")]),
    claims.claim("k", claim),
  ]);
  expect(calls.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled", "fulfilled"]);
  expect(count("tracked_events")).toBe(1_002);
});

test("a call that ran out of time while it was under way leaves nothing", async () => {
  await open().claims.claim("k0", claim);
  const store = open(5);
  const large = Array.from({ length: 5_000 }, (_, n) => event(`${n}`, "opened", { mailId: `mail ${n}` }));
  expect(await failure(store.tracking.addEvents(large))).toMatchObject({ code: "unavailable" });
  await store.close();
  expect(count("tracked_events")).toBe(0);
});

test("mails and events that are forgotten leave nothing behind", async () => {
  const { tracking } = open();
  await tracking.addEvents([event("early", "sent", { providerId: "p" }), event("alone", "sent")]);
  await tracking.recordMails([mailTo("one", ["ada@example.com", "bob@example.com"], { providerId: "p" })]);
  await tracking.addEvents([event("a", "sent", { mailId: "one" }), event("b", "sent", { messageId: "<b>" })]);
  expect(await tracking.prune(Date.now() * 2, 100)).toBe(4);
  for (const table of ["tracked_mails", "mail_names", "tracked_events", "outcomes"])
    expect(count(table), table).toBe(0);
});

test("suppressions that have ended are removed by the calls that come later", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { suppressions } = open();
  const ending = Array.from({ length: 150 }, (_, n) => ({ ...bounced(`${n}@x`), expiresAt: Date.now() + minute }));
  await suppressions.add(ending);
  vi.setSystemTime(Date.now() + minute);
  expect(await suppressions.counts()).toMatchObject({ bounced: 0 });
  await suppressions.add([bounced("ada@example.com")]);
  await suppressions.remove("ada@example.com");
  expect(count("suppressions")).toBe(0);
});
