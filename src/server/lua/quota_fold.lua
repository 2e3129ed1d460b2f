-- Takes over what the ledger did: removes operations that are over (committed or void), leaves
-- tombstones against late scripts, frees their traces, and moves the base to a newer row.
-- Into an absent hash nothing is written: the next request warms it, from no older reading of
-- Postgres than this one, since the operations removed here are in its base alone.
-- KEYS 1 quota hash  2 open operations  3 tombstones  4 floor: the newest version folded
--      5.. a trace lock for each operation
-- ARGV 1 tombstone_ms  2 number of operations, then their ids
--      then 1 and the row (9 fields) and key quotas (see include/base), or 0
-- Returns {1, FOLDED | ABSENT}
-- @include integers
-- @include words
-- @include operations
-- @include periods
-- @include base
local H, O, T, floor_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local tombstone_ms = duration(ARGV[1], 'tombstone_ms')
local count = natural(ARGV[2], 'operations')
local at = 3 + count
expect(#KEYS == 4 + count, 'keys')
for i = 1, count do expect(is_id(ARGV[2 + i]), 'operation id') end
expect(is_flag(ARGV[at]), 'row flag')
local row, key_quotas
if ARGV[at] == '1' then
  row, at = read_row(at + 1)
  key_quotas, at = read_key_quotas(at)
end

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local present = redis.call('HEXISTS', H, 'version') == 1
for i = 1, count do
  local id = ARGV[2 + i]
  local raw = redis.call('HGET', O, id)
  if raw then
    if present then apply(H, unpack_op(raw), -1) end
    redis.call('HDEL', O, id)
  end
  redis.call('ZADD', T, text(now + tombstone_ms), id)
  local holder = redis.call('GET', KEYS[4 + i])
  if holder and may_lock(holder, id) then redis.call('DEL', KEYS[4 + i]) end
end
if count > 0 then
  redis.call('ZREMRANGEBYSCORE', T, '-inf', '(' .. text(now))
  redis.call('PEXPIRE', T, tombstone_ms)
end
if row and tonumber(row.version) > tonumber(redis.call('GET', floor_key) or '0') then
  redis.call('SET', floor_key, row.version, 'PX', tombstone_ms)
end
if not present then return { 1, 'ABSENT' } end
if row then
  local known = tonumber(redis.call('HGET', H, 'version'))
  if tonumber(row.version) > known then rebase(H, O, row) end
  for _, quota in ipairs(key_quotas) do rebase_key_quota(H, O, quota) end
end
return { 1, 'FOLDED' }
