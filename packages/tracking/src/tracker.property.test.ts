import { createMailer, type MailEvent, memoryStore } from "@mail/core";
import { mock } from "@mail/mock";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createTracker } from "./create-tracker.ts";
import { eventTypes } from "./event-types.ts";
import { jsonSource, report } from "./tracker.fixture.ts";

const start = new Date("2026-11-25T12:00:00Z").getTime();

/** Events of one mail with two recipients, each at a time of its own. */
const manyEvents = fc
  .array(
    fc.record({
      type: fc.constantFrom(...eventTypes),
      provider: fc.constantFrom("transport", "ses"),
      recipient: fc.constantFrom("ada@example.com", "ADA@example.com", "bob@example.com"),
      permanent: fc.boolean(),
      by: fc.constantFrom("mailId", "providerId", "messageId"),
    }),
    { maxLength: 20 },
  )
  .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray([...list.keys()], { minLength: list.length })))
  .map(([list, times]) =>
    list.map(
      ({ by, ...event }, index): MailEvent => ({
        ...event,
        id: `event-${index}`,
        at: new Date(start + (times[index] ?? 0) * 1_000),
        reason: "other",
        [by]: { mailId: "m", providerId: "p", messageId: "<i@acme.example>" }[by],
        tags: [],
        metadata: {},
        raw: {},
      }),
    ),
  );

/** The order and the requests in which events arrive, each of them once at least. */
const arrivals = (events: readonly MailEvent[]) =>
  fc
    .tuple(
      fc.shuffledSubarray([...events], { minLength: events.length }),
      fc.shuffledSubarray([...events, ...events]),
      fc.nat({ max: events.length }),
      fc.nat({ max: 3 }),
    )
    .map(([all, again, recordedAfter, extra]) => {
      const order = [...all, ...again];
      const size = 1 + extra;
      const requests = Array.from({ length: Math.ceil(order.length / size) }, (_, index) =>
        order.slice(index * size, (index + 1) * size),
      );
      return { requests, recordedAfter };
    });

async function resultOf(requests: readonly (readonly MailEvent[])[], recordedAfter: number, atOnce: boolean) {
  const store = memoryStore();
  const tracker = createTracker({ store, sources: { test: jsonSource() } });
  const record = () =>
    store.tracking?.recordMails([
      {
        id: "m",
        at: start,
        transport: "main",
        recipients: ["ada@example.com", "bob@example.com"],
        tags: ["welcome"],
        metadata: {},
        providerId: "p",
        messageId: "<i@acme.example>",
      },
    ]);
  const work = requests.map((events, index) => async () => {
    if (index === recordedAfter) await record();
    await tracker.handle(report(events), "test");
  });
  if (atOnce) await Promise.all(work.map((one) => one()));
  else for (const one of work) await one();
  await record();
  const query = { since: new Date(0), until: new Date(start + 86_400_000) };
  const timeline = (await tracker.timeline("m")).map(({ id }) => id);
  const suppressed = await tracker.suppressions.find(["ada@example.com", "bob@example.com"], { tags: [] });
  return {
    status: await tracker.status("m"),
    byTag: await tracker.stats({ ...query, by: "tag" }),
    byTransport: await tracker.stats({ ...query, by: "transport" }),
    events: timeline.toSorted(),
    suppressed: suppressed.toSorted((a, b) => (a.address < b.address ? -1 : 1)),
  };
}

test("the order in which events come, and how often, changes neither state nor counts nor suppressions", async () => {
  const worlds = manyEvents.chain((events) => fc.tuple(fc.constant(events), arrivals(events), fc.boolean()));
  await fc.assert(
    fc.asyncProperty(worlds, async ([events, { requests, recordedAfter }, atOnce]) => {
      const { suppressed, ...plain } = await resultOf([events], 0, false);
      const mixed = await resultOf(requests, recordedAfter, atOnce);
      expect(mixed).toMatchObject(plain);
      // Whoever subscribed again before an older unsubscribe was heard of stays on the list, to be on the safe side.
      if (events.some(({ type }) => type === "subscribed"))
        expect(mixed.suppressed).toEqual(expect.arrayContaining(suppressed));
      else expect(mixed.suppressed).toEqual(suppressed);
    }),
    { numRuns: 300 },
  );
});

test("a state never goes back, whatever comes next", async () => {
  await fc.assert(
    fc.asyncProperty(manyEvents, async (events) => {
      const tracker = createTracker();
      const { id } = await createMailer({ transport: tracker.transport(mock()) }).send({
        from: "hello@acme.example",
        to: "ada@example.com",
        subject: "Hi",
        text: "Hello",
      });
      const seen: string[] = [];
      let givenUp = false;
      for (const { providerId: _, messageId: __, ...event } of events) {
        await tracker.add([{ ...event, mailId: id, recipient: "ada@example.com" }]);
        givenUp ||= event.type === "failed" && event.provider !== "transport";
        const { state, permanent } = (await tracker.status(id))?.recipients[0] ?? {};
        // Two states have two meanings each.
        const meaning = `${state} ${state === "bounced" && permanent} ${state === "failed" && givenUp}`;
        if (seen.at(-1) === meaning) continue;
        expect(seen).not.toContain(meaning);
        seen.push(meaning);
      }
    }),
    { numRuns: 200 },
  );
});
