import { expect } from "vitest";
import type { StoreCase } from "./store-case.ts";

const claim = { owner: "a", note: "note", leaseMs: 60_000, keepMs: 60_000 };
const limit = { max: 1, perMs: 60_000 };

/** Keys that are easily taken for each other, or for something else. */
const keys = [
  "order-1",
  "Order-1",
  " order-1",
  "order-1 ",
  "order:1",
  "order*1",
  "order_1",
  "order%1",
  "{order}-1",
  "}{",
  "{}",
  "'; DROP TABLE claims; --",
  "a\0b",
  "a\0c",
  "ключ",
  "é",
  "e\u0301",
  "📬",
  "\ud83d",
  "\udcec",
  "k".repeat(5_000),
  `${"k".repeat(5_000)}x`,
];

export const keyCases: readonly StoreCase[] = [
  {
    name: "each key is another one, whatever it is written with",
    async run(open) {
      const { claims, limits } = open();
      for (const key of keys) {
        expect(await claims.claim(key, claim), key).toEqual({ state: "claimed" });
        expect(await limits.take(key, limit, 1), key).toBe(0);
      }
      for (const key of keys) {
        expect(await claims.claim(key, { ...claim, owner: "b" }), key).toEqual({ state: "held", note: "note" });
        expect(await limits.take(key, limit, 1), key).toBeGreaterThan(0);
      }
    },
  },
  {
    name: "notes, owners and results come back as they were",
    async run(open) {
      const { claims } = open();
      const text = 'ключ 📬 "quoted" \\ \n\t \'; {} %s $1 :x ';
      const result = JSON.stringify({ text, long: "x".repeat(1_000_000) });
      expect(await claims.claim("k", { ...claim, owner: text, note: text })).toEqual({ state: "claimed" });
      expect(await claims.claim("k", claim)).toEqual({ state: "held", note: text });
      expect(await claims.settle("k", text, result, 60_000)).toBe(true);
      expect(await claims.claim("k", claim)).toEqual({ state: "settled", note: text, result });
      await claims.claim("empty", { ...claim, note: "" });
      await claims.settle("empty", "a", "", 60_000);
      expect(await claims.claim("empty", { ...claim, owner: "b" })).toEqual({ state: "settled", note: "", result: "" });
    },
  },
  {
    name: "no time is too long or too short",
    async run(open) {
      const { claims, limits } = open();
      const ever = Number.MAX_SAFE_INTEGER;
      expect(await claims.claim("k", { ...claim, leaseMs: ever, keepMs: ever })).toEqual({ state: "claimed" });
      expect(await claims.claim("k", { ...claim, owner: "b" })).toEqual({ state: "held", note: "note" });
      expect(await claims.settle("k", "a", "done", ever)).toBe(true);
      await limits.pause("k", ever);
      expect(await limits.take("k", { max: 1, perMs: 0.5 }, 1)).toBeGreaterThan(60_000);
      expect(await limits.take("other", { max: 1, perMs: ever }, 1)).toBe(0);
      expect(await limits.take("other", { max: 1, perMs: ever }, 1)).toBeGreaterThan(60_000);
    },
  },
];
