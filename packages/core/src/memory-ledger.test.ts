import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MemoryLedger } from "./memory-ledger.ts";

const minute = 60_000;
const start = Date.UTC(2030, 0, 1);
const queue = "mails";
let ledger: MemoryLedger;

beforeEach(() => {
  vi.useFakeTimers({ now: start });
  ledger = new MemoryLedger();
});
afterEach(() => {
  vi.useRealTimers();
});

const entry = (id: string, more: { key?: string; keyMs?: number; dueAt?: number } = {}) => ({
  id,
  priority: 1,
  dueAt: start,
  record: "{}",
  ...more,
});

/** Marks an entry as being sent by `owner`. */
const take = async (id: string, owner: string, ms = minute) =>
  ledger.change(queue, [
    { id, where: { states: ["queued"], dueBy: Date.now() }, set: { state: "sending", lease: { owner, ms }, tries: 1 } },
  ]);

/** Takes over an entry whose owner has let its lease run out. */
const takeOver = async (id: string, owner: string) =>
  ledger.change(queue, [
    {
      id,
      where: { states: ["sending"], leaseOver: true },
      set: { state: "sending", lease: { owner, ms: minute }, tries: 1 },
    },
  ]);

test("of several entries with one key the first counts, for as long as the key is remembered", async () => {
  const answers = await ledger.add(queue, [entry("a", { key: "k", keyMs: minute }), entry("b", { key: "k" })]);
  expect(answers).toEqual(["a", "a"]);
  expect(await ledger.find(queue, ["b"])).toEqual([undefined]);
  vi.setSystemTime(start + minute);
  expect(await ledger.add(queue, [entry("c", { key: "k" })])).toEqual(["c"]);
});

test("what was a duplicate stays one when the key is forgotten", async () => {
  await ledger.add(queue, [
    entry("a", { key: "k", keyMs: minute }),
    entry("b", { key: "k", dueAt: start + 10 * minute }),
  ]);
  vi.setSystemTime(start + 10 * minute);
  expect(await ledger.add(queue, [entry("b", { key: "k" })])).toEqual(["a"]);
  expect(await ledger.find(queue, ["b"])).toEqual([undefined]);
});

test("a key without a time is remembered as long as its entry", async () => {
  await ledger.add(queue, [entry("a", { key: "k" })]);
  await ledger.change(queue, [{ id: "a", where: { states: ["queued"] }, set: { state: "cancelled" } }]);
  expect(await ledger.add(queue, [entry("b", { key: "k" })])).toEqual(["a"]);
  expect(await ledger.prune(queue, ["cancelled"], 0, 10)).toBe(1);
  expect(await ledger.add(queue, [entry("c", { key: "k" })])).toEqual(["c"]);
});

test("an entry that is there already is left as it is", async () => {
  await ledger.add(queue, [entry("a")]);
  await take("a", "one");
  expect(await ledger.add(queue, [entry("a")])).toEqual(["a"]);
  expect(await ledger.find(queue, ["a"])).toMatchObject([{ state: "sending", tries: 1 }]);
});

test("an entry is taken by one owner, and by another once the lease has run out without a renewal", async () => {
  await ledger.add(queue, [entry("a")]);
  expect(await take("a", "one")).toMatchObject([{ owner: "one", leasedUntil: start + minute, tries: 1 }]);
  expect(await take("a", "two")).toEqual([undefined]);
  vi.setSystemTime(start + 40_000);
  await ledger.renew(queue, ["a"], "one", minute);
  vi.setSystemTime(start + 80_000);
  expect(await takeOver("a", "two")).toEqual([undefined]);
  vi.setSystemTime(start + 100_000);
  expect(await takeOver("a", "two")).toMatchObject([{ owner: "two", tries: 2 }]);
  await ledger.renew(queue, ["a"], "one", 10 * minute);
  expect(await ledger.find(queue, ["a"])).toMatchObject([{ leasedUntil: start + 100_000 + minute }]);
});

test("a clock that is put back does not make a lease endless", async () => {
  await ledger.add(queue, [entry("a", { dueAt: 0 })]);
  await take("a", "one");
  vi.setSystemTime(start - 365 * 24 * 60 * minute);
  expect(await takeOver("a", "two")).toMatchObject([{ owner: "two" }]);
});

test("it counts and lists scheduled entries apart from those that are due", async () => {
  await ledger.add(queue, [entry("c", { dueAt: start - 5 }), entry("a", { dueAt: start + minute }), entry("b")]);
  expect(await ledger.counts(queue)).toEqual({
    states: { queued: 2, scheduled: 1, sending: 0, sent: 0, unknown: 0, dead: 0, cancelled: 0 },
    oldestDueAt: start - 5,
    lastMinute: { added: 3, sent: 0, dead: 0 },
  });
  const ids = async (state: "queued" | "scheduled", after?: string) =>
    (await ledger.list(queue, { state, limit: 1, ...(after !== undefined && { after }) })).map(({ id }) => id);
  expect(await ids("queued")).toEqual(["b"]);
  expect(await ids("queued", "b")).toEqual(["c"]);
  expect(await ids("scheduled")).toEqual(["a"]);
});

test("it keeps a payload until it is let go of", async () => {
  await ledger.add(queue, [entry("a")]);
  const payload = new Uint8Array([0, 255, 13, 10]);
  const [dead] = await ledger.change(queue, [
    { id: "a", where: { states: ["queued"] }, set: { state: "dead", payload } },
  ]);
  expect(dead).not.toHaveProperty("payload");
  expect(await ledger.find(queue, ["a"])).toMatchObject([{ payload }]);
  await ledger.change(queue, [{ id: "a", where: { states: ["dead"] }, set: { state: "cancelled", payload: null } }]);
  expect((await ledger.find(queue, ["a"]))[0]).not.toHaveProperty("payload");
});
