import { memoryStore } from "@mail/core";
import { describe, expect, test, vi } from "vitest";
import { createTracker } from "./create-tracker.ts";
import { faultyStore, mailEvent } from "./tracker.fixture.ts";

const day = new Date("2026-11-25T00:00:00Z");
const nextDay = new Date("2026-11-26T00:00:00Z");
const dayAfter = new Date("2026-11-27T00:00:00Z");

async function open() {
  const store = memoryStore();
  const tracker = createTracker({ store });
  const mail = (id: string, transport: string, recipients: string[], tags: string[]) => ({
    id,
    at: day.getTime(),
    transport,
    recipients,
    tags,
    metadata: {},
  });
  await store.tracking?.recordMails([
    mail("m-1", "main", ["ada@example.com"], ["welcome", "eu"]),
    mail("m-2", "main", ["bob@example.org"], ["welcome"]),
    mail("m-3", "other", ["eve@example.org"], []),
  ]);
  const happened = (mailId: string, type: never, at = day, more = {}) =>
    mailEvent({ mailId, recipient: undefined as never, type, at, ...more });
  await tracker.add([
    ...["m-1", "m-2", "m-3"].map((id) => happened(id, "sent" as never)),
    happened("m-1", "delivered" as never),
    happened("m-1", "opened" as never),
    happened("m-1", "opened" as never, nextDay),
    happened("m-1", "clicked" as never, nextDay),
    happened("m-2", "bounced" as never, day, { permanent: true }),
    happened("m-3", "complained" as never, nextDay),
  ]);
  return tracker;
}

describe("stats", () => {
  test("count each recipient's mail once for each thing that happened, with shares of what was sent", async () => {
    const { total, groups } = await (await open()).stats({ since: day, until: dayAfter });
    expect(total).toMatchObject({
      sent: 3,
      delivered: 1,
      opened: 1,
      clicked: 1,
      bounced: 1,
      hardBounced: 1,
      complained: 1,
      unsubscribed: 0,
      bounceRate: 1 / 3,
      complaintRate: 1 / 3,
      openRate: 1 / 3,
      clickRate: 1 / 3,
    });
    expect(groups).toEqual([]);
  });

  test.each([
    ["transport", ["main", "other"], [2, 1]],
    ["tag", ["welcome", "", "eu"], [2, 1, 1]],
    ["domain", ["example.org", "example.com"], [2, 1]],
  ] as const)("by %s come with most mail first", async (by, keys, sent) => {
    const { total, groups } = await (await open()).stats({ since: day, until: dayAfter, by });
    expect(groups.map(({ key }) => key)).toEqual(keys);
    expect(groups.map((group) => group.sent)).toEqual(sent);
    expect(total.sent).toBe(3);
  });

  test("by day come in the order of days", async () => {
    const { groups } = await (await open()).stats({ since: day, until: dayAfter, by: "day" });
    expect(groups).toMatchObject([
      { key: "2026-11-25", sent: 3, opened: 1 },
      { key: "2026-11-26", sent: 0, opened: 0, clicked: 1, clickRate: 0 },
    ]);
  });

  test("are of a time, its end not included", async () => {
    const tracker = await open();
    expect((await tracker.stats({ since: day, until: nextDay })).total).toMatchObject({ sent: 3, clicked: 0 });
    expect((await tracker.stats({ since: nextDay, until: dayAfter })).total).toMatchObject({ sent: 0, clicked: 1 });
  });

  test("of mails that were not sent through the tracker have shares, too", async () => {
    const tracker = createTracker();
    await tracker.add([
      mailEvent({ type: "delivered", mailId: "a" }),
      mailEvent({ type: "delivered", mailId: "b" }),
      mailEvent({ type: "bounced", mailId: "c" }),
      mailEvent({ type: "complained", mailId: "a" }),
    ]);
    const { total } = await tracker.stats({ since: new Date(0) });
    expect(total).toMatchObject({ sent: 0, bounceRate: 1 / 3, complaintRate: 1 / 3 });
  });

  test.each([
    ["since", undefined, {}],
    ["since", "a text", { since: "2026-11-25" }],
    ["since", "no time", { since: new Date("never") }],
    ["until", "no time", { since: day, until: new Date("never") }],
    ["since", "after until", { since: nextDay, until: day }],
    ["by", "unknown", { since: day, by: "country" }],
    ["form", "unknown", { since: day, form: 1 }],
  ])("are refused where %s is %s, before the store is asked", async (field, _problem, query) => {
    const asked = vi.fn();
    const tracker = createTracker({ store: faultyStore(asked) });
    await expect(tracker.stats(query as never)).rejects.toMatchObject({ code: "configuration", field });
    expect(asked).not.toHaveBeenCalled();
  });
});

describe("recent events", () => {
  test("come newest first, a page at a time, all or of one type", async () => {
    const tracker = createTracker();
    await tracker.add(["a", "b", "c"].map((id) => mailEvent({ id, type: id === "b" ? "opened" : "clicked" })));
    const first = await tracker.recent({ limit: 2 });
    expect(first.events.map(({ id }) => id)).toEqual(["c", "b"]);
    const second = await tracker.recent({ limit: 2, before: first.next });
    expect(second.events.map(({ id }) => id)).toEqual(["a"]);
    expect(second.next).toBeUndefined();
    expect((await tracker.recent({ type: "opened" })).events.map(({ id }) => id)).toEqual(["b"]);
  });

  test.each([
    ["limit", { limit: 0 }],
    ["limit", { limit: 1_001 }],
    ["type", { type: "bounce" }],
    ["before", { before: 7 }],
    ["after", { after: "7" }],
  ])("are refused for a wrong %s, before the store is asked", async (field, options) => {
    const asked = vi.fn();
    const tracker = createTracker({ store: faultyStore(asked) });
    await expect(tracker.recent(options as never)).rejects.toMatchObject({ code: "configuration", field });
    expect(asked).not.toHaveBeenCalled();
  });
});
