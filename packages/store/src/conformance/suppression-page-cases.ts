import type { SuppressionReason } from "@mail/core";
import { expect } from "vitest";
import type { StoreCase } from "./store-case.ts";
import { allListed, entry } from "./suppression-subject.ts";

export const suppressionPageCases: readonly StoreCase[] = [
  {
    name: "pages hold every entry once, in the order of the addresses in lower case",
    async run(open) {
      const { suppressions } = open();
      const reasons: readonly SuppressionReason[] = ["bounced", "complained", "unsubscribed", "manual"];
      const all = Array.from({ length: 300 }, (_, n) => {
        const name = `${n % 2 === 0 ? "User" : "user"}${String(Math.floor(n / 2)).padStart(3, "0")}`;
        return entry(`${name}@example.com`, { reason: reasons[n % 4] ?? "manual" });
      });
      await suppressions.add(all.toReversed());
      for (const limit of [7, 150, 300, 1_000]) {
        const listed = await allListed(suppressions, { limit });
        expect(listed.map(({ address }) => address.toLowerCase())).toEqual(
          all.map(({ address }) => address.toLowerCase()),
        );
        expect(new Set(listed.map(({ address, reason }) => `${address} ${reason}`)).size).toBe(300);
      }
      const complained = all.filter(({ reason }) => reason === "complained");
      expect(await allListed(suppressions, { limit: 10, reason: "complained" })).toEqual(complained);
      const few = await allListed(suppressions, { limit: 3, prefix: "USER01" });
      expect(few.map(({ address }) => address.toLowerCase().slice(0, 7))).toEqual(
        Array.from({ length: 20 }, (_, n) => `user01${Math.floor(n / 2)}`),
      );
      expect(await allListed(suppressions, { limit: 3, prefix: "user01", reason: "manual" })).toHaveLength(5);
      expect(await suppressions.list({ limit: 5, prefix: "nobody" })).toEqual({ entries: [] });
    },
  },
  {
    name: "a page goes on after an entry that was taken off in between",
    async run(open) {
      const { suppressions } = open();
      await suppressions.add(["a", "b", "c", "d"].map((name) => entry(`${name}@example.com`)));
      const { entries, next } = await suppressions.list({ limit: 2 });
      expect(entries.map(({ address }) => address)).toEqual(["a@example.com", "b@example.com"]);
      await suppressions.remove("b@example.com");
      await suppressions.add([entry("bb@example.com"), entry("aa@example.com")]);
      const rest = await suppressions.list({ limit: 10, after: next ?? "" });
      expect(rest.entries.map(({ address }) => address)).toEqual(["bb@example.com", "c@example.com", "d@example.com"]);
    },
  },
  {
    name: "a cursor that no page gave is no error",
    async run(open) {
      const { suppressions } = open();
      await suppressions.add([entry("ada@example.com")]);
      for (const after of ["", "x", "-1", "\0", "a\0b.c", "é.%.\ud83d", "AA.AA.AA", "_".repeat(5_000)])
        expect((await suppressions.list({ limit: 2, after })).entries.length, after).toBeLessThanOrEqual(1);
    },
  },
];
