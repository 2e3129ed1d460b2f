-- Reads all that an admission depends on, for who asks and buys nothing. Writes nothing.
-- KEYS 1 quota hash  2 open operations  3 rate counters of the key
-- ARGV 1 key id  2 rate_tokens: what tpm would be charged  3 rpm  4 tpm ('' for none)
--      5 number of key quotas, then the type of each
-- Returns {1, OK, now (ms), day, month, version, base, available, credit_limit, daily_limit,
--          daily_base, daily_used, monthly_limit, monthly_base, monthly_used, open, requests_used,
--          tokens_used, free_in_ms, then what is used of each key quota}; of periods that are over
--          nothing is used. Or {0, MISS}, as quota_check says it
-- @include integers
-- @include words
-- @include calendar
-- @include operations
-- @include rates
local H, O, rate_key, key = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
local rate_tokens = natural(ARGV[2], 'rate_tokens')
local rpm, tpm = limit(ARGV[3], 'rpm'), limit(ARGV[4], 'tpm')
expect(#KEYS == 3, 'keys')
expect(is_id(key), 'key id')
local types = {}
for i = 1, natural(ARGV[5], 'key_quotas') do
  types[i] = ARGV[5 + i]
  expect(is_quota_type(types[i]), 'quota type')
end

local f = redis.call('HMGET', H, 'version', 'base', 'balance', 'credit_limit', 'daily_limit',
  'daily_base', 'daily_used', 'daily_date', 'monthly_limit', 'monthly_base', 'monthly_used',
  'monthly_month', 'open:' .. key, 'ops')
if not f[3] or not counts_all(O, f[14]) then return { 0, 'MISS' } end

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local day, month = calendar(tonumber(clock[1]))
-- Periods only go forward, even where this clock was set back.
if day < f[8] then day = f[8] end
if month < f[12] then month = f[12] end
if day > f[8] then f[6], f[7] = '0', '0' end
if month > f[12] then f[10], f[11] = '0', '0' end

local requests, tokens, free_in_ms = 0, 0, 0
if rpm or tpm then
  local rate = read_rate(rate_key, now)
  requests = used_rate(rate.requests, rate.last_requests, rate.left)
  tokens = used_rate(rate.tokens, rate.last_tokens, rate.left)
  local _, wait_ms = judge_rate(rate, rpm, tpm, rate_tokens)
  free_in_ms = wait_ms or rate.left
end

local reply = {
  1, 'OK', text(now), day, month, f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[9], f[10], f[11],
  f[13] or '0', text(requests), text(tokens), text(free_in_ms),
}
for _, quota_type in ipairs(types) do
  local field, at = key .. ':' .. quota_type, period(quota_type, day, month)
  local stored = redis.call('HMGET', H, 'kqp:' .. field, 'kq:' .. field)
  reply[#reply + 1] = (stored[1] and at <= stored[1]) and (stored[2] or '0') or '0'
end
return reply
