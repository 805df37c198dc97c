import type { Claim, ClaimState, ClaimStore } from "@mail/core";
import { storedKey } from "../stored-key.ts";
import { storedMs } from "../stored-ms.ts";
import type { RedisConnection, RedisScript } from "./redis-connection.ts";

/** Redis's own clock in milliseconds, and what is known of the key. */
const prelude = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local c = redis.call('HMGET', KEYS[1], 'owner', 'note', 'result', 'leasedUntil', 'writtenAt')
local owner, note, result = c[1], c[2], c[3]
`;

/**
 * ARGV: owner, note, lease and keep in ms. A claim from the future was written before the clock was set back: its lease
 * moves with the clock.
 */
const claim: RedisScript = {
  name: "mailClaim",
  numberOfKeys: 1,
  lua: `${prelude}
if not owner or (owner == ARGV[1] and not result) then
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'note', ARGV[2], 'leasedUntil', now + ARGV[3], 'writtenAt', now)
  redis.call('PEXPIRE', KEYS[1], math.max(ARGV[3], ARGV[4]))
  return { 'claimed' }
end
if result then return { 'settled', note, result } end
local leasedUntil, writtenAt = tonumber(c[4]), tonumber(c[5])
if writtenAt > now then
  leasedUntil = leasedUntil - writtenAt + now
  redis.call('HSET', KEYS[1], 'leasedUntil', leasedUntil, 'writtenAt', now)
end
return { leasedUntil > now and 'held' or 'abandoned', note }`,
};

/** ARGV: owner, lease in ms. */
const renew: RedisScript = {
  name: "mailRenew",
  numberOfKeys: 1,
  lua: `${prelude}
if owner ~= ARGV[1] or result then return 0 end
redis.call('HSET', KEYS[1], 'leasedUntil', now + ARGV[2], 'writtenAt', now)
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`,
};

/** ARGV: owner, result, keep in ms. */
const settle: RedisScript = {
  name: "mailSettle",
  numberOfKeys: 1,
  lua: `${prelude}
if owner ~= ARGV[1] then return 0 end
if result then return result == ARGV[2] and 1 or 0 end
redis.call('HSET', KEYS[1], 'result', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`,
};

/** ARGV: owner, or nothing. */
const release: RedisScript = {
  name: "mailRelease",
  numberOfKeys: 1,
  lua: `${prelude}
if ARGV[1] and (owner ~= ARGV[1] or result) then return 0 end
return redis.call('DEL', KEYS[1])`,
};

/** A hash for each claim, which Redis forgets by itself. */
export class RedisClaims implements ClaimStore {
  readonly #connection: RedisConnection;
  readonly #prefix: string;

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
  }

  async claim(key: string, { owner, leaseMs, keepMs, note }: Claim): Promise<ClaimState> {
    const parameters = [owner, note, storedMs(leaseMs), storedMs(keepMs)];
    const [state, known = "", result = ""] = (await this.#run(claim, key, parameters)) as readonly string[];
    if (state === "settled") return { state, note: known, result };
    return state === "held" || state === "abandoned" ? { state, note: known } : { state: "claimed" };
  }

  async renew(key: string, owner: string, leaseMs: number): Promise<boolean> {
    return (await this.#run(renew, key, [owner, storedMs(leaseMs)])) === 1;
  }

  async settle(key: string, owner: string, result: string, keepMs: number): Promise<boolean> {
    return (await this.#run(settle, key, [owner, result, storedMs(keepMs)])) === 1;
  }

  async release(key: string, owner?: string): Promise<boolean> {
    return (await this.#run(release, key, owner === undefined ? [] : [owner])) === 1;
  }

  async #run(script: RedisScript, key: string, parameters: readonly (string | number)[]): Promise<unknown> {
    return await this.#connection.run(script, [`${this.#prefix}{claim:${storedKey(key)}}`], parameters);
  }
}
