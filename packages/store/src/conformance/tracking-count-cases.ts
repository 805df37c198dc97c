import type { CountBy, MailEvent, MailEventType, TrackedMail, TrackingStore } from "@mail/core";
import { memoryStore } from "@mail/core";
import { expect } from "vitest";
import type { StoreCase } from "./store-case.ts";
import { allRecent, countsBy, day, event, mailTo, start, trackingCase } from "./tracking-subject.ts";

export const trackingCountCases: readonly StoreCase[] = [
  trackingCase("what happens several times to one recipient counts once, by the first time", async (open) => {
    const tracking = open();
    const opened = (id: string, at: number) => event(id, "opened", { mailId: "one", recipient: "ada@example.com", at });
    await tracking.addEvents([opened("a", 3 * day), opened("b", 4 * day), opened("c", 3 * day + 1)]);
    expect(await countsBy(tracking, "day")).toEqual({ "2030-01-18 opened": 1 });
    await tracking.addEvents([opened("late", day)]);
    expect(await countsBy(tracking, "day")).toEqual({ "2030-01-16 opened": 1 });
    expect(await countsBy(tracking, undefined, start + 2 * day)).toEqual({});
    expect(await tracking.outcomes("one")).toMatchObject([{ at: start + day }]);
  }),
  trackingCase("each recipient and each type counts", async (open) => {
    const tracking = open();
    const people = ["ada@example.com", "bob@Example.com", "eve@other.example"];
    await tracking.recordMails([mailTo("one", people)]);
    await tracking.addEvents(
      people.flatMap((recipient, n) =>
        (["delivered", "opened", "delivered"] as const).map((type, m) =>
          event(`${n} ${m}`, type, { mailId: "one", recipient }),
        ),
      ),
    );
    expect(await countsBy(tracking)).toEqual({ delivered: 3, opened: 3 });
    expect(await countsBy(tracking, "domain")).toEqual({
      ...{ "example.com delivered": 2, "example.com opened": 2 },
      ...{ "other.example delivered": 1, "other.example opened": 1 },
    });
  }),
  trackingCase("permanent is what was so once, whichever came first", async (open) => {
    const tracking = open();
    const bounced = (mailId: string, id: string, at: number, permanent?: boolean) =>
      event(`${mailId} ${id}`, "bounced", {
        ...{ mailId, recipient: "ada@example.com", at, reason: permanent ? "invalid" : "other" },
        ...(permanent !== undefined && { permanent }),
      });
    await tracking.addEvents([bounced("one", "a", 0, false), bounced("two", "a", 0, true), bounced("three", "a", 0)]);
    await tracking.addEvents([bounced("one", "b", 5, true), bounced("two", "b", 5, false)]);
    expect(await countsBy(tracking)).toEqual({ "bounced permanent": 2, bounced: 1 });
    expect(await tracking.outcomes("one")).toEqual([
      { recipient: "ada@example.com", type: "bounced", at: start, reason: "other", permanent: true },
    ]);
    expect(await tracking.outcomes("two")).toMatchObject([{ reason: "invalid", permanent: true }]);
    expect((await tracking.outcomes("three"))[0]).not.toHaveProperty("permanent");
    await tracking.addEvents([bounced("one", "earlier", -5)]);
    expect(await tracking.outcomes("one")).toMatchObject([{ at: start - 5, reason: "other", permanent: true }]);
  }),
  trackingCase("a time begins with its first millisecond and ends before its last", async (open) => {
    const tracking = open();
    for (const at of [-1, 0, 1, 9, 10])
      await tracking.addEvents([event(`${at}`, "sent", { mailId: `mail ${at}`, at })]);
    expect(await countsBy(tracking, undefined, start, start + 10)).toEqual({ sent: 3 });
    expect(await countsBy(tracking, undefined, start + 1, start + 11)).toEqual({ sent: 3 });
    expect(await countsBy(tracking, undefined, start, start)).toEqual({});
    expect(await countsBy(tracking, "day", 0, start + day)).toEqual({ "2030-01-14 sent": 1, "2030-01-15 sent": 4 });
    expect(await countsBy(tracking, "day", start - 1.5, start + 0.5)).toEqual({
      ...{ "2030-01-14 sent": 1, "2030-01-15 sent": 1 },
    });
  }),
  trackingCase("counts are by transport, tag, domain and day, and by nothing", async (open) => {
    const tracking = open();
    await tracking.recordMails([
      mailTo("one", "ada@example.com", { tags: ["news", "spring"], transport: "ses" }),
      mailTo("two", "bob@example.com", { tags: ["news"] }),
      mailTo("three", "eve@other.example"),
    ]);
    await tracking.addEvents([
      ...["one", "two", "three"].map((mailId, n) => event(mailId, "delivered", { mailId, at: n * day })),
      event("four", "delivered", { mailId: "four", recipient: "no address", tags: ["own"], at: day }),
      event("five", "delivered", { mailId: "three", recipient: "eve@other.example", tags: ["own"], at: 3 * day }),
    ]);
    expect(await countsBy(tracking)).toEqual({ delivered: 4 });
    expect(await countsBy(tracking, "transport")).toEqual({
      ...{ "ses delivered": 1, "relay delivered": 2, delivered: 1 },
    });
    expect(await countsBy(tracking, "tag")).toEqual({
      ...{ "news delivered": 2, "spring delivered": 1, "own delivered": 1, delivered: 1 },
    });
    expect(await countsBy(tracking, "domain")).toEqual({
      ...{ "example.com delivered": 2, "other.example delivered": 1, delivered: 1 },
    });
    expect(await countsBy(tracking, "day")).toEqual({
      ...{ "2030-01-15 delivered": 1, "2030-01-16 delivered": 2, "2030-01-17 delivered": 1 },
    });
  }),
  ...[1, 2, 3].map((seed) =>
    trackingCase(`whatever comes in whatever order is as the memory has it (${seed})`, async (open) => {
      const stores = [open(), open()] as const;
      const { tracking: model } = memoryStore();
      const random = randomFrom(seed);
      for (let step = 0; step < 60; step++) {
        const { mails, events } = randomStep(random, step);
        const store = stores[step % 2] as TrackingStore;
        await store.recordMails(mails);
        await model.recordMails(mails);
        expect(await store.addEvents(events)).toEqual(await model.addEvents(events));
        if (step % 20 === 10) expect(await pruneAll(store)).toBe(await pruneAll(model));
        if (step % 10 === 9) await expectSame(store, model);
      }
    }),
  ),
  ...[4, 5].map((seed) =>
    trackingCase(`the order in which mails and events come does not matter (${seed})`, async (open) => {
      const tracking = open();
      const { tracking: model } = memoryStore();
      const random = randomFrom(seed);
      const steps = Array.from({ length: 40 }, (_, step) => randomStep(random, step));
      for (const { mails, events } of steps) {
        await model.recordMails(mails);
        await model.addEvents(events);
      }
      const parts = steps.flatMap(({ mails, events }) => [
        ...mails.map((mail) => ({ mails: [mail], events: [] })),
        // Of two with one id, the first would count.
        ...[...new Map(events.toReversed().map((one) => [one.id, one])).values()].map((one) => ({
          mails: [],
          events: [one],
        })),
      ]);
      const order = parts.map((part) => ({ part, at: random(1_000_000) })).toSorted((a, b) => a.at - b.at);
      // One call for many keeps it quick.
      for (let first = 0; first < order.length; first += 8) {
        const some = order.slice(first, first + 8).map(({ part }) => part);
        await tracking.recordMails(some.flatMap(({ mails }) => mails));
        await tracking.addEvents(some.flatMap(({ events }) => events));
      }
      for (const by of [undefined, "transport", "domain", "day"] as const)
        expect(await countsBy(tracking, by), by).toEqual(await countsBy(model, by));
    }),
  ),
];

