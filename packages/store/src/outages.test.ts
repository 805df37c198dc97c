import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import type { Store } from "@mail/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "./conformance/eventually.ts";
import { countsBy, event } from "./conformance/tracking-subject.ts";
import { batchOf } from "./event-batch.fixture.ts";
import { failure } from "./failure.fixture.ts";
import { openPlace, type Place } from "./open-place.fixture.ts";
import { type ServerProxy, startProxy } from "./proxy.fixture.ts";
import { type PlacedSubject, postgresSubject, redisSubject } from "./subjects.fixture.ts";
import { postgresUrl, redisUrl, whyNoServer } from "./test-servers.fixture.ts";

const minute = 60_000;
const by = (owner: string) => ({ owner, note: owner, leaseMs: minute, keepMs: minute });
const bounced = (address: string) => ({ address, reason: "bounced", scope: "", at: 1 }) as const;
const limit = { max: 1, perMs: minute };

describe.each([
  ["Redis", redisSubject, redisUrl, await whyNoServer("Redis", redisUrl, "redis")],
  ["PostgreSQL", postgresSubject, postgresUrl, await whyNoServer("PostgreSQL", postgresUrl, "postgres")],
] as const)("a store in %s", { timeout: 60_000 }, (name, setup, url, skip) => {
  let subject: PlacedSubject;
  let proxy: ServerProxy;
  let store: Store;
  /** One whose calls fail soon; by a busy machine also where they need not. */
  let impatient: Store;

  beforeEach(async () => {
    if (skip) return;
    subject = setup();
    proxy = await startProxy(url);
    store = open(proxy.url, 20_000);
    impatient = open(proxy.url, 1_000);
  });

  afterEach(async () => {
    if (skip) return;
    await store.close();
    await impatient.close();
    await proxy.stop();
    await subject.close();
  });

  function open(by: string, timeoutMs: number): Store {
    return openPlace({ ...subject.place, options: { ...subject.place.options, url: by, timeoutMs } } as Place);
  }

  test.skipIf(skip)("that is away at start says so in time, and works when it comes", async () => {
    await proxy.stop();
    const { code, hint, message } = await failure(impatient.claims.claim("k", by("a")));
    expect(code).toBe("unavailable");
    expect(message).toContain("ECONNREFUSED");
    expect(hint).toContain(name);
    await proxy.start();
    await eventually(() => impatient.claims.claim("k", by("b"))).toEqual({ state: "claimed" });
  });

  test.skipIf(skip)("that comes while a call waits is used by it", async () => {
    await proxy.stop();
    const claim = store.claims.claim("k", by("a"));
    await proxy.start();
    expect(await claim).toEqual({ state: "claimed" });
  });

  test.skipIf(skip)("whose connections are cut goes on over new ones", async () => {
    await store.claims.claim("k0", by("a"));
    for (let round = 1; round <= 10; round++) {
      const calls = Array.from({ length: 10 }, (_, n) => store.claims.claim(`k${round} ${n}`, by("a")));
      setImmediate(() => proxy.cut());
      for (const state of await Promise.all(calls)) expect(state).toEqual({ state: "claimed" });
    }
    expect(await store.claims.settle("k0", "a", "done", minute)).toBe(true);
  });

  test.skipIf(skip)("whose connections are cut keeps all events and suppressions, each once", async () => {
    await store.claims.claim("k0", by("a"));
    for (let round = 0; round < 5; round++) {
      const calls = Array.from({ length: 8 }, (_, n) => [
        store.suppressions.add([bounced(`${round} ${n}@example.com`), bounced("ada@example.com")]),
        // Each half of them also in the call before.
        store.tracking?.addEvents(batchOf(round, 90).slice(n * 10, n * 10 + 20)),
      ]);
      setImmediate(() => proxy.cut());
      await Promise.all(calls.flat());
    }
    expect(await store.suppressions.counts()).toMatchObject({ bounced: 41 });
    if (store.tracking !== undefined) expect(await countsBy(store.tracking)).toEqual({ opened: 5 * 90 });
  });

  test.skipIf(skip)(
    "that does not answer fails in time, and has events and suppressions wholly or not at all",
    async () => {
      await eventually(() => impatient.suppressions.add([bounced("ada@example.com")])).toBeDefined();
      await store.tracking?.addEvents([event("first", "sent")]);
      proxy.stall();
      const addresses = Array.from({ length: 50 }, (_, n) => bounced(`user${n}@example.com`));
      const calls = [
        impatient.suppressions.add(addresses),
        impatient.suppressions.find(["ada@example.com"]),
        ...(impatient.tracking === undefined ? [] : [impatient.tracking.addEvents(batchOf(1, 200))]),
      ];
      for (const error of await Promise.all(calls.map((call) => failure(call))))
        expect(error).toMatchObject({ code: "unavailable" });
      proxy.resume();
      const { bounced: count } = await store.suppressions.counts();
      expect([1, 51]).toContain(count);
      const known = await store.tracking?.known(batchOf(1, 200));
      expect(new Set(known).size).toBeLessThanOrEqual(1);
      await store.tracking?.addEvents(batchOf(1, 200));
      if (store.tracking !== undefined) expect(await countsBy(store.tracking)).toEqual({ opened: 200, sent: 1 });
    },
  );

  test.skipIf(skip)("that goes away between calls and comes back works again", async () => {
    await eventually(() => impatient.claims.claim("k", by("a"))).toEqual({ state: "claimed" });
    await proxy.stop();
    expect(await failure(impatient.limits.take("k", limit, 1))).toMatchObject({ code: "unavailable" });
    expect(await failure(impatient.claims.renew("k", "a", minute))).toMatchObject({ code: "unavailable" });
    await proxy.start();
    await eventually(() => impatient.claims.renew("k", "a", minute)).toBe(true);
  });

  test.skipIf(skip)("that does not answer fails in time, and leaves no key claimed for nobody", async () => {
    await eventually(() => impatient.claims.claim("before", by("a"))).toEqual({ state: "claimed" });
    proxy.stall();
    const errors = await Promise.all(["k1", "k2", "k3"].map((key) => failure(impatient.claims.claim(key, by("gone")))));
    for (const error of errors) expect(error).toMatchObject({ code: "unavailable" });
    proxy.resume();
    await eventually(() => impatient.claims.claim("after", by("a"))).toEqual({ state: "claimed" });
    for (const key of ["k1", "k2", "k3"])
      await eventually(() => store.claims.claim(key, by("b"))).toEqual({ state: "claimed" });
  });

  test.skipIf(skip)("that takes connections and says nothing fails in time, also while it is closed", async () => {
    proxy.stall();
    const call = failure(impatient.claims.claim("k", by("a")));
    const closing = impatient.close();
    expect(await call).toMatchObject({ code: "unavailable", message: expect.stringContaining("1000 ms") });
    await closing;
  });

  test.skipIf(skip)("shows its password nowhere", async () => {
    await proxy.stop();
    const secret = "pass:w0rd/%";
    const withSecret = new URL(proxy.url);
    withSecret.username = "ada";
    withSecret.password = encodeURIComponent(secret);
    const secretStore = open(withSecret.href, 200);
    const error = await failure(secretStore.claims.claim("k", by("a")));
    for (const shown of [error, error.stack, error.cause, secretStore]) {
      const text = inspect(shown, { depth: 20, showHidden: true });
      expect(text).not.toContain(secret);
      expect(text).not.toContain(encodeURIComponent(secret));
    }
    await secretStore.close();
  });

  test.skipIf(skip)("does not keep the process alive, and keeps it while a call is under way", async () => {
    const program = fileURLToPath(new URL("./idle-process.fixture.ts", import.meta.url));
    const child = spawn(process.execPath, ["--conditions=@mail/source", program, JSON.stringify(subject.place)]);
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += String(chunk);
    });
    child.stderr.on("data", (chunk) => {
      output += String(chunk);
    });
    const [status] = await once(child, "close");
    expect(output).toBe("claimed settled\n");
    expect(status).toBe(0);
  });

  test.skipIf(skip)("leaves no connection open when it is closed", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => store.claims.claim(`k${n}`, by("a"))));
    expect(proxy.connections()).toBeGreaterThan(0);
    await store.close();
    await eventually(async () => proxy.connections()).toBe(0);
  });
});
