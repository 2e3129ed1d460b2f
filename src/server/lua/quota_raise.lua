-- Raises a hold before the next slab of a stream, and renews its lease. Only upward.
-- KEYS 1 quota hash  2 open operations  3 trace lock
-- ARGV 1 amount (nano-USD)  2 tokens  3 operation id  4 lease_ms  5 lock value ('' for none)
--      6 number of key quotas, then type and limit of each
-- Returns {ok, code, detail}
--   code RAISED | UNKNOWN (no such operation or hash) | INSUFFICIENT | KEY_QUOTA (detail: type)
-- @include integers
-- @include words
-- @include operations
local H, O, lock_key = KEYS[1], KEYS[2], KEYS[3]
local amount, tokens = natural(ARGV[1], 'amount'), natural(ARGV[2], 'tokens')
local id, lease_ms, lock_value = ARGV[3], duration(ARGV[4], 'lease_ms'), ARGV[5]
local quotas = {}
for i = 1, natural(ARGV[6], 'key_quotas') do
  quotas[i] = { type = ARGV[5 + 2 * i], limit = natural(ARGV[6 + 2 * i], 'quota_limit') }
  expect(is_quota_type(quotas[i].type), 'quota type')
end
expect(#KEYS == 3, 'keys')
expect(is_id(id), 'operation id')

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
for _, quota in ipairs(quotas) do
  -- Judged in the period of its admission, where it will be booked. Of one that is over, no more is
  -- known than what it holds itself.
  local field = op.key .. ':' .. quota.type
  local stored = redis.call('HMGET', H, 'kqp:' .. field, 'kq:' .. field)
  local is_own = stored[1] == period(quota.type, op.day, op.month)
  local used = tonumber(is_own and stored[2] or contribution(op, quota.type))
  local more = 0
  if string.find(quota.type, '_tokens$') then more = more_tokens end
  if string.find(quota.type, '_amount$') then more = more_amount end
  if more > 0 and used + more > quota.limit then return { 0, 'KEY_QUOTA', quota.type } end
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
-- A trace that was ended elsewhere may be another attempt's by now.
if lock_value ~= '' and may_lock(redis.call('GET', lock_key), id) then
  redis.call('SET', lock_key, lock_value, 'PX', lease_ms)
end
return { 1, 'RAISED', '' }