type Random = (below: number) => number;

/** The generator of Park and Miller. */
function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

const types: readonly MailEventType[] = ["sent", "delivered", "bounced", "opened"];
const people = ["ada@example.com", "Bob@example.com", "eve@other.example", "bob@EXAMPLE.com"];

interface Step {
  readonly mails: readonly TrackedMail[];
  readonly events: readonly MailEvent[];
}

/** Few of all, so that they meet. A mail's names never change, but they may be told late. */
function randomStep(random: Random, step: number): Step {
  const mails = Array.from({ length: random(3) }, () => {
    const n = random(12);
    return mailTo(`mail ${n}`, n % 3 === 0 ? people.slice(0, 3) : (people[n % 4] as string), {
      ...{ at: start + n * day, transport: `relay ${n % 2}` },
      ...(random(2) === 0 && { providerId: `p ${n % 8}` }),
      ...(random(2) === 0 && { messageId: `<${n}>` }),
    });
  });
  const events = Array.from({ length: random(6) }, (_, m): MailEvent => {
    const n = random(14);
    const names = [{ mailId: `mail ${n}` }, { providerId: `p ${n % 8}` }, { messageId: `<${n}>` }, {}][random(4)];
    return event(`${step} ${random(8) === 0 ? "again" : m}`, types[random(4)] ?? "sent", {
      ...names,
      at: random(20) * day + random(3),
      ...(random(3) > 0 && { recipient: people[random(4)] ?? "" }),
      ...(random(3) === 0 && { permanent: random(2) === 0, reason: "other" }),
      ...(random(3) === 0 && { tags: [`tag ${random(2)}`] }),
    });
  });
  return { mails, events };
}

async function pruneAll(tracking: TrackingStore): Promise<number> {
  return await tracking.prune(start + 3 * day, 1_000);
}

async function expectSame(store: TrackingStore, model: TrackingStore): Promise<void> {
  const by: readonly (CountBy | undefined)[] = [undefined, "transport", "tag", "domain", "day"];
  for (const one of by)
    for (const since of [start, start + 2 * day + 1])
      expect(await countsBy(store, one, since), one).toEqual(await countsBy(model, one, since));
  expect(await allRecent(store, 9)).toEqual(await allRecent(model, 9));
  for (let n = 0; n < 14; n++) {
    const id = `mail ${n}`;
    expect(await store.mail(id)).toEqual(await model.mail(id));
    expect(await store.events(id, 100)).toEqual(await model.events(id, 100));
    const [own, others] = [await store.outcomes(id), await model.outcomes(id)];
    const sorted = (list: typeof own) => list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    expect(sorted(own)).toEqual(sorted(others));
    expect(own.map(({ at }) => at)).toEqual(own.map(({ at }) => at).toSorted((a, b) => a - b));
  }
}
