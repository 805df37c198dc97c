import type { LedgerQuery, LedgerStore } from "@mail/core";
import { expect } from "vitest";
import { changeOne, entries, entry, findOne, minute, queue, settling, taking } from "./ledger-subject.ts";
import type { StoreCase } from "./store-case.ts";

const none = { queued: 0, scheduled: 0, sending: 0, sent: 0, unknown: 0, dead: 0, cancelled: 0 };

async function listed(ledger: LedgerStore, state: LedgerQuery["state"], limit = 10, after?: string): Promise<string[]> {
  const page = await ledger.list(queue, { state, limit, ...(after !== undefined && { after }) });
  return page.map(({ id }) => id);
}

/** One entry in each state, named after it. */
async function fill(ledger: LedgerStore): Promise<void> {
  const states = ["sent", "unknown", "dead", "cancelled"] as const;
  await ledger.add(queue, [entry("queued"), entry("scheduled", { dueAt: Date.now() + minute }), entry("sending")]);
  await ledger.add(
    queue,
    states.map((id) => entry(id)),
  );
  await ledger.change(queue, [taking("sending", "one"), ...states.map((id) => taking(id, "one"))]);
  await ledger.change(
    queue,
    states.map((state) => settling(state, "one", { state })),
  );
}

export const ledgerListCases: readonly StoreCase[] = [
  {
    name: "an empty ledger counts and lists nothing",
    async run(open) {
      const { ledger } = open();
      expect(await ledger.counts(queue)).toEqual({ states: none, lastMinute: { added: 0, sent: 0, dead: 0 } });
      expect(await listed(ledger, "queued")).toEqual([]);
      expect(await ledger.prune(queue, ["sent"], 0, 10)).toBe(0);
    },
  },
  {
    name: "entries are counted and listed by state, scheduled ones apart from those that are due",
    async run(open) {
      const { ledger } = open();
      await fill(ledger);
      const queued = await findOne(ledger, "queued");
      expect(await ledger.counts(queue)).toEqual({
        states: { queued: 1, scheduled: 1, sending: 1, sent: 1, unknown: 1, dead: 1, cancelled: 1 },
        oldestDueAt: queued?.dueAt,
        lastMinute: { added: 7, sent: 1, dead: 1 },
      });
      for (const state of Object.keys(none) as (keyof typeof none)[]) {
        const all = await ledger.list(queue, { state, limit: 10 });
        expect(all, state).toEqual([await findOne(ledger, state)]);
      }
    },
  },
  {
    name: "what was scheduled is queued when its time has come, and entries that come back are counted where they are",
    async run(open) {
      const { ledger } = open();
      const dueAt = Date.now() + 150;
      await ledger.add(queue, [entry("a", { dueAt }), entry("b", { dueAt: Date.now() + minute })]);
      await expect.poll(() => listed(ledger, "queued")).toEqual(["a"]);
      expect(await ledger.counts(queue)).toMatchObject({ states: { queued: 1, scheduled: 1 }, oldestDueAt: dueAt });
      await changeOne(ledger, taking("a", "one"));
      await changeOne(ledger, settling("a", "one", { state: "queued", dueAt: Date.now() + minute }));
      const counts = await ledger.counts(queue);
      expect(counts.states).toEqual({ ...none, scheduled: 2 });
      expect(counts).not.toHaveProperty("oldestDueAt");
      expect(await listed(ledger, "scheduled")).toEqual(["a", "b"]);
    },
  },
  {
    name: "pages hold every entry once, in the order of ids",
    async run(open) {
      const { ledger } = open();
      const later = Date.now() + minute;
      const all = entries(2_500).map((one, n) => (n % 50 === 49 ? { ...one, dueAt: later } : one));
      await ledger.add(queue, all.toReversed());
      for (const state of ["queued", "scheduled"] as const) {
        const ids: string[] = [];
        for (
          let page = await listed(ledger, state, 700);
          page.length > 0;
          page = await listed(ledger, state, 700, ids.at(-1))
        )
          ids.push(...page);
        const expected = all.filter(({ dueAt }) => (dueAt === later) === (state === "scheduled"));
        expect(ids).toEqual(expected.map(({ id }) => id));
      }
      expect(await listed(ledger, "scheduled", 1)).toEqual(["id-000049"]);
      expect(await listed(ledger, "scheduled", 3, "id-002398")).toEqual(["id-002399", "id-002449", "id-002499"]);
    },
  },
  {
    name: "ids are ordered by their bytes",
    async run(open) {
      const { ledger } = open();
      const ids = ["0", "A", "B", "a", "b-1", "b1", "é"];
      await ledger.add(
        queue,
        ids.toReversed().map((id) => entry(id)),
      );
      expect(await listed(ledger, "queued")).toEqual(ids);
      expect(await listed(ledger, "queued", 2, "B")).toEqual(["a", "b-1"]);
    },
  },
  {
    name: "only what is old enough and in the states asked for is forgotten, so many at most",
    async run(open) {
      const { ledger } = open();
      await fill(ledger);
      expect(await ledger.prune(queue, ["sent", "cancelled", "dead", "unknown"], minute, 10)).toBe(0);
      await expect.poll(() => ledger.prune(queue, ["sent", "dead", "unknown"], 20, 2)).toBe(2);
      expect(await ledger.prune(queue, ["sent", "dead", "unknown"], 0, 2)).toBe(1);
      expect(await ledger.prune(queue, ["sent", "dead", "unknown"], 0, 2)).toBe(0);
      const { states } = await ledger.counts(queue);
      expect(states).toEqual({ ...none, queued: 1, scheduled: 1, sending: 1, cancelled: 1 });
      expect(await listed(ledger, "dead")).toEqual([]);
      expect(await findOne(ledger, "dead")).toBeUndefined();
      expect(await ledger.add(queue, [entry("dead")])).toEqual(["dead"]);
    },
  },
];
