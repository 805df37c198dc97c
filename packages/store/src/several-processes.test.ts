import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { TrackingStore } from "@mail/core";
import { afterEach, describe, expect, test } from "vitest";
import { eventually } from "./conformance/eventually.ts";
import { fullestInterval, type Grant } from "./conformance/grants.ts";
import { countsBy, event, mailTo } from "./conformance/tracking-subject.ts";
import { batchOf } from "./event-batch.fixture.ts";
import type { Place } from "./open-place.fixture.ts";
import type { Task, Told } from "./store-worker.fixture.ts";
import { type PlacedSubject, postgresSubject, redisSubject, sqliteSubject } from "./subjects.fixture.ts";
import { postgresUrl, redisUrl, whyNoServer } from "./test-servers.fixture.ts";

const program = fileURLToPath(new URL("./store-worker.fixture.ts", import.meta.url));
const processes = 4;
const running: ChildProcess[] = [];
let subject: PlacedSubject | undefined;

afterEach(async () => {
  for (const child of running.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
  await subject?.close();
  subject = undefined;
});

async function start(): Promise<ChildProcess> {
  const child = fork(program, { execArgv: ["--conditions=@mail/source"] });
  running.push(child);
  await once(child, "message");
  return child;
}

/** Starts processes, tells them all at once what to do, and collects what each tells last. */
async function allAtOnce(place: Place, task: Task): Promise<readonly Told[]> {
  const children = await Promise.all(Array.from({ length: processes }, start));
  const told = children.map(async (child) => {
    const [[message]] = await Promise.all([once(child, "message"), once(child, "exit")]);
    return message as Told;
  });
  for (const child of children) child.send({ place, task });
  return await Promise.all(told);
}

describe.each([
  ["SQLite", sqliteSubject, true, undefined],
  ["Redis", redisSubject, false, await whyNoServer("Redis", redisUrl, "redis")],
  ["PostgreSQL", postgresSubject, true, await whyNoServer("PostgreSQL", postgresUrl, "postgres")],
] as const)("several processes with one state in %s", { timeout: 60_000 }, (_, setup, tracks, skip) => {
  test.skipIf(skip)("make it at the same moment, and of each key one gets it", async () => {
    subject = setup();
    const keys = Array.from({ length: 100 }, (_, n) => `key ${n}`);
    const results = await allAtOnce(subject.place, { do: "claim", keys });
    const winners = new Map<string, string>();
    for (const [index, told] of results.entries()) {
      if (!("claimed" in told)) throw new Error("told something else");
      for (const key of told.claimed) {
        expect(winners.has(key)).toBe(false);
        winners.set(key, `process ${running[index]?.pid}`);
      }
    }
    expect(winners.size).toBe(keys.length);
    for (const told of results) {
      if (!("held" in told)) continue;
      for (const [key, note] of Object.entries(told.held)) expect(note).toBe(winners.get(key));
    }
  });

  test.skipIf(skip)("add each mail once and send it once", async () => {
    subject = setup();
    const keys = Array.from({ length: 200 }, (_, n) => `key ${n}`);
    const results = await allAtOnce(subject.place, { do: "send", keys });
    const all = results.flatMap((told) => ("sent" in told ? [told] : []));
    for (const { added } of all) expect(added).toEqual(all[0]?.added);
    expect(all.flatMap(({ sent }) => sent).sort()).toEqual(all[0]?.added.toSorted());
    const store = subject.open();
    expect((await store.ledger.counts("mails")).states).toMatchObject({ queued: 0, sending: 0, sent: 200 });
    const found = await store.ledger.find("mails", all[0]?.added ?? []);
    expect(found.every((entry) => entry?.tries === 1)).toBe(true);
    await store.close();
  });

  test.skipIf(skip)("never take more places than there are in any interval", async () => {
    subject = setup();
    const limit = { max: 20, perMs: 300 };
    const results = await allAtOnce(subject.place, { do: "take", limit, times: 15, counts: [1, 2, 1, 5] });
    const grants = results.flatMap((told): readonly Grant[] => ("grants" in told ? told.grants : []));
    expect(grants).toHaveLength(processes * 15);
    expect(fullestInterval(grants, limit.perMs)).toBeLessThanOrEqual(limit.max);
    // Two intervals long there is room for two times as many: this check would see one that is too full.
    expect(fullestInterval(grants, 3 * limit.perMs)).toBeGreaterThan(limit.max);
  });

  test.skipIf(skip || !tracks)("store each event once and join it, whoever records its mail", async () => {
    subject = setup();
    const mails = Array.from({ length: 60 }, (_, n) =>
      mailTo(`mail ${n}`, `user${n}@example.com`, { providerId: `p ${n}`, tags: ["news"] }),
    );
    const events = mails.flatMap(({ id, providerId = "" }, n) => [
      event(`sent ${n}`, "sent", { mailId: id }),
      event(`delivered ${n}`, "delivered", { providerId, recipient: `USER${n}@example.com` }),
      ...[1, 2, 3].map((time) => event(`opened ${n} ${time}`, "opened", { providerId, at: time })),
    ]);
    const results = await allAtOnce(subject.place, { do: "track", mails, events });
    const ids = results.flatMap((told) => ("ids" in told ? told.ids : []));
    expect(ids.toSorted()).toEqual(events.map(({ id }) => id).toSorted());
    const store = subject.open();
    const tracking = store.tracking as TrackingStore;
    for (const [by, key] of [
      ["transport", "relay"],
      ["tag", "news"],
      ["domain", "example.com"],
    ] as const)
      expect(await countsBy(tracking, by)).toEqual({
        ...{ [`${key} sent`]: 60, [`${key} delivered`]: 60, [`${key} opened`]: 60 },
      });
    expect(await tracking.events("mail 7", 10)).toHaveLength(5);
    await store.close();
  });

  test.skipIf(skip || !tracks)("store a batch of events wholly or not at all when they are killed", async () => {
    subject = setup();
    const size = 1_500;
    let last = 0;
    for (let round = 0; round < 3; round++) {
      const child = await start();
      const enough = new Promise<void>((resolve) => {
        child.on("message", (told: Told) => {
          if (!("key" in told)) return;
          last = Math.max(last, Number(told.key));
          // Another moment of the batch each time.
          if (told.key === "2") setTimeout(resolve, round * 13);
        });
      });
      child.send({ place: subject.place, task: { do: "addForEver", size } satisfies Task });
      await enough;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    const store = subject.open();
    const tracking = store.tracking as TrackingStore;
    let whole = 0;
    for (let n = 0; n <= last; n++) {
      const known = (await tracking.known(batchOf(n, size))).filter(Boolean).length;
      expect([0, size], `batch ${n}`).toContain(known);
      whole += known;
    }
    expect(whole).toBeGreaterThanOrEqual(2 * size);
    // PostgreSQL may end what it was told when nobody waits for the answer any more.
    const { opened = 0 } = await countsBy(tracking);
    expect([opened % size, opened >= whole]).toEqual([0, true]);
    for (let n = 0; n <= last; n++) await tracking.addEvents(batchOf(n, size));
    expect(await countsBy(tracking)).toEqual({ opened: (last + 1) * size });
    await store.close();
  });

  test.skipIf(skip)("lose no claim when one of them is killed, and find it abandoned", async () => {
    subject = setup();
    const child = await start();
    const claimed: string[] = [];
    const enough = new Promise<void>((resolve) => {
      child.on("message", (told: Told) => {
        if ("key" in told) claimed.push(told.key);
        if (claimed.length === 50) resolve();
      });
    });
    child.send({ place: subject.place, task: { do: "claimForEver", leaseMs: 200 } satisfies Task });
    await enough;
    child.kill("SIGKILL");
    await once(child, "exit");
    const store = subject.open();
    const claim = { owner: "another", note: "", leaseMs: 60_000, keepMs: 60_000 };
    const last = claimed.at(-1) ?? "";
    await eventually(() => store.claims.claim(last, claim)).toMatchObject({ state: "abandoned" });
    for (const key of claimed)
      expect(await store.claims.claim(key, claim)).toEqual({ state: "abandoned", note: `process ${child.pid}` });
    await store.close();
  });
});
