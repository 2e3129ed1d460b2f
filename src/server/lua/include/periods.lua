-- Periods roll over only forward.
local function reset_day(H, day)
  redis.call('HSET', H, 'daily_date', day, 'daily_used', '0', 'daily_base', '0')
end

local function reset_month(H, month)
  redis.call('HSET', H, 'monthly_month', month, 'monthly_used', '0', 'monthly_base', '0')
end

local function reset_key_quota(H, field, at)
  redis.call('HSET', H, 'kqp:' .. field, at, 'kq:' .. field, '0', 'kqb:' .. field, '0')
end

local function is_new_day(H, day) return day > (redis.call('HGET', H, 'daily_date') or '') end
local function is_new_month(H, month) return month > (redis.call('HGET', H, 'monthly_month') or '') end
local function is_new_key_period(H, field, at)
  local stored = redis.call('HGET', H, 'kqp:' .. field)
  return not stored or at > stored
end

-- What open operations of the new period already took is counted afresh: this walks them all,
-- once a day or month and tenant.
local function recount(H, O, field, read)
  for _, raw in ipairs(redis.call('HVALS', O)) do
    local taken = read(unpack_op(raw))
    if taken then redis.call('HINCRBY', H, field, taken) end
  end
end

local function roll_day(H, O, day)
  if not is_new_day(H, day) then return end
  reset_day(H, day)
  recount(H, O, 'daily_used', function(op) return op.day == day and op.daily end)
end

local function roll_month(H, O, month)
  if not is_new_month(H, month) then return end
  reset_month(H, month)
  recount(H, O, 'monthly_used', function(op) return op.month == month and op.monthly end)
end

local function counts_toward(op, key, quota_type)
  return op.key == key and string.find(',' .. op.types .. ',', ',' .. quota_type .. ',', 1, true)
end

local function roll_key_quota(H, O, key, quota_type, at)
  local field = key .. ':' .. quota_type
  if not is_new_key_period(H, field, at) then return end
  reset_key_quota(H, field, at)
  recount(H, O, 'kq:' .. field, function(op)
    return counts_toward(op, key, quota_type) and period(quota_type, op.day, op.month) == at
      and contribution(op, quota_type)
  end)
end

-- For a hash being built: moves its periods up to an operation's without counting any.
local function advance_periods(H, op)
  if is_new_day(H, op.day) then reset_day(H, op.day) end
  if is_new_month(H, op.month) then reset_month(H, op.month) end
  for quota_type in string.gmatch(op.types, '[^,]+') do
    local field, at = op.key .. ':' .. quota_type, period(quota_type, op.day, op.month)
    if is_new_key_period(H, field, at) then reset_key_quota(H, field, at) end
  end
end
