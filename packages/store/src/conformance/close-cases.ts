import { MailError } from "@mail/core";
import { expect } from "vitest";
import type { StoreCase, StoreSubject } from "./store-case.ts";

const claim = { owner: "a", note: "note", leaseMs: 60_000, keepMs: 60_000 };

const skip = ({ inMemory }: StoreSubject): string | undefined => (inMemory ? "memory has nothing to close" : undefined);

export const closeCases: readonly StoreCase[] = [
  {
    name: "what was written is there after closing and opening again",
    skip,
    async run(open) {
      const first = open();
      await first.claims.claim("k", claim);
      await first.limits.take("k", { max: 1, perMs: 60_000 }, 1);
      await first.close();
      const second = open();
      expect(await second.claims.claim("k", { ...claim, owner: "b" })).toEqual({ state: "held", note: "note" });
      expect(await second.limits.take("k", { max: 1, perMs: 60_000 }, 1)).toBeGreaterThan(0);
    },
  },
  {
    name: "close may be called before the first call, and twice",
    async run(open) {
      const store = open();
      await Promise.all([store.close(), store.close()]);
      await store.close();
    },
  },
  {
    name: "close waits for calls under way, and refuses those that come later",
    skip,
    async run(open) {
      const store = open();
      const before = Array.from({ length: 20 }, (_, n) => store.claims.claim(`k${n}`, claim));
      const closing = store.close();
      const late = await store.limits.take("k", { max: 1, perMs: 1_000 }, 1).catch((error: unknown) => error);
      expect(MailError.is(late) && late.code).toBe("configuration");
      expect(await Promise.all(before)).toEqual(Array.from({ length: 20 }, () => ({ state: "claimed" })));
      await closing;
      await expect(store.claims.renew("k0", "a", 1_000)).rejects.toThrow(/closed/);
    },
  },
];
