import type { Store } from "@mail/core";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../conformance/eventually.ts";
import { failure } from "../failure.fixture.ts";
import { type ServerProxy, startProxy } from "../proxy.fixture.ts";
import { redisUrl, uniqueName, whyNoServer } from "../test-servers.fixture.ts";
import { redisStore } from "./index.ts";

const minute = 60_000;
const by = (owner: string) => ({ owner, note: owner, leaseMs: minute, keepMs: 2 * minute });
const limit = { max: 2, perMs: 3_000 };

const skip = await whyNoServer("Redis", redisUrl, "redis");
const reason = skip === undefined ? "" : ` (${skip})`;

describe.skipIf(skip)(`what a store keeps in Redis${reason}`, { timeout: 30_000 }, () => {
  let client: Redis;
  let store: Store;
  let prefix: string;

  beforeEach(() => {
    prefix = `${uniqueName()}:`;
    client = new Redis(redisUrl);
    store = redisStore({ client, prefix });
  });

  afterEach(async () => {
    await store.close();
    const keys = await client.keys(`${prefix}*`);
    if (keys.length > 0) await client.del(keys);
    client.disconnect();
  });

  /** Sets Redis's clock back for a key, as it were: what was written then lies in the future. */
  async function setBack(key: string, fields: readonly string[], ms: number): Promise<void> {
    for (const field of fields) await client.hincrby(`${prefix}{claim:${key}}`, field, ms);
  }

  test("has an end, each key of it", async () => {
    await store.claims.claim("claimed", by("a"));
    await store.claims.claim("settled", by("a"));
    await store.claims.settle("settled", "a", "done", minute);
    await store.limits.take("taken", limit, 2);
    await store.limits.pause("paused", minute);
    const keys = await client.keys(`${prefix}*`);
    const times = await Promise.all(keys.sort().map(async (key) => [key.slice(prefix.length), await client.pttl(key)]));
    expect(Object.fromEntries(times)).toEqual({
      "{claim:claimed}": expect.toSatisfy((ms: number) => ms > minute && ms <= 2 * minute),
      "{claim:settled}": expect.toSatisfy((ms: number) => ms > 0 && ms <= minute),
      "{limit:taken}:taken": expect.toSatisfy((ms: number) => ms > 0 && ms <= limit.perMs + 2),
      "{limit:paused}:pause": expect.toSatisfy((ms: number) => ms > 0 && ms <= minute),
    });
    await eventually(() => client.exists(`${prefix}{limit:taken}:taken`)).toBe(0);
  });

  test("holds nothing of suppressions that have ended or were taken off", async () => {
    const entry = (address: string, expiresAt?: number) =>
      ({ address, reason: "bounced", scope: "", at: 1, ...(expiresAt !== undefined && { expiresAt }) }) as const;
    const soon = Date.now() + 300;
    await store.suppressions.add([
      ...Array.from({ length: 150 }, (_, n) => entry(`user${n}@example.com`, soon)),
      ...[entry("ada@example.com"), entry("bob@example.com")],
    ]);
    await eventually(() => store.suppressions.counts()).toMatchObject({ bounced: 2 });
    expect(await store.suppressions.find(["user1@example.com", "ada@example.com"])).toHaveLength(1);
    for (const address of ["ada@example.com", "bob@example.com"]) await store.suppressions.remove(address);
    expect(await client.keys(`${prefix}*`)).toEqual([]);
  });

  test("holds no more places than a limit has", async () => {
    for (let round = 0; round < 5; round++) {
      await eventually(() => store.limits.take("k", { max: 3, perMs: 20 }, 3)).toBe(0);
      expect(await client.llen(`${prefix}{limit:k}:taken`)).toBeLessThanOrEqual(3);
    }
  });

  test("is not held for longer when the clock is set back: a lease", async () => {
    await store.claims.claim("k", { ...by("a"), leaseMs: 100 });
    await setBack("k", ["leasedUntil", "writtenAt"], 3_600_000);
    expect(await store.claims.claim("k", by("b"))).toEqual({ state: "held", note: "a" });
    await eventually(() => store.claims.claim("k", by("b"))).toEqual({ state: "abandoned", note: "a" });
  });

  test("is not held for longer when the clock is set back: places and a pause", async () => {
    const key = `${prefix}{limit:k}:taken`;
    await store.limits.take("k", limit, 1);
    await store.limits.take("k", limit, 1);
    const times = await client.lrange(key, 0, -1);
    await client.del(key);
    await client.rpush(key, ...times.map((time) => Number(time) + 3_600_000_000));
    const waitMs = await store.limits.take("k", limit, 1);
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(limit.perMs + 1);
    await eventually(() => store.limits.take("k", limit, 1)).toBe(0);

    await store.limits.pause("paused", 100);
    await client.pexpire(`${prefix}{limit:paused}:pause`, 3_600_000);
    expect(await store.limits.take("paused", limit, 1)).toBe(100);
    await eventually(() => store.limits.take("paused", limit, 1)).toBe(0);
  });

  test("is written with the app's own client, which stays open", async () => {
    await store.claims.claim("k", by("a"));
    await store.close();
    expect(await client.ping()).toBe("PONG");
    expect(await client.hget(`${prefix}{claim:k}`, "owner")).toBe("a");
  });
});

describe.skipIf(skip)(`the app's own client of Redis${reason}`, { timeout: 30_000 }, () => {
  let proxy: ServerProxy;

  beforeEach(async () => {
    proxy = await startProxy(redisUrl);
  });
  afterEach(() => proxy.stop());

  test("may connect late, and nothing waits in its queue when it does not", async () => {
    await proxy.stop();
    const client = new Redis(proxy.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    client.on("error", () => undefined);
    const prefix = `${uniqueName()}:`;
    const store = redisStore({ client, prefix, timeoutMs: 300 });
    expect(await failure(store.claims.claim("k", by("a")))).toMatchObject({ code: "unavailable" });
    await proxy.start();
    await eventually(async () => client.status).toBe("ready");
    expect(await client.exists(`${prefix}{claim:k}`)).toBe(0);
    expect(await store.claims.claim("k", by("b"))).toEqual({ state: "claimed" });
    await store.claims.release("k");
    await store.close();
    client.disconnect();
  });

  test("is connected if it waits for that, and refused if it is closed", async () => {
    const client = new Redis(proxy.url, { lazyConnect: true });
    const store = redisStore({ client, prefix: `${uniqueName()}:` });
    expect(await store.claims.release("k")).toBe(false);
    client.disconnect();
    await eventually(async () => client.status).toBe("end");
    expect(await failure(store.claims.release("k"))).toMatchObject({ code: "configuration", field: "client" });
  });
});
