-- Moves the base to a newer row of Postgres: available = base - open operations, and the same for
-- every counter. Only the difference is applied, so its cost does not grow with open operations.
local function rebase_counter(H, used, base, row_used)
  local old = redis.call('HGET', H, base) or '0'
  redis.call('HINCRBY', H, used, negated(old))
  redis.call('HINCRBY', H, used, row_used)
  redis.call('HSET', H, base, row_used)
end

-- row: version, base, credit_limit, daily_limit, daily_used, daily_date, monthly_limit,
-- monthly_used, monthly_month; all strings, '' for no limit.
local function rebase(H, O, row)
  rebase_counter(H, 'balance', 'base', row.base)
  roll_day(H, O, row.daily_date)
  if row.daily_date == redis.call('HGET', H, 'daily_date') then
    rebase_counter(H, 'daily_used', 'daily_base', row.daily_used)
  end
  roll_month(H, O, row.monthly_month)
  if row.monthly_month == redis.call('HGET', H, 'monthly_month') then
    rebase_counter(H, 'monthly_used', 'monthly_base', row.monthly_used)
  end
  redis.call('HSET', H, 'version', row.version, 'credit_limit', row.credit_limit,
    'daily_limit', row.daily_limit, 'monthly_limit', row.monthly_limit)
end

local function rebase_key_quota(H, O, quota)
  local field = quota.key .. ':' .. quota.type
  local known = tonumber(redis.call('HGET', H, 'kqv:' .. field) or '0')
  if tonumber(quota.version) <= known then return end
  roll_key_quota(H, O, quota.key, quota.type, quota.period)
  if quota.period == redis.call('HGET', H, 'kqp:' .. field) then
    rebase_counter(H, 'kq:' .. field, 'kqb:' .. field, quota.used)
  end
  redis.call('HSET', H, 'kqv:' .. field, quota.version)
end

-- Reads nine row fields from ARGV at `at` and judges them. Returns the row and the next index.
-- The balance may lie beyond the bound of amounts: a last charge may take it there.
local function read_row(at)
  local row = {
    version = ARGV[at], base = ARGV[at + 1], credit_limit = ARGV[at + 2],
    daily_limit = ARGV[at + 3], daily_used = ARGV[at + 4], daily_date = ARGV[at + 5],
    monthly_limit = ARGV[at + 6], monthly_used = ARGV[at + 7], monthly_month = ARGV[at + 8],
  }
  natural(row.version, 'version')
  integer(row.base, 'base')
  natural(row.credit_limit, 'credit_limit')
  limit(row.daily_limit, 'daily_limit')
  natural(row.daily_used, 'daily_used')
  limit(row.monthly_limit, 'monthly_limit')
  natural(row.monthly_used, 'monthly_used')
  expect(is_day(row.daily_date), 'daily_date')
  expect(is_month(row.monthly_month), 'monthly_month')
  return row, at + 9
end

-- Reads a count and that many key quotas (key, type, used, period, version) from ARGV at `at`.
local function read_key_quotas(at)
  local quotas = {}
  local count = natural(ARGV[at], 'key_quotas')
  at = at + 1
  for i = 1, count do
    quotas[i] = {
      key = ARGV[at], type = ARGV[at + 1], used = ARGV[at + 2],
      period = ARGV[at + 3], version = ARGV[at + 4],
    }
    expect(is_id(quotas[i].key), 'key quota key')
    expect(is_quota_type(quotas[i].type), 'key quota type')
    integer(quotas[i].used, 'key quota used')
    expect(is_period_of(quotas[i].type, quotas[i].period), 'key quota period')
    natural(quotas[i].version, 'key quota version')
    at = at + 5
  end
  return quotas, at
end
