import { expect } from "vitest";
import { changeOne, entries, entry, findOne, minute, queue, taking } from "./ledger-subject.ts";
import type { StoreCase } from "./store-case.ts";

/** Long enough for the calls within it, short enough to be waited for. */
const short = 80;

export const ledgerKeyCases: readonly StoreCase[] = [
  {
    name: "what is added is there, and nothing else",
    async run(open) {
      const { ledger } = open();
      const dueAt = Date.now() + minute;
      expect(await ledger.add(queue, [entry("b", { dueAt, priority: 0 }), entry("a")])).toEqual(["b", "a"]);
      const [found, none] = await ledger.find(queue, ["b", "c"]);
      expect(none).toBeUndefined();
      expect(found).toEqual({
        ...{ id: "b", state: "queued", priority: 0, dueAt, tries: 0, replays: 0, record: "record of b" },
        createdAt: expect.any(Number),
        changedAt: found?.createdAt,
      });
      expect(Math.abs((found?.createdAt ?? 0) - Date.now())).toBeLessThan(10 * minute);
      expect(await ledger.add(queue, [])).toEqual([]);
      expect(await ledger.find(queue, [])).toEqual([]);
      expect(await ledger.change(queue, [])).toEqual([]);
    },
  },
  {
    name: "an entry that is there already is left as it is",
    async run(open) {
      const { ledger } = open();
      await ledger.add(queue, [entry("a", { key: "k" })]);
      await changeOne(ledger, taking("a", "one"));
      expect(await ledger.add(queue, [entry("a", { key: "k" }), entry("a", { record: "other" })])).toEqual(["a", "a"]);
      expect(await findOne(ledger, "a")).toMatchObject({ state: "sending", record: "record of a" });
    },
  },
  {
    name: "of several entries with one key the first counts, in one call and in several",
    async run(open) {
      const [ledger, other] = [open().ledger, open().ledger];
      const key = "k";
      expect(await ledger.add(queue, [entry("b", { key }), entry("x"), entry("a", { key })])).toEqual(["b", "x", "b"]);
      expect(await other.add(queue, [entry("c", { key }), entry("d", { key: "K" })])).toEqual(["b", "d"]);
      expect(await ledger.find(queue, ["a", "c"])).toEqual([undefined, undefined]);
      expect((await ledger.counts(queue)).states.queued).toBe(3);
    },
  },
  {
    name: "of many entries with one key that are added at once, one counts",
    async run(open) {
      const ledgers = [open().ledger, open().ledger];
      const calls = Array.from({ length: 20 }, async (_, n) => {
        const keyed = Array.from({ length: 10 }, (_, key) =>
          entry(`id-${n}-${key}`, { key: `k${key}`, keyMs: minute }),
        );
        return await ledgers[n % 2]?.add(queue, n % 3 === 0 ? keyed : keyed.toReversed());
      });
      const answers = (await Promise.all(calls)).map((ids = [], n) => (n % 3 === 0 ? ids : ids.toReversed()));
      for (const ids of answers) expect(ids).toEqual(answers[0]);
      expect((await ledgers[0]?.counts(queue))?.states.queued).toBe(10);
    },
  },
  {
    name: "a key is free when its time is over, and what was its duplicate stays one",
    async run(open) {
      const { ledger } = open();
      const timed = { key: "k", keyMs: short };
      expect(await ledger.add(queue, [entry("a", timed), entry("b", timed)])).toEqual(["a", "a"]);
      let tries = 0;
      // A new id each time: what was a duplicate stays one.
      const isFirst = async () => {
        const id = `c-${++tries}`;
        return (await ledger.add(queue, [entry(id, { key: "k", keyMs: minute })]))[0] === id;
      };
      await expect.poll(isFirst).toBe(true);
      expect(await ledger.add(queue, [entry("b", timed), entry("d", timed)])).toEqual(["a", `c-${tries}`]);
      expect(await findOne(ledger, "b")).toBeUndefined();
    },
  },
  {
    name: "a key without a time lasts as long as its entry, and one with a time outlives it",
    async run(open) {
      const { ledger } = open();
      await ledger.add(queue, [entry("a", { key: "bound" }), entry("b", { key: "timed", keyMs: minute })]);
      const cancel = (id: string) => ({ id, where: { states: ["queued"] }, set: { state: "cancelled" } }) as const;
      await ledger.change(queue, [cancel("a"), cancel("b")]);
      expect(await ledger.add(queue, [entry("c", { key: "bound" })])).toEqual(["a"]);
      expect(await ledger.prune(queue, ["cancelled"], 0, 10)).toBe(2);
      const again = [entry("d", { key: "bound" }), entry("e", { key: "timed" })];
      expect(await ledger.add(queue, again)).toEqual(["d", "b"]);
    },
  },
  {
    name: "each queue has entries, keys and a pause of its own",
    async run(open) {
      const { ledger } = open();
      for (const name of ["one", "One", "one:two", "{one}", "юность"]) {
        expect(await ledger.add(name, [entry("a", { key: "k", record: name })]), name).toEqual(["a"]);
        expect(await ledger.pausedBy(name)).toBeUndefined();
        await ledger.setPaused(name, `reason of ${name}`);
      }
      expect(await ledger.find("one", ["a"])).toMatchObject([{ record: "one" }]);
      expect(await ledger.pausedBy("{one}")).toBe("reason of {one}");
      await ledger.setPaused("one", undefined);
      expect(await ledger.pausedBy("one")).toBeUndefined();
      expect(await ledger.pausedBy("One")).toBe("reason of One");
    },
  },
  {
    name: "keys and records come back as they were, whatever they are written with",
    async run(open) {
      const { ledger } = open();
      const record = 'ключ 📬 "quoted" \\ \n\t \'; {} %s $1 :x, NULL';
      const keys = ["a", "A", "a ", "", "17", "x'); --", "a\0b", "a\0c", "é", "e\u0301", "\ud83d", "k".repeat(5_000)];
      const all = keys.map((key, n) => entry(`id-${n}`, { key, record }));
      expect(await ledger.add(queue, all)).toEqual(all.map(({ id }) => id));
      const again = keys.map((key, n) => entry(`other-${n}`, { key }));
      expect(await ledger.add(queue, again)).toEqual(all.map(({ id }) => id));
      for (const found of await ledger.find(queue, ["id-0", "id-11"])) expect(found).toMatchObject({ record });
      const long = "x".repeat(1_000_000);
      const change = { id: "id-0", where: { states: ["queued"] }, set: { state: "dead", record: long } } as const;
      expect((await changeOne(ledger, change))?.record).toBe(long);
      await ledger.add(queue, [entry("empty", { record: "" })]);
      expect(await findOne(ledger, "empty")).toMatchObject({ record: "" });
    },
  },
  {
    name: "thousands of entries go in one call",
    async run(open) {
      const { ledger } = open();
      const all = entries(5_000).map((one) => ({ ...one, key: one.id, keyMs: minute }));
      const ids = all.map(({ id }) => id);
      expect(await ledger.add(queue, all)).toEqual(ids);
      const found = await ledger.find(queue, ids);
      expect(found.map((one) => one?.id)).toEqual(ids);
      const changed = await ledger.change(
        queue,
        ids.map((id) => taking(id, "one")),
      );
      expect(changed.every((one) => one?.state === "sending")).toBe(true);
    },
  },
];
