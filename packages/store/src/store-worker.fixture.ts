/** A process that uses a store: says that it is there, does as it is told, and tells what came of it. */
import { randomUUID } from "node:crypto";
import type { LedgerStore, MailEvent, RateLimit, TrackedMail, TrackingStore } from "@mail/core";
import { type Grant, takeMany } from "./conformance/grants.ts";
import { batchOf } from "./event-batch.fixture.ts";
import { openPlace, type Place } from "./open-place.fixture.ts";

export type Task =
  | { readonly do: "claim"; readonly keys: readonly string[] }
  | { readonly do: "take"; readonly limit: RateLimit; readonly times: number; readonly counts: readonly number[] }
  /** Adds mails under these keys to a ledger, and sends what it can take of all of them. */
  | { readonly do: "send"; readonly keys: readonly string[] }
  /** Records mails and adds their events, some at a time in an order of its own. */
  | { readonly do: "track"; readonly mails: readonly TrackedMail[]; readonly events: readonly MailEvent[] }
  /** Adds batch after batch of so many events, telling when it begins with each, until it is killed. */
  | { readonly do: "addForEver"; readonly size: number }
  /** Claims key after key, telling each, until it is killed. */
  | { readonly do: "claimForEver"; readonly leaseMs: number };

export type Told =
  | { readonly ready: true }
  | { readonly claimed: readonly string[]; readonly held: Readonly<Record<string, string>> }
  | { readonly added: readonly string[]; readonly sent: readonly string[] }
  | { readonly grants: readonly Grant[] }
  | { readonly ids: readonly string[] }
  | { readonly key: string };

const tell = (told: Told): void => void process.send?.(told);
const owner = `process ${process.pid}`;
const minute = 60_000;

async function work(place: Place, task: Task): Promise<void> {
  const store = openPlace(place);
  if (task.do === "claim") {
    const claimed: string[] = [];
    const held: Record<string, string> = {};
    for (const key of task.keys) {
      const state = await store.claims.claim(key, { owner, note: owner, leaseMs: minute, keepMs: minute });
      if (state.state === "claimed") claimed.push(key);
      else held[key] = state.note;
    }
    tell({ claimed, held });
  } else if (task.do === "send") {
    tell(await addAndSend(store.ledger, task.keys));
  } else if (task.do === "take") {
    const grants: Grant[] = [];
    for (let done = 0; done < task.times; done++)
      await takeMany(store.limits, "k", task.limit, 1, task.counts[done % task.counts.length] ?? 1, grants);
    tell({ grants });
  } else if (task.do === "track") {
    tell(await track(store.tracking as TrackingStore, task.mails, task.events));
  } else if (task.do === "addForEver") {
    for (let n = 0; ; n++) {
      tell({ key: String(n) });
      await store.tracking?.addEvents(batchOf(n, task.size));
    }
  } else {
    for (let n = 0; ; n++) {
      const key = `${owner} ${n}`;
      await store.claims.claim(key, { owner, note: owner, leaseMs: task.leaseMs, keepMs: minute });
      tell({ key });
    }
  }
  await store.close();
}

/** Some at a time, in an order of its own. */
async function addAndSend(ledger: LedgerStore, keys: readonly string[]): Promise<Told> {
  const mails = keys.map((key) => ({ id: randomUUID(), key, priority: 1, dueAt: 0, record: owner }));
  const added = await ledger.add("mails", mails);
  const ids = added.toSorted(() => Math.random() - 0.5);
  const sent: string[] = [];
  while (ids.length > 0) {
    const taken = await ledger.change(
      "mails",
      ids.splice(0, 20).map((id) => ({
        id,
        where: { states: ["queued"] },
        set: { state: "sending", lease: { owner, ms: minute }, tries: 1 },
      })),
    );
    const mine = taken.flatMap((entry) => entry?.id ?? []);
    const where = { states: ["sending"], owner } as const;
    await ledger.change(
      "mails",
      mine.map((id) => ({ id, where, set: { state: "sent" } })),
    );
    sent.push(...mine);
  }
  return { added, sent };
}

async function track(
  tracking: TrackingStore,
  mails: readonly TrackedMail[],
  events: readonly MailEvent[],
): Promise<Told> {
  const ids: string[] = [];
  const [ownMails, ownEvents] = [shuffled(mails), shuffled(events)];
  while (ownMails.length > 0 || ownEvents.length > 0) {
    const [, added] = await Promise.all([
      tracking.recordMails(ownMails.splice(0, 10)),
      // As a message they lost what a Date is.
      tracking.addEvents(ownEvents.splice(0, 40).map((event) => ({ ...event, at: new Date(event.at) }))),
    ]);
    ids.push(...added.map(({ id }) => id));
  }
  return { ids };
}

const shuffled = <Item>(list: readonly Item[]): Item[] =>
  list
    .map((item) => ({ item, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);

process.once("message", ({ place, task }: { readonly place: Place; readonly task: Task }) => {
  void work(place, task).finally(() => process.disconnect());
});
tell({ ready: true });
