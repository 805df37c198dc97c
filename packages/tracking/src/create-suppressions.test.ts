import { memoryStore } from "@mail/core";
import { describe, expect, test, vi } from "vitest";
import { createSuppressions } from "./create-suppressions.ts";
import type { NewSuppression } from "./suppression-list.ts";

const noTags = { tags: [] };
const now = new Date("2026-11-25T12:00:00Z");

describe("createSuppressions", () => {
  test.each([
    [{ store: {} }, "store"],
    [{ shop: memoryStore() }, "shop"],
    [{ transactionalTags: "receipt" }, "transactionalTags"],
    [{ transactionalTags: ["a", ""] }, "transactionalTags[1]"],
  ])("refuses %j", (options, field) => {
    expect(() => createSuppressions(options as object)).toThrow(
      expect.objectContaining({ code: "configuration", field }),
    );
  });

  test("keeps the list in the store that it is given", async () => {
    const store = memoryStore();
    await createSuppressions({ store }).add({ address: "ada@example.com" });
    expect(await createSuppressions({ store }).find(["ada@example.com"], noTags)).toHaveLength(1);
  });
});

describe("find", () => {
  test("gives each address that is on the list, as it was asked for, whatever its capitals and IDN form", async () => {
    const list = createSuppressions();
    expect(await list.add({ address: "Ada <Ada@BÜCHER.example>", reason: "bounced" })).toEqual([true]);
    expect(await list.add({ address: "ada@xn--bcher-kva.example", reason: "bounced" })).toEqual([false]);
    const asked = ["ADA@xn--bcher-kva.example", "ada@bücher.example", "bob@example.com"];
    expect(await list.find(asked, noTags)).toEqual(
      asked.slice(0, 2).map((address) => ({ address, reason: "bounced" })),
    );
    expect(await list.get("aDa@bücher.EXAMPLE")).toHaveLength(1);
    expect(await list.remove("aDa@bücher.EXAMPLE")).toBe(1);
    expect(await list.find(asked, noTags)).toEqual([]);
  });

  test("keeps a scope to mails that carry its tag", async () => {
    const list = createSuppressions();
    await list.add({ address: "ada@example.com", reason: "unsubscribed", scope: "newsletter" });
    expect(await list.find(["ada@example.com"], noTags)).toEqual([]);
    expect(await list.find(["ada@example.com"], { tags: ["digest"] })).toEqual([]);
    expect(await list.find(["ada@example.com"], { tags: ["digest", "newsletter"] })).toEqual([
      { address: "ada@example.com", reason: "unsubscribed" },
    ]);
  });

  test.each([
    ["unsubscribed", "", false],
    ["unsubscribed", "receipt", false],
    ["bounced", "", true],
    ["complained", "", true],
    ["manual", "", true],
    ["complained", "receipt", true],
  ] as const)("holds a transactional mail back from who is there as %s (scope %j): %j", async (reason, scope, held) => {
    const list = createSuppressions({ transactionalTags: ["receipt"] });
    await list.add({ address: "ada@example.com", reason, scope });
    expect(await list.find(["ada@example.com"], { tags: ["receipt", "shop"] })).toHaveLength(held ? 1 : 0);
    if (scope === "") expect(await list.find(["ada@example.com"], { tags: ["shop"] })).toHaveLength(1);
  });

  test("tells the gravest reason that applies", async () => {
    const list = createSuppressions();
    const reasons = ["manual", "unsubscribed", "bounced", "complained"] as const;
    for (const reason of reasons) {
      await list.add({ address: "ada@example.com", reason });
      expect(await list.find(["ada@example.com"], noTags)).toEqual([{ address: "ada@example.com", reason }]);
    }
    await list.add({ address: "bob@example.com", reason: "complained", scope: "newsletter" });
    await list.add({ address: "bob@example.com", reason: "manual" });
    expect(await list.find(["bob@example.com"], noTags)).toEqual([{ address: "bob@example.com", reason: "manual" }]);
  });

  test("forgets what has ended", async () => {
    vi.useFakeTimers({ now, toFake: ["Date"] });
    try {
      const list = createSuppressions();
      await list.add([
        { address: "ada@example.com", expiresInMs: 1_000 },
        { address: "bob@example.com", expiresAt: new Date(now.getTime() + 2_000) },
      ]);
      const both = ["ada@example.com", "bob@example.com"];
      expect(await list.find(both, noTags)).toHaveLength(2);
      vi.setSystemTime(now.getTime() + 1_000);
      expect(await list.find(both, noTags)).toEqual([{ address: "bob@example.com", reason: "manual" }]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("fails where the store does", async () => {
    const store = memoryStore();
    store.suppressions.find = async () => Promise.reject(new Error("away"));
    await expect(createSuppressions({ store }).find(["ada@example.com"], noTags)).rejects.toThrow("away");
  });
});

describe("add", () => {
  test("takes one or many, with all that is known of them", async () => {
    const list = createSuppressions();
    const ada: NewSuppression = {
      address: { name: "Ada", address: "Ada@example.com" },
      reason: "bounced",
      scope: "shop",
      at: now,
      expiresAt: new Date("2099-01-01T00:00:00Z"),
      note: "550 5.1.1 unknown",
      mailId: "m1",
    };
    expect(await list.add([ada, { address: "bob@example.com" }, ada])).toEqual([true, true, false]);
    expect(await list.add([])).toEqual([]);
    expect(await list.get("ada@example.com")).toEqual([
      { ...ada, address: "ada@example.com", at: now.getTime(), expiresAt: Date.UTC(2099, 0, 1) },
    ]);
    expect(await list.get("bob@example.com")).toMatchObject([{ reason: "manual", scope: "" }]);
  });

  test.each<[object, string, string]>([
    [{ address: "ada" }, "invalid_recipient", "address"],
    [{}, "configuration", "address"],
    [{ address: "ada@example.com", reason: "bounce" }, "configuration", "reason"],
    [{ address: "ada@example.com", scope: "a\nb" }, "configuration", "scope"],
    [{ address: "ada@example.com", scope: "ü".repeat(65) }, "configuration", "scope"],
    [{ address: "ada@example.com", expiresAt: 5 }, "configuration", "expiresAt"],
    [{ address: "ada@example.com", expiresAt: new Date(Number.NaN) }, "configuration", "expiresAt"],
    [{ address: "ada@example.com", expiresInMs: -1 }, "configuration", "expiresInMs"],
    [{ address: "ada@example.com", expiresInMs: 1, expiresAt: new Date() }, "configuration", "expiresInMs"],
    [{ address: "ada@example.com", tag: "x" }, "configuration", "tag"],
  ])("refuses %j, and takes none of the others", async (entry, code, field) => {
    const list = createSuppressions();
    const wrong = entry as NewSuppression;
    await expect(list.add(wrong)).rejects.toMatchObject({ code, field });
    await expect(list.add([{ address: "bob@example.com" }, wrong])).rejects.toMatchObject({
      code,
      field: `[1].${field}`,
    });
    expect(await list.counts()).toMatchObject({ manual: 0 });
  });

  test("takes ages for as long as there are dates", async () => {
    const list = createSuppressions();
    await list.add({ address: "ada@example.com", expiresInMs: Number.MAX_SAFE_INTEGER });
    expect(await new Response(list.export()).text()).toContain("+275760-09-13");
  });

  test("cuts a note that is a novel", async () => {
    const list = createSuppressions();
    await list.add({ address: "ada@example.com", note: "🎉".repeat(400) });
    const [entry] = await list.get("ada@example.com");
    expect(entry?.note).toHaveLength(500);
    expect(entry?.note?.isWellFormed()).toBe(true);
  });
});

describe("the list", () => {
  const filled = async () => {
    const list = createSuppressions();
    await list.add([
      { address: "bob@example.com", reason: "bounced" },
      { address: "ada@example.com", reason: "unsubscribed", scope: "newsletter" },
      { address: "ada@example.com", reason: "complained" },
      { address: "adam@example.com" },
    ]);
    return list;
  };

  test("lets go of what was put there until a time", async () => {
    const list = createSuppressions();
    const [before, after] = [new Date(1_000), new Date(2_000)];
    await list.add([
      { address: "ada@example.com", at: before },
      { address: "ada@example.com", scope: "news", at: after },
    ]);
    expect(await list.remove("Ada@example.com", { until: before })).toBe(1);
    expect(await list.get("ada@example.com")).toMatchObject([{ scope: "news" }]);
    await expect(list.remove("ada@example.com", { until: new Date(Number.NaN) })).rejects.toMatchObject({
      code: "configuration",
      field: "until",
    });
  });

  test("is given out in pages, by reason, and by how addresses begin", async () => {
    const list = await filled();
    const first = await list.list({ limit: 3 });
    expect(first.entries.map(({ address }) => address)).toEqual([
      "ada@example.com",
      "ada@example.com",
      "adam@example.com",
    ]);
    const { next } = first;
    expect(await list.list({ limit: 3, after: next })).toMatchObject({ entries: [{ address: "bob@example.com" }] });
    expect((await list.list({ reason: "bounced" })).entries).toHaveLength(1);
    expect((await list.list({ prefix: "ADA@" })).entries).toHaveLength(2);
    await expect(list.list({ limit: 5_000 })).rejects.toMatchObject({ code: "configuration", field: "limit" });
    await expect(list.list({ reason: "bounce" as "bounced" })).rejects.toMatchObject({ field: "reason" });
  });

  test("is iterated to its end, page after page", async () => {
    const list = createSuppressions();
    await list.add(Array.from({ length: 5_001 }, (_, index) => ({ address: `a${index}@example.com` })));
    let count = 0;
    for await (const _ of list.all()) count++;
    expect(count).toBe(5_001);
    for await (const { address } of list.all({ prefix: "a5000" })) expect(address).toBe("a5000@example.com");
  });

  test("is counted by reason", async () => {
    expect(await (await filled()).counts()).toEqual({ bounced: 1, complained: 1, unsubscribed: 1, manual: 1 });
  });

  test("lets go of one reason or scope, or of all", async () => {
    const list = await filled();
    expect(await list.remove("ada@example.com", { reason: "unsubscribed", scope: "other" })).toBe(0);
    expect(await list.remove("ada@example.com", { reason: "unsubscribed" })).toBe(1);
    expect(await list.remove("Ada@Example.com")).toBe(1);
    expect(await list.remove("nobody")).toBe(0);
    expect(await list.get("ada@example.com")).toEqual([]);
  });
});
