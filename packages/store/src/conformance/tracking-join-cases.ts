import type { TrackedMail } from "@mail/core";
import { expect } from "vitest";
import type { StoreCase } from "./store-case.ts";
import { allRecent, countsBy, event, idsOf, mailTo, start, trackingCase } from "./tracking-subject.ts";

const known: TrackedMail = mailTo("one", "Ada@Example.com", {
  providerId: "p-1",
  messageId: "<one@acme.example>",
  tags: ["news"],
  metadata: { order: "42" },
});

/** Events of `known` by each of its names. */
const namedEvents = [
  event("by id", "sent", { mailId: "one" }),
  event("by provider id", "delivered", { providerId: "p-1", recipient: "ada@example.com", at: 1 }),
  event("by message id", "opened", { messageId: "<one@acme.example>", recipient: "ADA@EXAMPLE.COM", at: 2 }),
  event("by message id alone", "clicked", { providerId: "unknown", messageId: "<one@acme.example>", at: 3 }),
];

export const trackingJoinCases: readonly StoreCase[] = [
  trackingCase("an event joins its mail by each of its names and gets what the mail has", async (open) => {
    const tracking = open();
    await tracking.recordMails([known]);
    expect(await tracking.mail("one")).toEqual(known);
    const joined = { mailId: "one", transport: "relay", tags: ["news"], metadata: { order: "42" } };
    const [byId, byProviderId, byMessageId, byMessageIdAlone] = namedEvents;
    const expected = [
      { ...byId, ...joined, recipient: "Ada@Example.com" },
      { ...byProviderId, ...joined },
      { ...byMessageId, ...joined },
      { ...byMessageIdAlone, ...joined, recipient: "Ada@Example.com" },
    ];
    expect(await tracking.addEvents(namedEvents)).toEqual(expected);
    expect(await tracking.events("one", 10)).toEqual(expected);
    expect((await allRecent(tracking, 10)).toReversed()).toEqual(expected);
    expect(await tracking.outcomes("one")).toEqual(
      (["sent", "delivered", "opened", "clicked"] as const).map((type, at) => ({
        recipient: "Ada@Example.com",
        type,
        at: start + at,
      })),
    );
  }),
  trackingCase("the mail of an event can be looked up before the event is stored", async (open) => {
    const tracking = open();
    const batch = ["ada", "bob"].map((name) => mailTo(name, `${name}@example.com`, { providerId: "batch" }));
    await tracking.recordMails([known, ...batch]);
    const ofBatch = event("b", "sent", { providerId: "batch", recipient: "BOB@example.com" });
    const ofNone = [
      event("n1", "sent"),
      event("n2", "sent", { mailId: "two", providerId: "p-1" }),
      event("n3", "sent", { providerId: "batch" }),
    ];
    const mails = await tracking.mailsOf([...namedEvents, ofBatch, ...ofNone]);
    expect(mails).toEqual([known, known, known, known, batch[1], undefined, undefined, undefined]);
    expect(await tracking.known([...namedEvents, ofBatch])).not.toContain(true);
    expect(await tracking.mailsOf([])).toEqual([]);
  }),
  trackingCase("an event keeps the tags and metadata that it brings", async (open) => {
    const tracking = open();
    await tracking.recordMails([known]);
    const own = { tags: ["own"], metadata: { of: "its own" } };
    expect(await tracking.addEvents([event("a", "sent", { mailId: "one", ...own })])).toMatchObject([own]);
    expect(await tracking.events("one", 10)).toMatchObject([own]);
    expect((await tracking.recent({ limit: 1 })).events).toMatchObject([own]);
  }),
  trackingCase("events that come before their mail join it when it is recorded", async (open) => {
    const tracking = open();
    const [first] = await tracking.addEvents(namedEvents);
    expect(first).toEqual(namedEvents[0]);
    expect(idsOf(await tracking.events("one", 10))).toEqual(["by id"]);
    expect(await countsBy(tracking, "transport")).toEqual({ sent: 1, delivered: 1, opened: 1, clicked: 1 });
    await tracking.recordMails([known]);
    const events = await tracking.events("one", 10);
    expect(idsOf(events)).toEqual(idsOf(namedEvents));
    for (const one of events)
      expect(one).toMatchObject({ mailId: "one", transport: "relay", tags: ["news"], metadata: { order: "42" } });
    expect(await countsBy(tracking, "transport")).toEqual({
      ...{ "relay sent": 1, "relay delivered": 1, "relay opened": 1, "relay clicked": 1 },
    });
    for (const { recipient } of await tracking.outcomes("one")) expect(recipient).toBe("Ada@Example.com");
  }),
  trackingCase("outcomes of a mail by different names count once when they are joined", async (open) => {
    const tracking = open();
    await tracking.addEvents([
      event("a", "opened", { providerId: "p-1", recipient: "ada@example.com", at: 20 }),
      event("b", "opened", { messageId: "<one@acme.example>", recipient: "Ada@example.com", at: 10 }),
      event("c", "opened", { mailId: "one", recipient: "ADA@example.com", at: 30 }),
    ]);
    expect(await countsBy(tracking)).toEqual({ opened: 3 });
    await tracking.recordMails([known]);
    expect(await countsBy(tracking)).toEqual({ opened: 1 });
    expect(await tracking.outcomes("one")).toEqual([{ recipient: "Ada@Example.com", type: "opened", at: start + 10 }]);
  }),
  trackingCase("a mail is completed, and nothing of it is taken away", async (open) => {
    const [tracking, other] = [open(), open()];
    await tracking.recordMails([
      mailTo("one", ["ada@example.com", "bob@example.com"], {
        ...{ subject: "Hi", tags: ["news"], metadata: { a: "1", b: "1" }, transport: "failover" },
      }),
    ]);
    await tracking.addEvents([
      event("early", "sent", { providerId: "p-2", recipient: "bob@example.com" }),
      event("known", "delivered", { mailId: "one", recipient: "ada@example.com" }),
    ]);
    await other.recordMails([
      mailTo("one", ["ADA@example.com", "eve@example.com"], {
        ...{ at: start + 50, tags: ["spring", "news"], metadata: { b: "2" }, transport: "relay", providerId: "p-2" },
      }),
    ]);
    await other.recordMails([mailTo("one", [], { at: start + 90, transport: "", subject: "" })]);
    expect(await tracking.mail("one")).toEqual({
      ...{ id: "one", at: start, transport: "relay", subject: "Hi", providerId: "p-2", tags: ["news", "spring"] },
      recipients: ["ada@example.com", "bob@example.com", "eve@example.com"],
      metadata: { a: "1", b: "2" },
    });
    expect(idsOf(await tracking.events("one", 10))).toEqual(["early", "known"]);
    expect(await countsBy(tracking, "transport")).toEqual({ "relay sent": 1, "relay delivered": 1 });
    expect(await countsBy(tracking, "tag")).toEqual({
      ...{ "news sent": 1, "news delivered": 1, "spring sent": 1, "spring delivered": 1 },
    });
  }),
  trackingCase("a mail that got another provider id is found by both", async (open) => {
    const tracking = open();
    await tracking.recordMails([mailTo("one", "ada@example.com", { providerId: "p-1" })]);
    await tracking.recordMails([mailTo("one", "ada@example.com", { providerId: "p-2" })]);
    const added = await tracking.addEvents([
      event("a", "bounced", { providerId: "p-1" }),
      event("b", "delivered", { providerId: "p-2" }),
    ]);
    expect(added.map(({ mailId }) => mailId)).toEqual(["one", "one"]);
  }),
  trackingCase(
    "of several mails with one provider id, an event is that one's which has its recipient",
    async (open) => {
      const tracking = open();
      const mails = ["ada", "bob", "eve"].map((name) => mailTo(name, `${name}@example.com`, { providerId: "batch" }));
      const eventsOf = (suffix: string) => [
        ...["ada", "bob", "eve"].map((name) =>
          event(`${name}${suffix}`, "delivered", {
            providerId: "batch",
            recipient: `${name.toUpperCase()}@Example.com`,
          }),
        ),
        event(`nobody${suffix}`, "delivered", { providerId: "batch" }),
        event(`other${suffix}`, "delivered", { providerId: "batch", recipient: "other@example.com" }),
      ];
      await tracking.addEvents(eventsOf(" before"));
      // As long as there is one mail alone, all are its events.
      await tracking.recordMails(mails.slice(0, 1));
      expect(await tracking.events("ada", 10)).toHaveLength(5);
      expect(await countsBy(tracking)).toEqual({ delivered: 4 });
      await tracking.recordMails(mails.slice(1));
      const added = await tracking.addEvents(eventsOf(" after"));
      expect(added.map(({ mailId }) => mailId)).toEqual(["ada", "bob", "eve", undefined, undefined]);
      for (const name of ["ada", "bob", "eve"]) {
        expect(idsOf(await tracking.events(name, 10)), name).toEqual([`${name} before`, `${name} after`]);
        expect(await tracking.outcomes(name)).toHaveLength(1);
      }
      expect(await countsBy(tracking)).toEqual({ delivered: 5 });
      expect(await countsBy(tracking, "transport")).toEqual({ "relay delivered": 3, delivered: 2 });
    },
  ),
  trackingCase("an event without a recipient is the only recipient's, or else nobody's", async (open) => {
    const tracking = open();
    await tracking.recordMails([
      mailTo("one", "Ada@example.com"),
      mailTo("two", ["bob@example.com", "eve@example.com"]),
    ]);
    const [ofOne, ofTwo, ofNone] = await tracking.addEvents([
      event("a", "opened", { mailId: "one" }),
      event("b", "opened", { mailId: "two" }),
      event("c", "opened", { mailId: "three" }),
      event("d", "opened", { mailId: "one", recipient: "ada@EXAMPLE.com", at: 5 }),
    ]);
    expect(ofOne?.recipient).toBe("Ada@example.com");
    expect(ofTwo).not.toHaveProperty("recipient");
    expect(ofNone).not.toHaveProperty("recipient");
    expect(await tracking.outcomes("one")).toEqual([{ recipient: "Ada@example.com", type: "opened", at: start }]);
    expect(await tracking.outcomes("two")).toEqual([{ recipient: "", type: "opened", at: start }]);
    expect(await countsBy(tracking, "domain")).toEqual({ "example.com opened": 1, opened: 2 });
    await tracking.recordMails([mailTo("three", "eve@Other.example"), mailTo("one", "bob@example.com")]);
    expect(await countsBy(tracking, "domain")).toEqual({
      ...{ "example.com opened": 1, "other.example opened": 1, opened: 2 },
    });
  }),
  trackingCase("mails and events that come at the same time find each other", async (open) => {
    const stores = [open(), open(), open(), open()];
    const mails = Array.from({ length: 60 }, (_, n) => mailTo(`mail ${n}`, `user${n}@example.com`, { tags: ["t"] }));
    const calls = mails.flatMap((mail, n) => [
      () => stores[0]?.recordMails([mail]),
      () => stores[1]?.addEvents([event(`a${n}`, "delivered", { mailId: mail.id })]),
      () => stores[2]?.addEvents([event(`b${n}`, "opened", { providerId: `p${n}` })]),
      () => stores[3]?.recordMails([{ ...mail, providerId: `p${n}`, transport: "relay 2" }]),
    ]);
    await Promise.all(calls.map((call) => call()));
    const counts = await countsBy(open(), "transport");
    const sum = (type: string) => (counts[`relay ${type}`] ?? 0) + (counts[`relay 2 ${type}`] ?? 0);
    expect([sum("delivered"), sum("opened")]).toEqual([60, 60]);
    expect(await countsBy(open(), "tag")).toEqual({ "t delivered": 60, "t opened": 60 });
    for (const { id } of mails) {
      const transport = (await stores[0]?.mail(id))?.transport;
      const events = (await stores[0]?.events(id, 10)) ?? [];
      expect(events.map((one) => [one.type, one.transport]).toSorted()).toEqual([
        ["delivered", transport],
        ["opened", transport],
      ]);
    }
  }),
];
