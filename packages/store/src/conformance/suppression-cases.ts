import { expect } from "vitest";
import { eventually } from "./eventually.ts";
import type { StoreCase } from "./store-case.ts";
import { allListed, entry } from "./suppression-subject.ts";

const minute = 60_000;
const none = { bounced: 0, complained: 0, unsubscribed: 0, manual: 0 };

export const suppressionCases: readonly StoreCase[] = [
  {
    name: "an entry comes back as it was given, by its address in any case",
    async run(open) {
      const [{ suppressions }, other] = [open(), open()];
      const full = entry("Ada.Lovelace@Example.COM", {
        ...{ reason: "unsubscribed", scope: "Newsletter", note: "550 5.1.1 «no»\n📬", mailId: "mail 1" },
        expiresAt: Date.now() + minute,
      });
      expect(await suppressions.add([full, entry("bob@example.com")])).toEqual([true, true]);
      expect(await other.suppressions.find(["ada.lovelace@EXAMPLE.com", "eve@example.com"])).toEqual([full]);
      expect(await suppressions.find(["ADA.LOVELACE@example.com", "Ada.Lovelace@Example.COM"])).toEqual([full]);
      expect(await suppressions.find(["bob@example.com"])).toEqual([entry("bob@example.com")]);
      expect(await suppressions.find([])).toEqual([]);
      expect(await suppressions.add([])).toEqual([]);
    },
  },
  {
    name: "an address has one entry for each reason and scope",
    async run(open) {
      const { suppressions } = open();
      const entries = [
        entry("ada@example.com"),
        entry("ada@example.com", { reason: "complained" }),
        entry("ada@example.com", { scope: "news" }),
        entry("ada@example.com", { scope: "News" }),
      ];
      expect(await suppressions.add(entries)).toEqual([true, true, true, true]);
      expect(await suppressions.add([entry("ADA@example.com"), entry("ada@example.com", { scope: "x" })])).toEqual([
        false,
        true,
      ]);
      const found = await suppressions.find(["ada@example.com"]);
      expect(found.map(({ reason, scope }) => `${reason} ${scope}`).toSorted()).toEqual(
        ["bounced ", "bounced News", "bounced news", "bounced x", "complained "].toSorted(),
      );
      expect(found.every(({ address }) => address === "ada@example.com")).toBe(true);
      expect(await suppressions.counts()).toEqual({ ...none, bounced: 4, complained: 1 });
    },
  },
  {
    name: "one that is there stays, unless it ends sooner",
    async run(open) {
      const { suppressions } = open();
      const now = Date.now();
      const ends = async () =>
        (await suppressions.find(["ada@example.com"])).map(({ expiresAt, note }) => [expiresAt, note]);
      const add = async (note: string, expiresAt?: number) =>
        await suppressions.add([entry("ada@example.com", { note, ...(expiresAt !== undefined && { expiresAt }) })]);
      expect(await add("first", now + minute)).toEqual([true]);
      expect(await add("sooner", now + minute / 2)).toEqual([false]);
      expect(await ends()).toEqual([[now + minute, "first"]]);
      expect(await add("later", now + 2 * minute)).toEqual([false]);
      expect(await ends()).toEqual([[now + 2 * minute, "later"]]);
      expect(await add("never")).toEqual([false]);
      expect(await add("too late", now + 3 * minute)).toEqual([false]);
      expect(await add("never again")).toEqual([false]);
      expect(await ends()).toEqual([[undefined, "never"]]);
      const twice = [3, 1, 5].map((n) => entry("bob@example.com", { note: `${n}`, expiresAt: now + n * minute }));
      expect(await suppressions.add(twice)).toEqual([true, false, false]);
      expect(await suppressions.find(["bob@example.com"])).toEqual([twice[2]]);
    },
  },
  {
    name: "what has ended is never given out, and may be put there again",
    async run(open) {
      const { suppressions } = open();
      expect(await suppressions.add([entry("old@example.com", { expiresAt: Date.now() - 1 })])).toEqual([false]);
      await suppressions.add([
        entry("ada@example.com", { expiresAt: Date.now() + 4_000 }),
        entry("ada@example.com", { reason: "complained" }),
      ]);
      expect(await suppressions.counts()).toEqual({ ...none, bounced: 1, complained: 1 });
      await eventually(() => suppressions.counts()).toEqual({ ...none, complained: 1 });
      expect(await suppressions.find(["ada@example.com", "old@example.com"])).toMatchObject([{ reason: "complained" }]);
      expect((await suppressions.list({ limit: 10 })).entries).toMatchObject([{ reason: "complained" }]);
      expect((await suppressions.list({ limit: 10, reason: "bounced" })).entries).toEqual([]);
      expect(await suppressions.remove("ada@example.com", { reason: "bounced" })).toBe(0);
      expect(await suppressions.add([entry("ada@example.com", { note: "again" })])).toEqual([true]);
      expect(await suppressions.counts()).toEqual({ ...none, bounced: 1, complained: 1 });
    },
  },
  {
    name: "entries are taken off by address, reason and scope",
    async run(open) {
      const { suppressions } = open();
      const put = async () =>
        await suppressions.add(
          (["bounced", "complained"] as const).flatMap((reason) =>
            ["", "news", "offers"].map((scope) => entry("Ada@example.com", { reason, scope })),
          ),
        );
      const left = async () => (await suppressions.find(["ada@example.com"])).length;
      await put();
      expect(await suppressions.remove("ADA@example.com", { reason: "bounced", scope: "news" })).toBe(1);
      expect(await suppressions.remove("ada@example.com", { scope: "" })).toBe(2);
      expect(await left()).toBe(3);
      expect(await suppressions.remove("ada@example.com", { reason: "complained" })).toBe(2);
      expect(await suppressions.remove("bob@example.com")).toBe(0);
      await put();
      expect(await suppressions.remove("Ada@Example.com")).toBe(6);
      expect(await left()).toBe(0);
      expect(await suppressions.counts()).toEqual(none);
      expect(await suppressions.list({ limit: 10 })).toEqual({ entries: [] });
    },
  },
  {
    name: "entries are taken off only where they were put there no later than a time",
    async run(open) {
      const [{ suppressions }, other] = [open(), open()];
      const at = entry("ada@example.com").at;
      await suppressions.add([
        entry("Ada@example.com"),
        entry("ada@example.com", { scope: "news", at: at + 1 }),
        entry("ada@example.com", { reason: "complained", at: at + 2 }),
      ]);
      const remove = async (until: number, of = {}) =>
        await other.suppressions.remove("ADA@example.com", { ...of, until });
      expect(await remove(at - 1)).toBe(0);
      expect(await remove(at, { reason: "bounced" })).toBe(1);
      expect(await remove(at, { reason: "bounced", scope: "news" })).toBe(0);
      expect(await remove(at + 1)).toBe(1);
      expect(await suppressions.find(["ada@example.com"])).toMatchObject([{ reason: "complained" }]);
      expect(await remove(Number.POSITIVE_INFINITY)).toBe(1);
      expect(await suppressions.counts()).toEqual(none);
    },
  },
  {
    name: "addresses and scopes of any kind are different ones",
    async run(open) {
      const { suppressions } = open();
      const texts = [
        "a_b",
        "a%b",
        "a*b",
        "ä",
        "a\u0308",
        "a\0b",
        "a\nb",
        "\ud83d",
        "📬",
        "x".repeat(2_000),
        `${"x".repeat(2_000)}y`,
        "",
        "[a",
        "{a}",
        "'--",
      ];
      for (const text of texts) {
        const address = `${text}@example.com`;
        expect(await suppressions.add([entry(address, { scope: text })]), text).toEqual([true]);
        expect(await suppressions.find([address]), text).toMatchObject([{ reason: "bounced" }]);
      }
      expect(await suppressions.counts()).toEqual({ ...none, bounced: texts.length });
      expect(await allListed(suppressions, { limit: 4 })).toHaveLength(texts.length);
      expect(await allListed(suppressions, { limit: 4, prefix: "a_" })).toHaveLength(1);
      expect(await allListed(suppressions, { limit: 4, prefix: "a%" })).toHaveLength(1);
      for (const scope of texts)
        expect(await suppressions.remove(`${scope}@example.com`, { reason: "bounced", scope }), scope).toBe(1);
      expect(await suppressions.counts()).toEqual(none);
    },
  },
  {
    name: "thousands are put there and found in one call",
    async run(open) {
      const { suppressions } = open();
      const all = Array.from({ length: 5_000 }, (_, n) => entry(`User${n}@example.com`));
      expect((await suppressions.add(all)).every(Boolean)).toBe(true);
      expect((await suppressions.add(all)).some(Boolean)).toBe(false);
      const wanted = all.map(({ address }) => address.toUpperCase());
      expect(await suppressions.find([...wanted, ...wanted, "other@example.com"])).toHaveLength(5_000);
      expect(await suppressions.counts()).toEqual({ ...none, bounced: 5_000 });
    },
  },
  {
    name: "of many that put the same address there, one does",
    async run(open) {
      const stores = [open(), open(), open()];
      const addresses = Array.from({ length: 40 }, (_, n) => entry(`user${n}@example.com`));
      const added = await Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          stores[n % 3]?.suppressions.add(n % 2 === 0 ? addresses : addresses.toReversed()),
        ),
      );
      expect(added.flatMap((list) => list ?? []).filter(Boolean)).toHaveLength(40);
      expect(await stores[0]?.suppressions.counts()).toEqual({ ...none, bounced: 40 });
    },
  },
];
