import type { LedgerChange } from "@mail/core";
import { expect } from "vitest";
import { changeOne, entries, entry, findOne, minute, queue, settling, taking, takingOver } from "./ledger-subject.ts";
import type { StoreCase } from "./store-case.ts";

const short = 80;

export const ledgerChangeCases: readonly StoreCase[] = [
  {
    name: "a change says how the entry is now",
    async run(open) {
      const { ledger } = open();
      await ledger.add(queue, [entry("a")]);
      const before = await findOne(ledger, "a");
      const taken = await changeOne(ledger, taking("a", "one"));
      expect(taken).toMatchObject({ id: "a", state: "sending", owner: "one", tries: 1, record: "record of a" });
      expect(taken?.leasedUntil).toBe((taken?.changedAt ?? 0) + minute);
      expect(taken?.changedAt).toBeGreaterThanOrEqual(before?.changedAt ?? Number.POSITIVE_INFINITY);
      expect(taken?.createdAt).toBe(before?.createdAt);
      expect(await findOne(ledger, "a")).toEqual(taken);
      const dueAt = Date.now() + minute + 0.5;
      const set = { state: "queued", dueAt, tries: -1, record: "later" } as const;
      const later = await changeOne(ledger, settling("a", "one", set));
      expect(later).toMatchObject({ state: "queued", tries: 0, record: "later", owner: "one" });
      expect(later?.dueAt).toBeGreaterThanOrEqual(dueAt);
      expect(later?.dueAt).toBeLessThan(dueAt + 1);
    },
  },
  {
    name: "nothing changes where one of the conditions does not hold",
    async run(open) {
      const { ledger } = open();
      await ledger.add(queue, [entry("a"), entry("scheduled", { dueAt: Date.now() + minute })]);
      await changeOne(ledger, taking("a", "one"));
      const before = await ledger.find(queue, ["a", "scheduled"]);
      const set = { state: "sent", record: "wrong", payload: new Uint8Array([1]), replays: 7 } as const;
      const wheres: readonly LedgerChange["where"][] = [
        { states: [] },
        { states: ["queued", "sent", "dead", "unknown", "cancelled"] },
        { states: ["sending"], owner: "two" },
        { states: ["sending"], owner: "on" },
        { states: ["sending"], owner: "one", leaseOver: true },
        { states: ["sending"], dueBy: Date.now() - minute },
        { states: ["sending"], replaysBelow: 0 },
      ];
      const changes = wheres.map((where) => ({ id: "a", where, set }));
      expect(await ledger.change(queue, changes)).toEqual(wheres.map(() => undefined));
      expect(await ledger.change(queue, [taking("scheduled", "one"), taking("none", "one")])).toEqual([
        undefined,
        undefined,
      ]);
      expect(await ledger.change("another", [{ id: "a", where: { states: ["sending"] }, set }])).toEqual([undefined]);
      expect(await ledger.find(queue, ["a", "scheduled"])).toEqual(before);
      const where = { states: ["sent", "sending"], owner: "one", dueBy: Date.now(), replaysBelow: 1 } as const;
      expect(await changeOne(ledger, { id: "a", where, set })).toMatchObject({ state: "sent", replays: 7 });
    },
  },
  {
    name: "changes in one call are made one after the other, also those of one entry",
    async run(open) {
      const { ledger } = open();
      await ledger.add(queue, [entry("a"), entry("b")]);
      const changed = await ledger.change(queue, [
        taking("a", "one"),
        taking("b", "one"),
        taking("a", "two"),
        settling("a", "one", { state: "sent", record: "sent" }),
        settling("a", "one", { state: "dead", record: "dead" }),
      ]);
      expect(changed.map((one) => one?.state)).toEqual(["sending", "sending", undefined, "sent", undefined]);
      expect(await findOne(ledger, "a")).toMatchObject({ state: "sent", owner: "one", tries: 1, record: "sent" });
    },
  },
  {
    name: "of many equal changes at once, one holds",
    async run(open) {
      const ledgers = [open().ledger, open().ledger];
      const ids = entries(20).map(({ id }) => id);
      await ledgers[0]?.add(queue, entries(20));
      const calls = Array.from({ length: 20 }, (_, n) => {
        const changes = ids.map((id) => taking(id, `owner ${n}`));
        return ledgers[n % 2]?.change(queue, n % 3 === 0 ? changes.toReversed() : changes);
      });
      const held = (await Promise.all(calls)).flatMap((all) => all?.flatMap((one) => one ?? []) ?? []);
      expect(held.map(({ id }) => id).sort()).toEqual(ids);
      for (const found of (await ledgers[0]?.find(queue, ids)) ?? [])
        expect(found).toMatchObject({ owner: held.find(({ id }) => id === found?.id)?.owner, tries: 1 });
    },
  },
  {
    name: "an entry goes to another owner when the lease has run out, and the first one can settle no more",
    async run(open) {
      const [ledger, other] = [open().ledger, open().ledger];
      await ledger.add(queue, [entry("a")]);
      await changeOne(ledger, taking("a", "one", short));
      await expect.poll(() => changeOne(other, takingOver("a", "two"))).toMatchObject({ owner: "two", tries: 2 });
      expect(await changeOne(other, takingOver("a", "three"))).toBeUndefined();
      expect(await changeOne(ledger, settling("a", "one", { state: "sent" }))).toBeUndefined();
      expect(await changeOne(other, settling("a", "two", { state: "sent" }))).toMatchObject({ state: "sent" });
    },
  },
  {
    name: "leases are renewed for what an owner is sending, and for nothing else",
    async run(open) {
      const { ledger } = open();
      await ledger.add(queue, [entry("mine"), entry("other"), entry("sent"), entry("queued")]);
      await ledger.change(queue, [
        taking("mine", "one", short),
        taking("other", "two", short),
        taking("sent", "one", short),
        settling("sent", "one", { state: "sent" }),
      ]);
      await ledger.renew(queue, ["mine", "other", "sent", "queued", "none"], "one", minute);
      await ledger.renew(queue, [], "one", minute);
      await expect.poll(() => changeOne(ledger, takingOver("other", "two"))).toMatchObject({ owner: "two" });
      expect(await changeOne(ledger, takingOver("mine", "two"))).toBeUndefined();
      const [mine, sent, queued] = await ledger.find(queue, ["mine", "sent", "queued"]);
      expect(mine?.leasedUntil).toBeGreaterThan((mine?.changedAt ?? 0) + minute / 2);
      expect(sent?.leasedUntil).toBeLessThan((sent?.changedAt ?? 0) + minute / 2);
      expect(queued).not.toHaveProperty("leasedUntil");
    },
  },
  {
    name: "a lease that ran out is renewed as long as nobody else has taken over",
    async run(open) {
      const { ledger } = open();
      await ledger.add(queue, [entry("a"), entry("clock")]);
      await ledger.change(queue, [taking("a", "one", short), taking("clock", "one", short)]);
      await expect.poll(() => changeOne(ledger, takingOver("clock", "two"))).toMatchObject({ owner: "two" });
      await ledger.renew(queue, ["a", "clock"], "one", minute);
      expect(await changeOne(ledger, takingOver("a", "two"))).toBeUndefined();
      expect(await changeOne(ledger, settling("clock", "two", { state: "sent" }))).toMatchObject({ state: "sent" });
    },
  },
  {
    name: "payloads are kept as they are, until they are let go of",
    async run(open) {
      const { ledger } = open();
      const bytes = Uint8Array.from({ length: 1_024 }, (_, n) => n % 256);
      const payloads = [bytes.subarray(1, 300), new Uint8Array(0), new Uint8Array(1_048_577).fill(255), bytes];
      const ids = payloads.map((_, n) => `id-${n}`);
      await ledger.add(
        queue,
        ids.map((id) => entry(id)),
      );
      const changes = payloads.map((payload, n): LedgerChange => {
        const state = n % 2 === 0 ? "dead" : "unknown";
        return { id: `id-${n}`, where: { states: ["queued"] }, set: { state, payload } };
      });
      for (const changed of await ledger.change(queue, changes)) expect(changed).not.toHaveProperty("payload");
      const found = await ledger.find(queue, ids);
      for (const [n, payload] of payloads.entries())
        expect(Buffer.compare(found[n]?.payload ?? Buffer.from("none"), payload)).toBe(0);
      const [listed] = await ledger.list(queue, { state: "dead", limit: 1 });
      expect(listed).not.toHaveProperty("payload");
      const where = { states: ["dead", "unknown"] } as const;
      await ledger.change(queue, [
        { id: "id-0", where, set: { state: "queued" } },
        { id: "id-3", where, set: { state: "sent", payload: null } },
      ]);
      const [kept, gone] = await ledger.find(queue, ["id-0", "id-3"]);
      expect(Buffer.compare(kept?.payload ?? Buffer.from("none"), bytes.subarray(1, 300))).toBe(0);
      expect(gone).not.toHaveProperty("payload");
    },
  },
];
