import type { Claim } from "@mail/core";
import { expect } from "vitest";
import { eventually } from "./eventually.ts";
import type { StoreCase } from "./store-case.ts";

const minute = 60_000;
/** Long enough for the calls within it, short enough to be waited for. */
const short = 60;

function by(owner: string, changes: Partial<Claim> = {}): Claim {
  return { owner, note: `note of ${owner}`, leaseMs: minute, keepMs: minute, ...changes };
}

const claimed = { state: "claimed" };
const held = { state: "held", note: "note of a" };
const abandoned = { state: "abandoned", note: "note of a" };
const settled = { state: "settled", note: "note of a", result: "done" };

export const claimCases: readonly StoreCase[] = [
  {
    name: "a free key is claimed, and others are told by whom",
    async run(open) {
      const [{ claims }, other] = [open(), open()];
      expect(await claims.claim("k", by("a"))).toEqual(claimed);
      expect(await other.claims.claim("k", by("b"))).toEqual(held);
      expect(await other.claims.claim("another", by("b"))).toEqual(claimed);
    },
  },
  {
    name: "of many that claim a key at once, one gets it",
    async run(open) {
      const stores = [open(), open()];
      for (let round = 0; round < 5; round++) {
        const states = await Promise.all(
          Array.from({ length: 40 }, (_, n) => stores[n % 2]?.claims.claim(`k${round}`, by(`${n}`))),
        );
        expect(states.filter((state) => state?.state === "claimed")).toHaveLength(1);
        expect(states.filter((state) => state?.state === "held")).toHaveLength(39);
      }
    },
  },
  {
    name: "the owner of a key may claim it again, as after a lost answer",
    async run(open) {
      const { claims } = open();
      await claims.claim("k", by("a"));
      expect(await claims.claim("k", by("a"))).toEqual(claimed);
      await claims.settle("k", "a", "done", minute);
      expect(await claims.claim("k", by("a"))).toEqual(settled);
    },
  },
  {
    name: "a key whose lease ran out is abandoned, not free",
    async run(open) {
      const { claims } = open();
      await claims.claim("k", by("a", { leaseMs: short }));
      await eventually(() => claims.claim("k", by("b"))).toEqual(abandoned);
      expect(await claims.claim("k", by("c"))).toEqual(abandoned);
    },
  },
  {
    name: "a renewed lease runs from then on, and revives an abandoned claim",
    async run(open) {
      const { claims } = open();
      await claims.claim("k", by("a", { leaseMs: short }));
      await eventually(() => claims.claim("k", by("b"))).toEqual(abandoned);
      expect(await claims.renew("k", "a", minute)).toBe(true);
      expect(await claims.claim("k", by("b"))).toEqual(held);
      expect(await claims.renew("k", "a", short)).toBe(true);
      await eventually(() => claims.claim("k", by("b"))).toEqual(abandoned);
    },
  },
  {
    name: "only the owner renews, and only what is not settled",
    async run(open) {
      const { claims } = open();
      expect(await claims.renew("k", "a", minute)).toBe(false);
      await claims.claim("k", by("a"));
      expect(await claims.renew("k", "b", minute)).toBe(false);
      await claims.settle("k", "a", "done", minute);
      expect(await claims.renew("k", "a", minute)).toBe(false);
    },
  },
  {
    name: "a settled key tells its result",
    async run(open) {
      const [{ claims }, other] = [open(), open()];
      await claims.claim("k", by("a"));
      expect(await claims.settle("k", "a", "done", minute)).toBe(true);
      expect(await other.claims.claim("k", by("b"))).toEqual(settled);
    },
  },
  {
    name: "an owner whose lease ran out may still settle",
    async run(open) {
      const { claims } = open();
      await claims.claim("k", by("a", { leaseMs: short }));
      await eventually(() => claims.claim("k", by("b"))).toEqual(abandoned);
      expect(await claims.settle("k", "a", "done", minute)).toBe(true);
      expect(await claims.claim("k", by("b"))).toEqual(settled);
    },
  },
  {
    name: "only the owner settles, and the first result stays",
    async run(open) {
      const { claims } = open();
      expect(await claims.settle("k", "a", "done", minute)).toBe(false);
      await claims.claim("k", by("a"));
      expect(await claims.settle("k", "b", "stolen", minute)).toBe(false);
      expect(await claims.claim("k", by("b"))).toEqual(held);
      await claims.settle("k", "a", "done", minute);
      expect(await claims.settle("k", "a", "done", minute)).toBe(true);
      expect(await claims.settle("k", "a", "something else", minute)).toBe(false);
      expect(await claims.claim("k", by("b"))).toEqual(settled);
    },
  },
  {
    name: "a released key is free",
    async run(open) {
      const { claims } = open();
      expect(await claims.release("k", "a")).toBe(false);
      await claims.claim("k", by("a"));
      expect(await claims.release("k", "b")).toBe(false);
      expect(await claims.release("k", "a")).toBe(true);
      expect(await claims.release("k", "a")).toBe(false);
      expect(await claims.claim("k", by("b"))).toEqual(claimed);
    },
  },
  {
    name: "an owner cannot release what is settled, but a person can",
    async run(open) {
      const { claims } = open();
      expect(await claims.release("k")).toBe(false);
      await claims.claim("k", by("a"));
      await claims.settle("k", "a", "done", minute);
      expect(await claims.release("k", "a")).toBe(false);
      expect(await claims.release("k")).toBe(true);
      expect(await claims.claim("k", by("b"))).toEqual(claimed);
    },
  },
  {
    name: "a key is free once it has been kept for long enough, whatever became of it",
    async run(open) {
      const { claims } = open();
      await claims.claim("crashed", by("a", { leaseMs: 1, keepMs: short }));
      await claims.claim("done", by("a"));
      await claims.settle("done", "a", "done", short);
      await eventually(() => claims.claim("crashed", by("b"))).toEqual(claimed);
      await eventually(() => claims.claim("done", by("b"))).toEqual(claimed);
      expect(await claims.settle("crashed", "a", "too late", minute)).toBe(false);
    },
  },
  {
    name: "a key is kept as long as its lease runs",
    async run(open) {
      const { claims } = open();
      await claims.claim("claimed", by("a", { keepMs: 1 }));
      // So long that it is renewed in time also where the machine or its disk stands still for some seconds.
      const soon = { keepMs: 4_000, leaseMs: 4_000 };
      await claims.claim("renewed", by("a", soon));
      expect(await claims.renew("renewed", "a", minute)).toBe(true);
      await claims.claim("clock", by("a", soon));
      await eventually(() => claims.claim("clock", by("b"))).toEqual(claimed);
      expect(await claims.claim("claimed", by("b"))).toEqual(held);
      expect(await claims.claim("renewed", by("b"))).toEqual(held);
    },
  },
];
