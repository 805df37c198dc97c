import type { RedisScript } from "./redis-connection.ts";

/**
 * KEYS: the prefix; whatever begins with it is in one slot of a cluster. There are, by that prefix, with a member for each
 * entry that is its address, reason and scope with NULs between:
 * - `entries` them as JSON in a hash;
 * - `order` and `order:REASON` the members with one score, so that they are in the order of their bytes;
 * - `ends:REASON` those that have an end, by it.
 */
const prelude = `
local t = redis.call('TIME')
local now = string.format('%d', t[1] * 1000 + math.floor(t[2] / 1000))
local base = KEYS[1]
local entries, order = base .. 'entries', base .. 'order'
local reasons = { 'bounced', 'complained', 'unsubscribed', 'manual' }
local function reasonOf(member) return string.match(member, '%z(.-)%z') end
local function endOf(member) return redis.call('ZSCORE', base .. 'ends:' .. reasonOf(member), member) end
local function isAlive(member)
  local ends = endOf(member)
  return not ends or tonumber(ends) > tonumber(now)
end
local function forget(member)
  redis.call('HDEL', entries, member)
  redis.call('ZREM', order, member)
  for _, set in ipairs({ 'order:', 'ends:' }) do redis.call('ZREM', base .. set .. reasonOf(member), member) end
end
local function prune()
  for _, reason in ipairs(reasons) do
    local ended = redis.call('ZRANGEBYSCORE', base .. 'ends:' .. reason, '-inf', now, 'LIMIT', 0, 100)
    for _, member in ipairs(ended) do forget(member) end
  end
end
local function membersOf(address)
  return redis.call('ZRANGEBYLEX', order, '[' .. address .. '\\0', '(' .. address .. '\\1')
end`;

/** Arguments of one entry: member, end or nothing, JSON. Answers with 1 for each that was not there. */
export const addScript: RedisScript = {
  name: "mailSuppressionsAdd",
  numberOfKeys: 1,
  lua: `${prelude}
prune()
local added = {}
for a = 1, #ARGV, 3 do
  local member, ends, entry = unpack(ARGV, a, a + 2)
  local known = redis.call('ZSCORE', order, member) and isAlive(member)
  local before = endOf(member)
  local isOver = ends ~= '' and tonumber(ends) <= tonumber(now)
  local isLater = known and before and (ends == '' or tonumber(ends) > tonumber(before))
  added[#added + 1] = (known or isOver) and 0 or 1
  if not isOver and (not known or isLater) then
    local reason = reasonOf(member)
    redis.call('HSET', entries, member, entry)
    redis.call('ZADD', order, 0, member)
    redis.call('ZADD', base .. 'order:' .. reason, 0, member)
    if ends == '' then redis.call('ZREM', base .. 'ends:' .. reason, member)
    else redis.call('ZADD', base .. 'ends:' .. reason, ends, member) end
  end
end
return added`,
};

/** Arguments: addresses. */
export const findScript: RedisScript = {
  name: "mailSuppressionsFind",
  numberOfKeys: 1,
  lua: `${prelude}
local found = {}
for _, address in ipairs(ARGV) do
  for _, member in ipairs(membersOf(address)) do
    if isAlive(member) then found[#found + 1] = redis.call('HGET', entries, member) end
  end
end
return found`,
};

/**
 * Arguments: address, then reason and scope, each with `=` before it, and the latest time, or nothing for all. Answers how
 * many there were.
 */
export const removeScript: RedisScript = {
  name: "mailSuppressionsRemove",
  numberOfKeys: 1,
  lua: `${prelude}
prune()
local removed = 0
for _, member in ipairs(membersOf(ARGV[1])) do
  local reason, scope = string.match(member, '%z(.-)%z(.*)$')
  local isOf = (ARGV[2] == '' or ARGV[2] == '=' .. reason) and (ARGV[3] == '' or ARGV[3] == '=' .. scope)
  if isOf and (ARGV[4] == '' or cjson.decode(redis.call('HGET', entries, member)).at <= tonumber(ARGV[4])) then
    if isAlive(member) then removed = removed + 1 end
    forget(member)
  end
end
return removed`,
};

/**
 * Arguments: limit, the member to go on after or nothing, reason or nothing, prefix. Answers with the members of the page,
 * their entries, and where it stopped, '' at the end: it looks at so many in one step that nobody else waits long.
 */
export const listScript: RedisScript = {
  name: "mailSuppressionsList",
  numberOfKeys: 1,
  lua: `${prelude}
local limit, after, reason, prefix = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]
local from = after == '' and '[' .. prefix or '(' .. after
local to = prefix == '' and '+' or '(' .. prefix .. '\\255'
local count = math.max(limit, 1000)
local set = reason == '' and order or base .. 'order:' .. reason
local members = redis.call('ZRANGEBYLEX', set, from, to, 'LIMIT', 0, count)
local stop = #members < count and '' or members[#members]
local page, values = {}, {}
for _, member in ipairs(members) do
  if isAlive(member) then
    page[#page + 1] = member
    values[#values + 1] = redis.call('HGET', entries, member)
    if #page == limit then
      stop = member
      break
    end
  end
end
return { page, values, stop }`,
};

/** Answers with how many there are for each reason, in their order above. */
export const countScript: RedisScript = {
  name: "mailSuppressionsCount",
  numberOfKeys: 1,
  lua: `${prelude}
local counts = {}
for i, reason in ipairs(reasons) do
  counts[i] = redis.call('ZCARD', base .. 'order:' .. reason) - redis.call('ZCOUNT', base .. 'ends:' .. reason, '-inf', now)
end
return counts`,
};
