import type { Store } from "@mail/core";
import { expect } from "vitest";
import type { StoreCase, StoreSubject } from "./store-case.ts";
import { allRecent, countsBy, day, event, idsOf, mailTo, start, trackingCase } from "./tracking-subject.ts";

export const trackingPruneCases: readonly StoreCase[] = [
  trackingCase("a mail goes with all that happened to it, and is unknown then", async (open) => {
    const tracking = open();
    await tracking.recordMails([
      mailTo("old", "ada@example.com", { providerId: "p-old", messageId: "<old>" }),
      mailTo("new", "bob@example.com", { at: start + day, providerId: "p-new" }),
    ]);
    const events = [
      event("a", "delivered", { providerId: "p-old" }),
      event("b", "opened", { mailId: "old", at: 5 * day }),
      event("c", "sent", { mailId: "new", at: -day }),
    ];
    await tracking.addEvents(events);
    expect(await tracking.prune(start, 10)).toBe(0);
    expect(await tracking.prune(start + 1, 10)).toBe(2);
    expect(await tracking.mail("old")).toBeUndefined();
    expect(await tracking.events("old", 10)).toEqual([]);
    expect(await tracking.outcomes("old")).toEqual([]);
    expect(idsOf(await allRecent(tracking, 10))).toEqual(["c"]);
    expect(await countsBy(tracking, undefined, 0)).toEqual({ sent: 1 });
    expect(await tracking.known(events)).toEqual([false, false, true]);
    const [again] = await tracking.addEvents([event("a", "delivered", { providerId: "p-old", messageId: "<old>" })]);
    expect(again).not.toHaveProperty("mailId");
    expect(await tracking.prune(start + 1, 10)).toBe(1);
    expect(await tracking.prune(start + 1, 10)).toBe(0);
  }),
  trackingCase("events whose mail was not recorded go by their own time", async (open) => {
    const tracking = open();
    await tracking.addEvents([
      event("a", "opened", { mailId: "one", recipient: "ada@example.com" }),
      event("b", "opened", { mailId: "one", recipient: "ada@example.com", at: 2 * day }),
      event("c", "opened", { providerId: "p", at: 2 * day }),
      event("d", "opened"),
    ]);
    expect(await tracking.prune(start + day, 10)).toBe(2);
    expect(idsOf(await allRecent(tracking, 10))).toEqual(["c", "b"]);
    expect(await countsBy(tracking, "day")).toEqual({ "2030-01-17 opened": 2 });
    expect(await tracking.outcomes("one")).toMatchObject([{ at: start + 2 * day }]);
  }),
  trackingCase("so many at most go at once, and in the end all", async (open) => {
    const tracking = open();
    await tracking.recordMails(Array.from({ length: 10 }, (_, n) => mailTo(`mail ${n}`, `user${n}@example.com`)));
    await tracking.addEvents(
      Array.from({ length: 45 }, (_, n) => event(`${n}`, "opened", { mailId: `mail ${n % 9}`, at: n })),
    );
    await tracking.addEvents(Array.from({ length: 15 }, (_, n) => event(`x${n}`, "opened", { mailId: "nowhere" })));
    let left = 60;
    for (let rounds = 0; rounds < 20 && left > 0; rounds++) {
      expect(await tracking.prune(start + day, 7)).toBeLessThanOrEqual(7);
      const now = (await allRecent(tracking, 100)).length;
      expect(left - now).toBeLessThanOrEqual(7);
      left = now;
    }
    expect(left).toBe(0);
    while ((await tracking.prune(start + day, 7)) > 0);
    for (let n = 0; n < 10; n++) expect(await tracking.mail(`mail ${n}`)).toBeUndefined();
    expect(await countsBy(tracking)).toEqual({});
  }),
  {
    name: "what is on the suppression list stays",
    skip: ({ noTracking }: StoreSubject) => (noTracking ? "it keeps no mails and events" : undefined),
    async run(open: () => Store) {
      const { suppressions, tracking } = open();
      await suppressions.add([{ address: "ada@example.com", reason: "bounced", scope: "", at: start, mailId: "one" }]);
      await tracking?.recordMails([mailTo("one", "ada@example.com")]);
      await tracking?.prune(start + day, 10);
      expect(await suppressions.find(["ada@example.com"])).toHaveLength(1);
    },
  },
];
