-- Billing: turns an operation's hold into its actual amount. Set semantics: repeated, only the
-- difference is applied and the request counts once. Whole or not at all.
-- KEYS 1 quota hash  2 open operations  3 tombstones  4 rate counters of the key
-- ARGV 1 amount (nano-USD)  2 daily_requests  3 monthly_requests  4 today  5 month
--      6 allow_negative (0|1)  7 operation id  8 key id  9 tokens  10 lease_ms
--      11 quota types of the key, comma-separated  12 minute whose rate is given back to ('' for none)
--      13 requests  14 tokens of it that were not used (< 0: more were)
-- Returns {ok, code, balance, daily_used, monthly_used}; balance is what is available, without credit
--   code OK | REPEATED | INSUFFICIENT | FOLDED (too late: its amount is in the base) | MISS
-- @include integers
-- @include words
-- @include operations
-- @include periods
-- @include rates
local H, O, T, rate_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local amount = natural(ARGV[1], 'amount')
natural(ARGV[2], 'daily_requests')
natural(ARGV[3], 'monthly_requests')
local today, month, allow_negative = ARGV[4], ARGV[5], ARGV[6] == '1'
local id, key = ARGV[7], ARGV[8]
natural(ARGV[9], 'tokens')
local lease_ms, types = duration(ARGV[10], 'lease_ms'), ARGV[11]
local minute = limit(ARGV[12], 'minute')
local requests_unused = natural(ARGV[13], 'requests_unused')
local tokens_unused = integer(ARGV[14], 'tokens_unused')
expect(#KEYS == 4, 'keys')
expect(is_day(today), 'today')
expect(is_month(month), 'month')
expect(is_flag(ARGV[6]), 'allow_negative')
expect(is_id(id), 'operation id')
expect(is_id(key), 'key id')
expect(are_quota_types(types), 'quota types')

local function reply(ok, code)
  local f = redis.call('HMGET', H, 'balance', 'daily_used', 'monthly_used')
  return { ok, code, f[1] or '0', f[2] or '0', f[3] or '0' }
end

if redis.call('EXISTS', H) == 0 then return reply(0, 'MISS') end
if redis.call('ZSCORE', T, id) then return reply(0, 'FOLDED') end

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local raw = redis.call('HGET', O, id)
local before = raw and unpack_op(raw) or nil
local op = {
  amount = ARGV[1], tokens = ARGV[9], daily = ARGV[2], monthly = ARGV[3],
  key = before and before.key or key, day = before and before.day or today,
  month = before and before.month or month, lease = text(now + lease_ms), state = 's',
  types = before and before.types or types,
}
if before and before.state == 's' and before.amount == op.amount and before.tokens == op.tokens then
  return reply(1, 'REPEATED')
end
if not allow_negative then
  local f = redis.call('HMGET', H, 'balance', 'credit_limit')
  local held = before and tonumber(before.amount) or 0
  if tonumber(f[1]) + held < amount - tonumber(f[2]) then return reply(0, 'INSUFFICIENT') end
end

if before then
  apply(H, before, -1)
else
  roll_day(H, O, op.day)
  roll_month(H, O, op.month)
  for quota_type in string.gmatch(op.types, '[^,]+') do
    roll_key_quota(H, O, op.key, quota_type, period(quota_type, op.day, op.month))
  end
end
apply(H, op, 1)
redis.call('HSET', O, id, pack(op))
if minute and before and before.state == 'h' then
  give_back(rate_key, now, minute, requests_unused, tokens_unused)
end
return reply(1, 'OK')
