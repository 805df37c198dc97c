import type { SuppressionEntry, SuppressionQuery, SuppressionReason, SuppressionStore } from "@mail/core";
import { expect } from "vitest";
import { eventually } from "./eventually.ts";
import type { StoreCase } from "./store-case.ts";

const minute = 60_000;
const none = { bounced: 0, complained: 0, unsubscribed: 0, manual: 0 };

function entry(address: string, changes: Partial<SuppressionEntry> = {}): SuppressionEntry {
  return { address, reason: "bounced", scope: "", at: 1_900_000_000_000, ...changes };
}

async function allListed(suppressions: SuppressionStore, query: SuppressionQuery): Promise<SuppressionEntry[]> {
  const all: SuppressionEntry[] = [];
  let after: string | undefined;
  do {
    const page = await suppressions.list({ ...query, ...(after !== undefined && { after }) });
    expect(page.entries.length).toBeLessThanOrEqual(query.limit);
    all.push(...page.entries);
    after = page.next;
  } while (after !== undefined);
  return all;
}

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
        entry("ada@example.com", { expiresAt: Date.now() + 300 }),
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
