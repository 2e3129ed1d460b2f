-- Renews the leases of operations that are still at work, and of their trace locks.
-- KEYS 1 open operations  2.. a trace lock for each operation
-- ARGV 1 lease_ms  2.. operation ids
-- Returns {1, RENEWED, how many were known}
-- @include integers
-- @include words
-- @include operations
local lease_ms = duration(ARGV[1], 'lease_ms')
expect(#KEYS == #ARGV, 'keys')
for i = 2, #ARGV do expect(is_id(ARGV[i]), 'operation id') end
local clock = redis.call('TIME')
local lease = text(tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000) + lease_ms)
local known = 0
for i = 2, #ARGV do
  local raw = redis.call('HGET', KEYS[1], ARGV[i])
  if raw then
    local op = unpack_op(raw)
    op.lease = lease
    redis.call('HSET', KEYS[1], ARGV[i], pack(op))
    if may_lock(redis.call('GET', KEYS[i]), ARGV[i]) then redis.call('PEXPIRE', KEYS[i], lease_ms) end
    known = known + 1
  end
end
return { 1, 'RENEWED', text(known) }
