import type { Store } from "@mail/core";
import { Cluster, Redis } from "ioredis";
import { afterEach, describe, expect, test } from "vitest";
import { eventually } from "../conformance/eventually.ts";
import { failure } from "../failure.fixture.ts";
import { redisStore } from "./index.ts";
import { type RedisServer, startRedisServer, whyNoRedisProgram } from "./redis-server.fixture.ts";

const minute = 60_000;
const by = (owner: string) => ({ owner, note: owner, leaseMs: minute, keepMs: minute });
const limit = { max: 2, perMs: minute };
const skip = whyNoRedisProgram();

let server: RedisServer | undefined;
const stores: Store[] = [];

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  await server?.stop();
  server = undefined;
});

async function start(...settings: readonly string[]): Promise<RedisServer> {
  server = await startRedisServer(settings);
  return server;
}

function open(options: Parameters<typeof redisStore>[0]): Store {
  const store = redisStore(options);
  stores.push(store);
  return store;
}

describe.skipIf(skip)(`a Redis of its own${skip === undefined ? "" : ` (${skip})`}`, { timeout: 60_000 }, () => {
  test("that is killed and started again knows what it knew", async () => {
    const redis = await start();
    const store = open({ url: `redis://127.0.0.1:${redis.port}`, timeoutMs: 20_000 });
    const impatient = open({ url: `redis://127.0.0.1:${redis.port}`, timeoutMs: 2_000 });
    await eventually(() => impatient.claims.claim("k", by("a"))).toEqual({ state: "claimed" });
    await store.limits.take("k", limit, 2);
    await redis.kill();
    expect(await failure(impatient.claims.claim("k", by("b")))).toMatchObject({ code: "unavailable" });
    await redis.start();
    await eventually(() => store.claims.claim("k", by("b"))).toEqual({ state: "held", note: "a" });
    expect(await store.limits.take("k", limit, 1)).toBeGreaterThan(0);
  });

  test("that is killed and started while calls are under way answers them all", async () => {
    const redis = await start();
    const store = open({ url: `redis://127.0.0.1:${redis.port}`, timeoutMs: 20_000 });
    await store.claims.claim("k", by("a"));
    const calls = Array.from({ length: 200 }, (_, n) => store.claims.claim(`k${n}`, by("a")));
    await redis.kill();
    const late = store.claims.claim("late", by("a"));
    await redis.start();
    for (const state of await Promise.all([...calls, late])) expect(state).toEqual({ state: "claimed" });
  });

  test("that refuses the password says that it is the URL", async () => {
    const redis = await start("--requirepass", "right-password");
    const secret = "wrong-password";
    for (const login of ["", `:${secret}@`]) {
      const store = open({ url: `redis://${login}127.0.0.1:${redis.port}` });
      const error = await failure(store.claims.claim("k", by("a")));
      expect(error).toMatchObject({ code: "configuration", field: "url", hint: "Check user and password." });
      expect(JSON.stringify(error)).not.toContain(secret);
    }
    const right = open({ url: `redis://:right-password@127.0.0.1:${redis.port}` });
    expect(await right.claims.claim("k", by("a"))).toEqual({ state: "claimed" });
  });

  test("that is full says so", async () => {
    const redis = await start("--maxmemory", "100kb", "--maxmemory-policy", "noeviction");
    const error = await failure(open({ url: `redis://127.0.0.1:${redis.port}` }).claims.claim("k", by("a")));
    expect(error).toMatchObject({ code: "unavailable", hint: expect.stringContaining("maxmemory") });
  });

  test("that has forgotten the scripts gets them again", async () => {
    const redis = await start();
    const store = open({ url: `redis://127.0.0.1:${redis.port}` });
    await store.claims.claim("k", by("a"));
    const client = new Redis(redis.port);
    await client.script("FLUSH");
    expect(await store.claims.claim("k", by("b"))).toEqual({ state: "held", note: "a" });
    client.disconnect();
  });

  test("that is a cluster keeps a key's parts together", async () => {
    const redis = await start("--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1");
    const node = new Redis(redis.port);
    await node.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
    await eventually(() => node.call("CLUSTER", "INFO")).toContain("cluster_state:ok");
    const client = new Cluster([{ host: "127.0.0.1", port: redis.port }]);
    const store = open({ client, prefix: "app:" });
    for (const key of ["k", "}", "{", "{}", "}{", "a}b{c}"]) {
      expect(await store.claims.claim(key, by("a"))).toEqual({ state: "claimed" });
      await store.limits.pause(key, 1);
      await eventually(() => store.limits.take(key, limit, 2)).toBe(0);
      expect(await store.limits.take(key, limit, 1)).toBeGreaterThan(0);
      const address = `${key}@example.com`;
      const entry = { address, reason: "bounced", scope: key, at: 1, expiresAt: Date.now() + minute } as const;
      expect(await store.suppressions.add([entry])).toEqual([true]);
      expect(await store.suppressions.find([address])).toEqual([entry]);
    }
    expect(await store.suppressions.counts()).toMatchObject({ bounced: 6 });
    expect((await store.suppressions.list({ limit: 10 })).entries).toHaveLength(6);
    expect(await store.suppressions.remove("k@example.com")).toBe(1);
    client.disconnect();
    node.disconnect();
  });
});
