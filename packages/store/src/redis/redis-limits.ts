import type { LimitStore, RateLimit } from "@mail/core";
import { storedKey } from "../stored-key.ts";
import { roundingMs, storedMs } from "../stored-ms.ts";
import type { RedisConnection, RedisScript } from "./redis-connection.ts";

/**
 * KEYS: the times of the places taken, oldest first, in microseconds; the pause. ARGV: max, watched ms, count. The place
 * that has to leave the interval is near the list's end, so that it is found at once; a sorted set would take ten times
 * the memory. Where Redis's clock was set back, all times move with it, or the key would be closed until it comes back.
 */
const take: RedisScript = {
  name: "mailTake",
  numberOfKeys: 2,
  lua: `
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local max, watched, count = tonumber(ARGV[1]), ARGV[2] * 1000, tonumber(ARGV[3])

local pause = redis.call('GET', KEYS[2])
local wait = 0
if pause then
  wait = redis.call('PTTL', KEYS[2])
  if wait > tonumber(pause) then
    wait = tonumber(pause)
    redis.call('PEXPIRE', KEYS[2], wait)
  end
end

local function push(times)
  for first = 1, #times, 1000 do
    redis.call('RPUSH', KEYS[1], unpack(times, first, math.min(first + 999, #times)))
  end
end

local newest = tonumber(redis.call('LINDEX', KEYS[1], -1) or 0)
if newest > now then
  local times = redis.call('LRANGE', KEYS[1], 0, -1)
  for i = 1, #times do times[i] = times[i] - newest + now end
  redis.call('DEL', KEYS[1])
  push(times)
  redis.call('PEXPIRE', KEYS[1], ARGV[2] + 1)
end

local leaving = redis.call('LLEN', KEYS[1]) + count - max - 1
if leaving >= 0 then
  local freeAt = redis.call('LINDEX', KEYS[1], leaving) + watched
  wait = math.max(wait, math.ceil((freeAt - now) / 1000))
end
if wait > 0 then return wait end

local times = {}
for i = 1, count do times[i] = now end
push(times)
redis.call('LTRIM', KEYS[1], -max, -1)
redis.call('PEXPIRE', KEYS[1], ARGV[2] + 1)
return 0`,
};

/** KEYS: the pause. ARGV: ms. The pause's length is kept beside its end: it must not grow when the clock is set back. */
const pause: RedisScript = {
  name: "mailPause",
  numberOfKeys: 1,
  lua: `
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[1]) end
return 0`,
};

/** A list for each limit, which Redis forgets by itself; the braces keep its keys together in a cluster. */
export class RedisLimits implements LimitStore {
  readonly #connection: RedisConnection;
  readonly #prefix: string;

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
  }

  async take(key: string, { max, perMs }: RateLimit, count: number): Promise<number> {
    const base = this.#base(key);
    const parameters = [max, storedMs(perMs) + roundingMs, count];
    return Number(await this.#connection.run(take, [`${base}:taken`, `${base}:pause`], parameters));
  }

  async pause(key: string, ms: number): Promise<void> {
    if (ms > 0) await this.#connection.run(pause, [`${this.#base(key)}:pause`], [storedMs(ms)]);
  }

  #base(key: string): string {
    return `${this.#prefix}{limit:${storedKey(key)}}`;
  }
}
