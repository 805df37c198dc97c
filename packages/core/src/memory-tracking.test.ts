import { expect, test } from "vitest";
import type { MailEvent } from "./mail-event.ts";
import { memoryStore } from "./memory-store.ts";
import type { TrackedMail } from "./tracking-store.ts";

const at = Date.UTC(2030, 0, 1);
const all = { since: 0, until: 2 * at };
const mail = (id: string): TrackedMail => ({
  ...{ id, at, transport: "relay", recipients: ["ada@example.com"], tags: [], metadata: {} },
  ...{ providerId: `p ${id}`, messageId: `<${id}>` },
});
const event = (id: string, mailId: string): MailEvent => ({
  ...{ id, type: "opened", at: new Date(at), provider: "acme", mailId, tags: [], metadata: {}, raw: null },
});

test("the oldest events are forgotten beyond as many as are kept", async () => {
  const { tracking } = memoryStore({ maxEvents: 3 });
  await tracking.addEvents(["a", "b"].map((id) => event(id, id)));
  const added = await tracking.addEvents(["c", "d", "e"].map((id) => event(id, id)));
  expect(added).toHaveLength(3);
  expect((await tracking.recent({ limit: 10 })).events.map(({ id }) => id)).toEqual(["e", "d", "c"]);
  expect(await tracking.counts(all)).toEqual([{ key: "", type: "opened", permanent: false, count: 3 }]);
  expect(await tracking.known([event("a", "a"), event("c", "c")])).toEqual([false, true]);
});

test("the oldest mails are forgotten, with what happened to them, beyond as many as are kept", async () => {
  const { tracking } = memoryStore({ maxEvents: 3 });
  await tracking.recordMails(["one", "two"].map(mail));
  await tracking.addEvents([event("a", "one"), event("b", "two")]);
  await tracking.recordMails(["three", "four", "two"].map(mail));
  expect(await tracking.mail("one")).toBeUndefined();
  expect(await tracking.events("one", 10)).toEqual([]);
  expect(await tracking.mail("two")).toBeDefined();
  const { mailId: _, ...named } = { ...event("c", ""), providerId: "p one", messageId: "<one>" };
  expect((await tracking.addEvents([named]))[0]).not.toHaveProperty("mailId");
});

test("100,000 events are kept by default", async () => {
  const { tracking } = memoryStore();
  for (let first = 0; first < 110_000; first += 10_000)
    await tracking.addEvents(Array.from({ length: 10_000 }, (_, n) => event(`${first + n}`, `mail ${first + n}`)));
  expect(await tracking.counts(all)).toEqual([{ key: "", type: "opened", permanent: false, count: 100_000 }]);
});
