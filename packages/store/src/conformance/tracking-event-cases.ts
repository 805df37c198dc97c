import type { MailEvent } from "@mail/core";
import { expect } from "vitest";
import type { StoreCase } from "./store-case.ts";
import { allRecent, countsBy, event, idsOf, mailTo, start, trackingCase } from "./tracking-subject.ts";

const full: MailEvent = event("full", "clicked", {
  mailId: "one",
  providerId: "provider-1",
  messageId: "<one@acme.example>",
  recipient: "Ada@Example.com",
  reason: "other",
  permanent: false,
  detail: "detail",
  response: '250 2.0.0 "OK" \\ 📬',
  url: "https://acme.example/?a=1&b=%20",
  userAgent: "Mozilla/5.0",
  ip: "192.0.2.1",
  tags: ["news", "spring"],
  metadata: { order: "1", ключ: "значение" },
  raw: { event: "click", nested: [1, null, { x: "y" }] },
});

const many = (count: number, prefix = "e"): MailEvent[] =>
  Array.from({ length: count }, (_, n) =>
    event(`${prefix}${n}`, "delivered", { mailId: `mail ${n % 10}`, recipient: `user${n}@example.com`, at: n }),
  );

export const trackingEventCases: readonly StoreCase[] = [
  trackingCase("an event comes back as it was reported", async (open) => {
    const tracking = open();
    expect(await tracking.addEvents([full])).toEqual([full]);
    expect(await tracking.events("one", 10)).toEqual([full]);
    expect(await tracking.recent({ limit: 10 })).toEqual({ events: [full] });
    const bare = event("bare", "sent");
    expect(await open().addEvents([bare])).toEqual([bare]);
    expect((await tracking.recent({ limit: 1 })).events).toEqual([bare]);
  }),
  trackingCase("nothing comes of nothing", async (open) => {
    const tracking = open();
    await tracking.recordMails([]);
    expect(await tracking.addEvents([])).toEqual([]);
    expect(await tracking.known([])).toEqual([]);
    expect(await tracking.mail("none")).toBeUndefined();
    expect(await tracking.events("none", 10)).toEqual([]);
    expect(await tracking.outcomes("none")).toEqual([]);
    expect(await tracking.recent({ limit: 10 })).toEqual({ events: [] });
    expect(await tracking.counts({ since: 0, until: Date.now(), by: "day" })).toEqual([]);
    expect(await tracking.prune(Date.now(), 10)).toBe(0);
  }),
  trackingCase("an event is stored once, whenever it comes again, and the first of a call counts", async (open) => {
    const [tracking, other] = [open(), open()];
    const first = event("a", "delivered", { mailId: "one" });
    const second = event("a", "bounced", { mailId: "two" });
    expect(await tracking.addEvents([first, second, event("b", "opened")])).toEqual([first, event("b", "opened")]);
    expect(await other.addEvents([second, event("b", "opened"), event("c", "opened")])).toEqual([event("c", "opened")]);
    expect(await tracking.known([first, event("d", "opened"), second])).toEqual([true, false, true]);
    expect(await tracking.events("two", 10)).toEqual([]);
    expect(idsOf(await allRecent(tracking, 10))).toEqual(["c", "b", "a"]);
  }),
  trackingCase("ids of different providers are different, whatever is in them", async (open) => {
    const tracking = open();
    const names: readonly (readonly [provider: string, id: string])[] = [
      ...["acme", "Acme", "acme:", "a", ""].map((provider) => [provider, "id"] as const),
      ...["ID", "id ", ":id", "cme:id", "%3a", "a\0b", "a\0c", "\ud83d", "\udcec", "x".repeat(5_000)].map(
        (id) => ["acme", id] as const,
      ),
      ["acme", `${"x".repeat(5_000)}y`],
    ];
    const events = names.map(([provider, id]) => event(id, "sent", { provider }));
    expect(await tracking.addEvents(events)).toHaveLength(events.length);
    expect(await tracking.addEvents(events)).toEqual([]);
    expect((await tracking.known(events)).every(Boolean)).toBe(true);
  }),
  trackingCase("of overlapping batches at the same time, in any order, each event is new once", async (open) => {
    const stores = [open(), open(), open()];
    const all = many(120);
    const batches = Array.from({ length: 12 }, (_, n) => {
      const batch = all.filter((_, index) => (index + n) % 3 !== 0);
      return n % 2 === 0 ? batch : batch.toReversed();
    });
    const added = await Promise.all(batches.map((batch, n) => stores[n % 3]?.addEvents(batch)));
    const ids = added.flatMap((events) => idsOf(events ?? []));
    expect(ids.toSorted()).toEqual(all.map(({ id }) => id).toSorted());
    expect(await countsBy(open())).toEqual({ delivered: 120 });
  }),
  trackingCase("thousands of events go in one call", async (open) => {
    const tracking = open();
    const all = many(4_000);
    const added = await tracking.addEvents([...all, ...all.slice(0, 1_000)]);
    expect(idsOf(added)).toEqual(all.map(({ id }) => id));
    expect((await tracking.known(all)).every(Boolean)).toBe(true);
    expect(await countsBy(tracking)).toEqual({ delivered: 4_000 });
    expect(await tracking.events("mail 3", 50)).toHaveLength(50);
  }),
  trackingCase("texts of any kind are kept, and none spoils the others", async (open) => {
    const tracking = open();
    const odd = ["a\0b", "\ud83d", "x".repeat(100_000), "'; DROP TABLE x; --", '\\u0000 \\ " {} %s $1 :x', ""];
    for (const [n, text] of odd.entries()) {
      const strange = event(`odd ${n}`, "bounced", {
        ...{ mailId: `id ${text}`, providerId: text, messageId: text, detail: text, response: text, url: text },
        ...{ userAgent: text, ip: text, recipient: `${text}@example.com`, tags: [text], metadata: { [text]: text } },
        raw: { [text.slice(0, 10)]: text.slice(0, 10) },
      });
      expect(await tracking.addEvents([strange, event(`even ${n}`, "sent")])).toHaveLength(2);
      expect(await tracking.events(`id ${text}`, 10), `odd ${n}`).toEqual([strange]);
      await tracking.recordMails([
        mailTo(`id ${text}`, `${text}@example.com`, { subject: text, tags: [text], metadata: { [text]: text } }),
        mailTo(`other ${text}`, text, { providerId: text, messageId: text, transport: text }),
      ]);
      expect(await tracking.mail(`id ${text}`), `odd ${n}`).toMatchObject({ metadata: { [text]: text }, tags: [text] });
      expect(await tracking.outcomes(`id ${text}`), `odd ${n}`).toMatchObject([{ type: "bounced" }]);
    }
    for (const by of ["transport", "tag", "domain", "day"] as const)
      expect(await tracking.counts({ since: start, until: start + 1, by })).not.toEqual([]);
  }),
  trackingCase("what is too large to keep or no JSON says so in its place", async (open) => {
    const tracking = open();
    const circular: { self?: unknown } = {};
    circular.self = circular;
    let deep: unknown = "x";
    for (let n = 0; n < 100_000; n++) deep = [deep];
    const raws = ["x".repeat(70_000), "é".repeat(40_000), circular, 1n, deep, undefined, null, "x".repeat(65_000)];
    const events = raws.map((raw, n) => event(`${n}`, "sent", { mailId: "one", raw, at: n }));
    expect(await tracking.addEvents(events)).toHaveLength(raws.length);
    const kept = (await tracking.events("one", 10)).map(({ raw }) => raw);
    const notJson = { omitted: "not JSON" };
    expect(kept).toEqual([
      { omitted: "too large", bytes: 70_002, start: `"${"x".repeat(999)}` },
      { omitted: "too large", bytes: 80_002, start: `"${"é".repeat(999)}` },
      notJson,
      notJson,
      notJson,
      null,
      null,
      "x".repeat(65_000),
    ]);
  }),
  trackingCase("what is changed afterwards by the caller is not changed in the store", async (open) => {
    const tracking = open();
    const tags = ["news"];
    const recipients = ["ada@example.com"];
    const metadata = { order: "1" };
    await tracking.recordMails([mailTo("one", [], { recipients, tags, metadata })]);
    await tracking.addEvents([event("a", "sent", { mailId: "one", tags, metadata, raw: metadata })]);
    tags.push("spam");
    recipients.push("eve@example.com");
    metadata.order = "2";
    const expected = { tags: ["news"], metadata: { order: "1" } };
    expect(await tracking.mail("one")).toMatchObject({ ...expected, recipients: ["ada@example.com"] });
    expect(await tracking.events("one", 10)).toMatchObject([{ ...expected, raw: { order: "1" } }]);
  }),
  trackingCase("a mail's events are in the order of their time, then as they came, so many at most", async (open) => {
    const tracking = open();
    const times = [5, 1, 3, 1, 9];
    await tracking.addEvents(times.map((at, n) => event(`${n}`, "opened", { mailId: "one", at })));
    await tracking.addEvents([event("late", "sent", { mailId: "one", at: 2 }), event("x", "sent", { mailId: "two" })]);
    expect(idsOf(await tracking.events("one", 10))).toEqual(["1", "3", "late", "2", "0", "4"]);
    expect(idsOf(await tracking.events("one", 2))).toEqual(["1", "3"]);
  }),
  trackingCase("the newest events come in pages that stay as they are while others come", async (open) => {
    const tracking = open();
    const all = many(25).map((one, n) => ({ ...one, type: n % 5 === 0 ? ("bounced" as const) : one.type }));
    for (const part of [all.slice(0, 10), all.slice(10)]) await tracking.addEvents(part.toReversed());
    const expected = idsOf([...all.slice(10), ...all.slice(0, 10)]);
    expect(idsOf(await allRecent(tracking, 7))).toEqual(expected);
    expect(idsOf(await allRecent(tracking, 25))).toEqual(expected);
    const first = await tracking.recent({ limit: 10 });
    await tracking.addEvents(many(5, "new"));
    const second = await tracking.recent({ limit: 10, before: first.next ?? "" });
    expect(idsOf([...first.events, ...second.events])).toEqual(expected.slice(0, 20));
    const bounced = expected.filter((id) => Number(id.slice(1)) % 5 === 0);
    expect(idsOf(await allRecent(tracking, 2, "bounced"))).toEqual(bounced);
    expect(await allRecent(tracking, 2, "complained")).toEqual([]);
  }),
  trackingCase("nothing comes before a cursor that no page gave", async (open) => {
    const tracking = open();
    await tracking.addEvents(many(3));
    for (const before of ["", "x", "-1", "0", "1e3", "NaN", "\0", "9".repeat(50)])
      expect(await tracking.recent({ limit: 2, before }), before).toEqual({ events: [] });
  }),
];
