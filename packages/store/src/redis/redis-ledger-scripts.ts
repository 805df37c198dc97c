import { aliasMs, minuteMs } from "../ledger-times.ts";
import type { RedisScript } from "./redis-connection.ts";

/**
 * KEYS: the queue's prefix; whatever begins with it is in one slot of a cluster. There are, by that prefix:
 * - `e:ID` an entry as a hash, `k:KEY` and `i:ID` the id that counts for a key and for a duplicate;
 * - `s:STATE` ids with one score, so that they are in the order of their bytes; `due` those queued by when they are due;
 * - `t:STATE` those settled by when that was, `created` those of the last minute; `paused` the reason.
 */
const prelude = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local base = KEYS[1]
local settled = { sent = true, cancelled = true, dead = true, unknown = true }
local fields = { 'id', 'state', 'priority', 'dueAt', 'createdAt', 'changedAt', 'owner', 'leasedUntil', 'tries', 'replays',
  'record' }`;

/** Arguments of one entry: id, key with `=` before it or nothing, its time in ms or nothing, priority, dueAt, record. */
export const addScript: RedisScript = {
  name: "mailLedgerAdd",
  numberOfKeys: 1,
  lua: `${prelude}
local ids = {}
for a = 1, #ARGV, 6 do
  local id, key, keyMs, priority, dueAt, record = unpack(ARGV, a, a + 5)
  local entry = base .. 'e:' .. id
  local counts = id
  if redis.call('EXISTS', entry) == 0 then
    if key ~= '' then
      local name, alias = base .. 'k:' .. string.sub(key, 2), base .. 'i:' .. id
      local known = redis.call('GET', alias) or redis.call('GET', name)
      if known then
        counts = known
        redis.call('SET', alias, known, 'PX', string.format('%d', math.max(tonumber(dueAt) - now, 0) + ${aliasMs}))
      elseif keyMs == '' then redis.call('SET', name, id)
      elseif tonumber(keyMs) > 0 then redis.call('SET', name, id, 'PX', keyMs) end
    end
    if counts == id then
      redis.call('HSET', entry, 'id', id, 'state', 'queued', 'priority', priority, 'dueAt', dueAt, 'createdAt', now,
        'changedAt', now, 'tries', 0, 'replays', 0, 'record', record, 'key', key)
      redis.call('ZADD', base .. 's:queued', 0, id)
      redis.call('ZADD', base .. 'due', dueAt, id)
      redis.call('ZADD', base .. 'created', now, id)
    end
  end
  ids[#ids + 1] = counts
end
redis.call('ZREMRANGEBYSCORE', base .. 'created', '-inf', now - ${minuteMs})
return ids`,
};

/** Arguments: ids. */
export const findScript: RedisScript = {
  name: "mailLedgerFind",
  numberOfKeys: 1,
  lua: `${prelude}
fields[#fields + 1] = 'payload'
local found = {}
for i, id in ipairs(ARGV) do found[i] = redis.call('HMGET', base .. 'e:' .. id, unpack(fields)) end
return found`,
};

/**
 * Arguments of one change: id; conditions: states between commas, owner, dueBy, leaseOver, replaysBelow; then state, dueAt,
 * owner, lease in ms, what is added to tries, replays, record, payload. Those that may be missing are empty then, and texts
 * have `=` before them; a payload that is let go of is `-`. A lease that would last longer than it ever did is over: the
 * clock was put back, and it must not become endless.
 */
export const changeScript: RedisScript = {
  name: "mailLedgerChange",
  numberOfKeys: 1,
  lua: `${prelude}
local function holds(entry, states, owner, dueBy, leaseOver, replaysBelow)
  local e = redis.call('HMGET', entry, 'state', 'owner', 'dueAt', 'leasedUntil', 'leaseMs', 'replays')
  if not e[1] or not string.find(states, ',' .. e[1] .. ',', 1, true) then return nil end
  if owner ~= '' and e[2] ~= string.sub(owner, 2) then return nil end
  if dueBy ~= '' and tonumber(e[3]) > tonumber(dueBy) then return nil end
  if replaysBelow ~= '' and tonumber(e[6]) >= tonumber(replaysBelow) then return nil end
  local ends = tonumber(e[4])
  if leaseOver ~= '' and ends and ends > now and ends <= now + e[5] then return nil end
  return e[1]
end

local results = {}
for a = 1, #ARGV, 14 do
  local id, states, isOwner, dueBy, leaseOver, replaysBelow = unpack(ARGV, a, a + 5)
  local state, dueAt, owner, leaseMs, tries, replays, record, payload = unpack(ARGV, a + 6, a + 13)
  local entry = base .. 'e:' .. id
  local before = holds(entry, states, isOwner, dueBy, leaseOver, replaysBelow)
  if before then
    local set = { 'state', state, 'changedAt', now }
    local function put(name, value)
      set[#set + 1] = name
      set[#set + 1] = value
    end
    if dueAt ~= '' then put('dueAt', dueAt) end
    if owner ~= '' then
      put('owner', string.sub(owner, 2))
      put('leasedUntil', now + leaseMs)
      put('leaseMs', leaseMs)
    end
    if replays ~= '' then put('replays', replays) end
    if record ~= '' then put('record', string.sub(record, 2)) end
    if payload == '-' then redis.call('HDEL', entry, 'payload')
    elseif payload ~= '' then put('payload', string.sub(payload, 2)) end
    redis.call('HSET', entry, unpack(set))
    if tries ~= '0' then redis.call('HINCRBY', entry, 'tries', tries) end
    if before ~= state then
      redis.call('ZREM', base .. 's:' .. before, id)
      redis.call('ZADD', base .. 's:' .. state, 0, id)
      if before == 'queued' then redis.call('ZREM', base .. 'due', id) end
      if settled[before] then redis.call('ZREM', base .. 't:' .. before, id) end
    end
    if state == 'queued' then redis.call('ZADD', base .. 'due', redis.call('HGET', entry, 'dueAt'), id) end
    if settled[state] then redis.call('ZADD', base .. 't:' .. state, now, id) end
    results[#results + 1] = redis.call('HMGET', entry, unpack(fields))
  else
    results[#results + 1] = {}
  end
end
return results`,
};

/** Arguments: owner, ms, ids. */
export const renewScript: RedisScript = {
  name: "mailLedgerRenew",
  numberOfKeys: 1,
  lua: `${prelude}
for i = 3, #ARGV do
  local entry = base .. 'e:' .. ARGV[i]
  local e = redis.call('HMGET', entry, 'state', 'owner')
  if e[1] == 'sending' and e[2] == ARGV[1] then
    redis.call('HSET', entry, 'leasedUntil', now + ARGV[2], 'leaseMs', ARGV[2])
  end
end
return 0`,
};

/**
 * Arguments: state, limit, and the last id of the page before. Of those queued it looks at so many in one step, and says
 * where it stopped, `''` at the end, so that nobody else waits long.
 */
export const listScript: RedisScript = {
  name: "mailLedgerList",
  numberOfKeys: 1,
  lua: `${prelude}
local state, limit, after = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local isQueued = state == 'queued' or state == 'scheduled'
local count = isQueued and math.max(limit, 1000) or limit
local from = after == '' and '-' or '(' .. after
local set = base .. 's:' .. (isQueued and 'queued' or state)
local ids = redis.call('ZRANGEBYLEX', set, from, '+', 'LIMIT', 0, count)
local page, stop = {}, #ids < count and '' or ids[#ids]
for i, id in ipairs(ids) do
  local isLater = isQueued and tonumber(redis.call('ZSCORE', base .. 'due', id)) > now
  if isLater == (state == 'scheduled') then
    page[#page + 1] = redis.call('HMGET', base .. 'e:' .. id, unpack(fields))
    if #page == limit then
      stop = id
      break
    end
  end
end
return { stop, page }`,
};

/** Answers: counts of queued, scheduled, sending, sent, unknown, dead, cancelled; added, sent, dead; the oldest dueAt. */
export const countScript: RedisScript = {
  name: "mailLedgerCount",
  numberOfKeys: 1,
  lua: `${prelude}
local function all(state) return redis.call('ZCARD', base .. 's:' .. state) end
local function lately(set) return redis.call('ZCOUNT', base .. set, '(' .. string.format('%d', now - ${minuteMs}), '+inf') end
local scheduled = redis.call('ZCOUNT', base .. 'due', '(' .. string.format('%d', now), '+inf')
local queued = all('queued') - scheduled
local oldest = redis.call('ZRANGE', base .. 'due', 0, 0, 'WITHSCORES')
return { queued, scheduled, all('sending'), all('sent'), all('unknown'), all('dead'), all('cancelled'),
  lately('created'), lately('t:sent'), lately('t:dead'), queued > 0 and oldest[2] or '' }`,
};

/** Arguments: age in ms, limit, states. Keys that have a time go by themselves. */
export const pruneScript: RedisScript = {
  name: "mailLedgerPrune",
  numberOfKeys: 1,
  lua: `${prelude}
local before, limit = string.format('%d', now - ARGV[1]), tonumber(ARGV[2])
local pruned = 0
for i = 3, #ARGV do
  local state = ARGV[i]
  local ids = redis.call('ZRANGEBYSCORE', base .. 't:' .. state, '-inf', before, 'LIMIT', 0, limit - pruned)
  for _, id in ipairs(ids) do
    local entry = base .. 'e:' .. id
    local key = redis.call('HGET', entry, 'key') or ''
    local name = base .. 'k:' .. string.sub(key, 2)
    if key ~= '' and redis.call('GET', name) == id and redis.call('PTTL', name) == -1 then redis.call('DEL', name) end
    redis.call('DEL', entry)
    redis.call('ZREM', base .. 's:' .. state, id)
    redis.call('ZREM', base .. 't:' .. state, id)
  end
  pruned = pruned + #ids
end
return pruned`,
};

/** Argument: `=` and the reason, nothing to go on, or none to ask. */
export const pauseScript: RedisScript = {
  name: "mailLedgerPause",
  numberOfKeys: 1,
  lua: `
local paused = KEYS[1] .. 'paused'
if not ARGV[1] then return redis.call('GET', paused) end
if ARGV[1] == '' then redis.call('DEL', paused) else redis.call('SET', paused, string.sub(ARGV[1], 2)) end
return false`,
};
