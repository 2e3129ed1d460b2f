-- Raises a hold before the next slab of a stream, and renews its lease. Only upward.
-- KEYS 1 quota hash  2 open operations  3 trace lock
-- ARGV 1 amount (nano-USD)  2 tokens  3 operation id  4 lease_ms  5 lock value ('' for none)
--      6 number of key quotas, then type and limit of each
-- Returns {ok, code, detail}
--   code RAISED | UNKNOWN (no such operation or hash) | INSUFFICIENT | KEY_QUOTA (detail: type)
-- @include integers
-- @include operations
local H, O, lock_key = KEYS[1], KEYS[2], KEYS[3]
local amount, tokens = natural(ARGV[1], 'amount'), natural(ARGV[2], 'tokens')
local id, lease_ms, lock_value = ARGV[3], natural(ARGV[4], 'lease_ms'), ARGV[5]
local quota_count = natural(ARGV[6], 'key_quotas')

local raw = redis.call('HGET', O, id)
local f = redis.call('HMGET', H, 'balance', 'credit_limit')
if not raw or not f[1] then return { 0, 'UNKNOWN', '' } end
local op = unpack_op(raw)
if op.state ~= 'h' then return { 0, 'UNKNOWN', '' } end

local more_amount = math.max(amount - tonumber(op.amount), 0)
local more_tokens = math.max(tokens - tonumber(op.tokens), 0)
if more_amount > 0 and tonumber(f[1]) < more_amount - tonumber(f[2]) then
  return { 0, 'INSUFFICIENT', '' }
end
for i = 1, quota_count do
  local quota_type, max = ARGV[5 + 2 * i], natural(ARGV[6 + 2 * i], 'quota_limit')
  local used = tonumber(redis.call('HGET', H, 'kq:' .. op.key .. ':' .. quota_type) or '0')
  local more = 0
  if string.find(quota_type, '_tokens$') then more = more_tokens end
  if string.find(quota_type, '_amount$') then more = more_amount end
  if more > 0 and used + more > max then return { 0, 'KEY_QUOTA', quota_type } end
end

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local raised = unpack_op(raw)
raised.amount = text(tonumber(op.amount) + more_amount)
raised.tokens = text(tonumber(op.tokens) + more_tokens)
raised.lease = text(now + lease_ms)
apply(H, op, -1)
apply(H, raised, 1)
redis.call('HSET', O, id, pack(raised))
if lock_value ~= '' then redis.call('SET', lock_key, lock_value, 'PX', lease_ms) end
return { 1, 'RAISED', '' }
