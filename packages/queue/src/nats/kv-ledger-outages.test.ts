import { expect, test } from "vitest";
import { natsServer } from "../broker-suite/programs.fixture.ts";
import { TcpProxy } from "../broker-suite/tcp-proxy.fixture.ts";
import { withProgram } from "../broker-suite/with-server.fixture.ts";
import { openLedger } from "./kv-ledger.fixture.ts";
import { deleteStreams } from "./nats-broker.fixture.ts";

const queue = "mails";
const entries = (first: number, count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `id-${first + n}`, priority: 1, dueAt: 0, record: "" }));

await withProgram("NATS", natsServer, (server) => {
  test("a ledger in a bucket has what was confirmed when its server was killed, and goes on by itself", async () => {
    const { ledger, close } = openLedger(server.url, queue, 1_500);
    const patient = openLedger(server.url, queue, 20_000);
    await patient.ledger.add(queue, entries(0, 300));
    await expect.poll(() => ledger.pausedBy(queue).catch(() => "away")).toBeUndefined();
    await server.kill();
    const calls = [ledger.find(queue, ["id-1"]), ledger.counts(queue), ledger.setPaused(queue, "by hand")];
    await Promise.all(
      calls.map((call) => expect(call).rejects.toMatchObject({ code: "unavailable", retryable: true })),
    );
    await server.start();
    await expect.poll(() => ledger.add(queue, entries(300, 1)).catch(() => "away")).toEqual(["id-300"]);
    expect((await patient.ledger.counts(queue)).states.queued).toBe(301);
    await Promise.all([close(), patient.close()]);
  });

  test("a ledger in a bucket fails within its time where the server says nothing any more", async () => {
    await using proxy = await TcpProxy.open(server.port);
    const { ledger, close } = openLedger(server.url.replace(String(server.port), String(proxy.port)), queue, 1_500);
    await expect.poll(() => ledger.pausedBy(queue).catch(() => "away")).not.toBe("away");
    proxy.silence(true);
    const calls = [ledger.add(queue, entries(400, 2)), ledger.counts(queue)];
    await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject({ code: "unavailable" })));
    proxy.silence(false);
    await expect.poll(() => ledger.add(queue, entries(400, 2)).catch(() => "away")).toEqual(["id-400", "id-401"]);
    await close();
  });

  test("each of many changes is made, and once, however often the connection is cut", {
    timeout: 60_000,
  }, async () => {
    await using proxy = await TcpProxy.open(server.port);
    const { ledger, close } = openLedger(server.url.replace(String(server.port), String(proxy.port)), "cut", 20_000);
    const all = entries(0, 200);
    for (let round = 0; round < 20; round++) {
      proxy.cutAfter(2_000 + round * 1_500, round % 2 === 0 ? "to server" : "from server");
      expect(await ledger.add("cut", all)).toEqual(all.map(({ id }) => id));
      const where = { states: ["queued", "unknown"], replaysBelow: round + 1 } as const;
      await ledger.change(
        "cut",
        all.map(({ id }) => ({ id, where, set: { state: "unknown", replays: round + 1, tries: 1 } })),
      );
    }
    expect(proxy.cuts).toBeGreaterThan(5);
    for (const found of await ledger.find(
      "cut",
      all.map(({ id }) => id),
    ))
      expect(found).toMatchObject({ tries: 20, replays: 20 });
    await close();
  });

  test("a ledger in a bucket that was removed begins a new one", async () => {
    const { ledger, close } = openLedger(server.url, queue, 20_000);
    await ledger.add(queue, entries(0, 1));
    await deleteStreams(server.url, [`KV_MAIL_LEDGER_${queue}`]);
    expect(await ledger.find(queue, ["id-0"])).toEqual([undefined]);
    expect(await ledger.add(queue, entries(0, 1))).toEqual(["id-0"]);
    await close();
  });
});
