import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { natsServer } from "../broker-suite/programs.fixture.ts";
import { withServer } from "../broker-suite/with-server.fixture.ts";
import { KvBucket } from "./kv-bucket.ts";
import { openLedger } from "./kv-ledger.fixture.ts";
import { prefixes } from "./kv-ledger-names.ts";
import { pruneKeys, prunePayloads } from "./kv-ledger-prune.ts";
import { deleteStreams } from "./nats-broker.fixture.ts";

const usual = { variables: ["NATS_URL"], usual: "nats://127.0.0.1:4222", program: natsServer };
const minute = 60_000;

await withServer("NATS with JetStream", usual, (url) => {
  async function withLedger(run: (opened: ReturnType<typeof openLedger>, queue: string) => Promise<void>) {
    const queue = `test-${randomUUID()}`;
    const opened = openLedger(url, queue);
    try {
      await run(opened, queue);
    } finally {
      await opened.close();
      await deleteStreams(url, [`MAIL_${queue}`, `KV_MAIL_LEDGER_${queue}`]);
    }
  }

  test("reads everything, and to the end, while others write without a pause", async () => {
    await withLedger(async ({ connection }, queue) => {
      const bucket = await KvBucket.open(await connection.ready(), queue, 1);
      const keys = Array.from({ length: 200 }, (_, n) => `e.${n}`);
      await Promise.all(keys.map((key) => bucket.put(key, "before")));
      const stopped = new AbortController();
      const writing = (async () => {
        while (!stopped.signal.aborted) {
          await Promise.all(keys.slice(0, 20).map((key) => bucket.put(key, "again")));
          await sleep(1);
        }
      })();
      for (let round = 0; round < 30; round++) {
        const read = new Set<string>();
        for await (const { key } of bucket.read(prefixes.entries)) read.add(key);
        expect([...read].sort()).toEqual(keys.toSorted());
      }
      stopped.abort();
      await writing;
    });
  });

  test("refuses a bucket of its name that would forget entries", async () => {
    await withLedger(async ({ connection, ledger }, queue) => {
      const { js } = await connection.ready();
      const { Kvm } = await import("@nats-io/kv");
      await new Kvm(js).create(`MAIL_LEDGER_${queue}`, { history: 1, ttl: minute });
      await expect(ledger.counts(queue)).rejects.toMatchObject({ code: "configuration", field: "name" });
    });
  });

  test("refuses what is larger than the server takes, and keeps what was there", async () => {
    await withLedger(async ({ ledger }, queue) => {
      await ledger.add(queue, [{ id: "a", priority: 1, dueAt: 0, record: "before" }]);
      const set = { state: "dead", payload: new Uint8Array(1_048_576) } as const;
      const changing = ledger.change(queue, [{ id: "a", where: { states: ["queued"] }, set }]);
      await expect(changing).rejects.toMatchObject({ code: "message_too_large" });
      expect(await ledger.find(queue, ["a"])).toMatchObject([{ state: "queued", record: "before" }]);
    });
  });

  test("gives back the room of keys whose time is over, of payloads that are let go of, and of those never told of", async () => {
    await withLedger(async ({ connection, ledger }, queue) => {
      const add = (id: string, keyMs: number) => ({ id, key: id, keyMs, priority: 1, dueAt: 0, record: "" });
      await ledger.add(queue, [add("a", 1), add("b", 10 * minute), add("c", minute)]);
      const dead = { state: "dead", payload: new Uint8Array([1, 2]) } as const;
      const where = { states: ["queued", "dead"] } as const;
      await ledger.change(queue, [
        { id: "a", where, set: dead },
        { id: "b", where, set: dead },
        { id: "b", where, set: { state: "sent", payload: null } },
      ]);
      const bucket = await KvBucket.open(await connection.ready(), queue, 1);
      const held = async (): Promise<readonly string[]> => {
        const keys: string[] = [];
        for (const prefix of Object.values(prefixes))
          for await (const { key } of bucket.read(prefix, "heads")) keys.push(key.replace(/^(p\.\w)\..*/, "$1"));
        return keys.map((key) => key.replace(/^k\.n\..*/, "key")).sort();
      };
      await bucket.put("p.c.of-a-crash", "lost");
      expect(await held()).toEqual(["e.a", "e.b", "e.c", "key", "key", "key", "p.a", "p.c"]);
      await prunePayloads(bucket, Date.now());
      expect(await pruneKeys(bucket, Date.now() + 2 * minute, 1)).toBe(1);
      expect(await pruneKeys(bucket, Date.now() + 2 * minute, 5)).toBe(1);
      expect(await held()).toEqual(["e.a", "e.b", "e.c", "key", "p.a", "p.c"]);
      await prunePayloads(bucket, Date.now() + 120 * minute);
      expect(await held()).toEqual(["e.a", "e.b", "e.c", "key", "p.a"]);
      expect(await ledger.prune(queue, ["dead"], 0, 10)).toBe(1);
      expect(await held()).toEqual(["e.b", "e.c", "key"]);
    });
  });

  test("a lease that was given before the clock was put back does not last until it has come back", async () => {
    await withLedger(async ({ connection, ledger }, queue) => {
      await ledger.add(queue, [{ id: "a", priority: 1, dueAt: 0, record: "" }]);
      const lease = (owner: string) => ({ state: "sending", lease: { owner, ms: minute } }) as const;
      await ledger.change(queue, [{ id: "a", where: { states: ["queued"] }, set: lease("one") }]);
      const takeOver = { id: "a", where: { states: ["sending"], leaseOver: true }, set: lease("two") } as const;
      expect(await ledger.change(queue, [takeOver])).toEqual([undefined]);
      const bucket = await KvBucket.open(await connection.ready(), queue, 1);
      const entry = (await bucket.get("e.a"))?.json<{ leasedUntil: number }>();
      const leasedUntil = (entry?.leasedUntil ?? 0) + 60 * minute;
      await bucket.put("e.a", JSON.stringify({ ...entry, leasedUntil }));
      expect(await ledger.change(queue, [takeOver])).toMatchObject([{ owner: "two" }]);
    });
  });
});
