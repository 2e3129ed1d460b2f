-- Admission: claims the trace and places the hold in one step. Trace, rate limits, concurrency,
-- quotas of tenant and key, and the balance are judged here; refused, nothing is written.
-- KEYS 1 quota hash  2 open operations  3 tombstones  4 trace lock  5 rate counters of the key
-- ARGV 1 min_amount  2 max_amount (nano-USD)  3 min_tokens  4 max_tokens  5 rate_tokens
--      6 operation id  7 key id  8 lease_ms  9 lock value ('' for a trace id of our own making)
--      10 rpm  11 tpm  12 concurrency ('' for none)
--      13 number of key quotas, then type and limit of each
-- Returns {ok, code, held_amount, held_tokens, available, day, month, detail, wait_ms,
--          requests_used, tokens_used, minute ('' where no rate was counted)}
--   code ADMITTED | MISS (see quota_check) | TAKEN (detail: the lock's value) | LATE (settled or folded already)
--        RATE (detail requests|tokens) | CONCURRENCY | DAILY | MONTHLY | INSUFFICIENT
--        KEY_QUOTA (detail: the quota type)
-- @include integers
-- @include words
-- @include calendar
-- @include operations
-- @include periods
-- @include rates
local H, O, T, lock_key, rate_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local min_amount, max_amount = natural(ARGV[1], 'min_amount'), natural(ARGV[2], 'max_amount')
local min_tokens, max_tokens = natural(ARGV[3], 'min_tokens'), natural(ARGV[4], 'max_tokens')
local rate_tokens = natural(ARGV[5], 'rate_tokens')
local id, key, lease_ms, lock_value = ARGV[6], ARGV[7], duration(ARGV[8], 'lease_ms'), ARGV[9]
expect(#KEYS == 5, 'keys')
expect(is_id(id), 'operation id')
expect(is_id(key), 'key id')
local rpm, tpm, concurrency = limit(ARGV[10], 'rpm'), limit(ARGV[11], 'tpm'), limit(ARGV[12], 'concurrency')
local quotas = {}
for i = 1, natural(ARGV[13], 'key_quotas') do
  quotas[i] = { type = ARGV[12 + 2 * i], limit = natural(ARGV[13 + 2 * i], 'quota_limit') }
  expect(is_quota_type(quotas[i].type), 'quota type')
end

local f = redis.call('HMGET', H, 'balance', 'credit_limit', 'daily_limit', 'daily_used',
  'daily_date', 'monthly_limit', 'monthly_used', 'monthly_month', 'open:' .. key, 'ops')
if not f[1] or not counts_all(O, f[10]) then return { 0, 'MISS' } end

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local day, month = calendar(tonumber(clock[1]))
-- Periods only go forward, even where this clock was set back.
if day < f[5] then day = f[5] end
if month < f[8] then month = f[8] end

local function available() return redis.call('HGET', H, 'balance') end

local function refused(code, detail, wait_ms)
  return { 0, code, '0', '0', available(), day, month, detail or '', text(wait_ms or 0) }
end

-- The lock is judged first: two requests may open the same attempt of a void trace.
if lock_value ~= '' then
  local holder = redis.call('GET', lock_key)
  if holder and holder ~= lock_value then return refused('TAKEN', holder) end
end
local known = redis.call('HGET', O, id)
if known then
  local op = unpack_op(known)
  if op.state ~= 'h' then return refused('LATE') end
  return { 1, 'ADMITTED', op.amount, op.tokens, available(), op.day, op.month, '', '0', '0', '0', '' }
end
if redis.call('ZSCORE', T, id) then return refused('LATE') end

local rate
if rpm or tpm then
  rate = read_rate(rate_key, now)
  local spent, wait_ms = judge_rate(rate, rpm, tpm, rate_tokens)
  if spent then return refused('RATE', spent, wait_ms) end
end
if concurrency and tonumber(f[9] or '0') >= concurrency then return refused('CONCURRENCY') end

local daily_limit, monthly_limit = limit(f[3], 'daily_limit'), limit(f[6], 'monthly_limit')
if daily_limit and day == f[5] and tonumber(f[4]) >= daily_limit then return refused('DAILY') end
if daily_limit and daily_limit < 1 then return refused('DAILY') end
if monthly_limit and month == f[8] and tonumber(f[7]) >= monthly_limit then return refused('MONTHLY') end
if monthly_limit and monthly_limit < 1 then return refused('MONTHLY') end

local types = {}
for i, quota in ipairs(quotas) do
  types[i] = quota.type
  local field, at = key .. ':' .. quota.type, period(quota.type, day, month)
  local stored = redis.call('HMGET', H, 'kqp:' .. field, 'kq:' .. field)
  local used = (stored[1] and at <= stored[1]) and tonumber(stored[2] or '0') or 0
  local left = quota.limit - used
  if string.find(quota.type, '_requests$') then
    if left < 1 then return refused('KEY_QUOTA', quota.type) end
  elseif string.find(quota.type, '_tokens$') then
    if left < min_tokens then return refused('KEY_QUOTA', quota.type) end
    max_tokens = math.min(max_tokens, left)
  else
    if left < min_amount then return refused('KEY_QUOTA', quota.type) end
    max_amount = math.min(max_amount, left)
  end
end

-- balance + credit >= amount, arranged so that every term stays exact in a double.
local balance, credit = tonumber(f[1]), tonumber(f[2])
if balance < min_amount - credit then return refused('INSUFFICIENT') end
if balance < max_amount - credit then max_amount = balance + credit end

roll_day(H, O, day)
roll_month(H, O, month)
for _, quota in ipairs(quotas) do
  roll_key_quota(H, O, key, quota.type, period(quota.type, day, month))
end
local op = {
  amount = text(max_amount), tokens = text(max_tokens), daily = '1', monthly = '1', key = key,
  day = day, month = month, lease = text(now + lease_ms), state = 'h', types = table.concat(types, ','),
}
redis.call('HSET', O, id, pack(op))
apply(H, op, 1)
if lock_value ~= '' then redis.call('SET', lock_key, lock_value, 'PX', lease_ms) end
local requests_used, tokens_used = 0, 0
if rate then
  rate.requests, rate.tokens = rate.requests + 1, rate.tokens + rate_tokens
  write_rate(rate_key, rate)
  requests_used = used_rate(rate.requests, rate.last_requests, rate.left)
  tokens_used = used_rate(rate.tokens, rate.last_tokens, rate.left)
end
return {
  1, 'ADMITTED', op.amount, op.tokens, available(), day, month, '', rate and text(rate.left) or '0',
  text(requests_used), text(tokens_used), rate and text(rate.window) or '',
}
