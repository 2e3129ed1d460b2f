-- Reads what a tenant has left, and judges an estimate against it. Writes nothing.
-- KEYS 1 quota hash  2 open operations
-- ARGV 1 estimated_cost (nano-USD)  2 today (YYYY-MM-DD)  3 month (YYYY-MM)
-- Returns {ok, code, available, daily_used, monthly_used}
--   code OK | MISS (the hash is absent, or lost track of its operations: warm it) | DAILY | MONTHLY | INSUFFICIENT
-- @include integers
-- @include words
-- @include operations
local estimated_cost = natural(ARGV[1], 'estimated_cost')
local today, month = ARGV[2], ARGV[3]
expect(#KEYS == 2, 'keys')
expect(is_day(today), 'today')
expect(is_month(month), 'month')

local f = redis.call('HMGET', KEYS[1], 'balance', 'credit_limit', 'daily_limit', 'daily_used',
  'daily_date', 'monthly_limit', 'monthly_used', 'monthly_month', 'ops')
if not f[1] or not counts_all(KEYS[2], f[9]) then return { 0, 'MISS', '0', '0', '0' } end

local daily_used = today > f[5] and '0' or f[4]
local monthly_used = month > f[8] and '0' or f[7]
local daily_limit, monthly_limit = limit(f[3], 'daily_limit'), limit(f[6], 'monthly_limit')

local code = 'OK'
if daily_limit and tonumber(daily_used) >= daily_limit then
  code = 'DAILY'
elseif monthly_limit and tonumber(monthly_used) >= monthly_limit then
  code = 'MONTHLY'
elseif tonumber(f[1]) < estimated_cost - tonumber(f[2]) then
  code = 'INSUFFICIENT'
end
return { code == 'OK' and 1 or 0, code, f[1], daily_used, monthly_used }
