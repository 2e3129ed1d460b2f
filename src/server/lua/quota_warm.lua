-- Builds an absent hash, or moves an older one to this reading of Postgres: compare-and-set by
-- version, never an increment of what it does not know. Open operations are kept; holds that the
-- reading has and Redis lost are merged, an older reading's too, unless they were folded meanwhile.
-- A hash that lost track of its operations is built anew, from no older reading than its own.
-- KEYS 1 quota hash  2 open operations  3 tombstones  4 floor: the newest version folded
-- ARGV 1.. the row (9 fields, see include/base)  then key quotas  then the hold count and, for
--      each hold, its id and packed form (see include/operations; its lease is what is left of it,
--      in ms)  last: time to live (ms)
-- Returns {1, WARMED | CURRENT} or {0, STALE}: a fold has overtaken this reading, read again
-- @include integers
-- @include words
-- @include operations
-- @include periods
-- @include base
local H, O, T, floor_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
expect(#KEYS == 4, 'keys')
local row, at = read_row(1)
local key_quotas
key_quotas, at = read_key_quotas(at)
local hold_count = natural(ARGV[at], 'holds')
local holds_at = at + 1
local ttl_ms = duration(ARGV[holds_at + 2 * hold_count], 'ttl_ms')
for i = 0, hold_count - 1 do
  expect(is_id(ARGV[holds_at + 2 * i]), 'hold id')
  judge_packed(ARGV[holds_at + 2 * i + 1])
end

local known = redis.call('HGET', H, 'version')
local is_sound = known and counts_all(O, redis.call('HGET', H, 'ops'))
-- Leases run by this clock: the sender's may be off by more than a lease.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)

local function each_missing_hold(visit)
  for i = 0, hold_count - 1 do
    local id = ARGV[holds_at + 2 * i]
    if redis.call('HEXISTS', O, id) == 0 and not redis.call('ZSCORE', T, id) then
      local op = unpack_op(ARGV[holds_at + 2 * i + 1])
      op.lease = text(now + tonumber(op.lease))
      visit(id, op)
    end
  end
end

local function take_in(id, op)
  roll_day(H, O, op.day)
  roll_month(H, O, op.month)
  for quota_type in string.gmatch(op.types, '[^,]+') do
    roll_key_quota(H, O, op.key, quota_type, period(quota_type, op.day, op.month))
  end
  redis.call('HSET', O, id, pack(op))
  apply(H, op, 1)
end

if known and tonumber(known) > tonumber(row.version) then
  if is_sound then
    each_missing_hold(take_in)
    return { 1, 'CURRENT' }
  end
  return { 0, 'STALE' }
end
if tonumber(row.version) < tonumber(redis.call('GET', floor_key) or '0') then return { 0, 'STALE' } end

if is_sound then
  if tonumber(row.version) > tonumber(known) then rebase(H, O, row) end
  for _, quota in ipairs(key_quotas) do rebase_key_quota(H, O, quota) end
  each_missing_hold(take_in)
else
  redis.call('DEL', H)
  redis.call('HSET', H, 'version', row.version, 'base', row.base, 'balance', row.base,
    'credit_limit', row.credit_limit, 'daily_limit', row.daily_limit,
    'daily_base', row.daily_used, 'daily_used', row.daily_used, 'daily_date', row.daily_date,
    'monthly_limit', row.monthly_limit, 'monthly_base', row.monthly_used,
    'monthly_used', row.monthly_used, 'monthly_month', row.monthly_month)
  for _, quota in ipairs(key_quotas) do
    local field = quota.key .. ':' .. quota.type
    redis.call('HSET', H, 'kq:' .. field, quota.used, 'kqb:' .. field, quota.used,
      'kqp:' .. field, quota.period, 'kqv:' .. field, quota.version)
  end
  each_missing_hold(function(id, op) redis.call('HSET', O, id, pack(op)) end)
  for _, raw in ipairs(redis.call('HVALS', O)) do
    local op = unpack_op(raw)
    advance_periods(H, op)
    apply(H, op, 1)
  end
end
redis.call('PEXPIRE', H, ttl_ms)
return { 1, 'WARMED' }
