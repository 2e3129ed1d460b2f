-- An open operation: what it takes from every counter until it is folded. Packed into one string,
-- since Redis has no nested hashes:
--   amount|tokens|daily_requests|monthly_requests|key id|day|month|lease (ms)|state|quota types
-- state h: a hold; s: a settled amount that Redis's base does not contain yet.
local function pack(op)
  return table.concat({
    op.amount, op.tokens, op.daily, op.monthly, op.key, op.day, op.month, op.lease, op.state, op.types,
  }, '|')
end

local function unpack_op(raw)
  local f = {}
  for part in string.gmatch(raw .. '|', '([^|]*)|') do f[#f + 1] = part end
  return {
    amount = f[1], tokens = f[2], daily = f[3], monthly = f[4], key = f[5],
    day = f[6], month = f[7], lease = f[8], state = f[9], types = f[10],
  }
end

-- Whether a packed operation from outside may be taken in: all of it, or nothing is written.
local function judge_packed(raw)
  expect(type(raw) == 'string', 'hold')
  local op = unpack_op(raw)
  natural(op.amount, 'hold amount')
  natural(op.tokens, 'hold tokens')
  natural(op.daily, 'hold daily')
  natural(op.monthly, 'hold monthly')
  natural(op.lease, 'hold lease')
  expect(is_id(op.key), 'hold key')
  expect(is_day(op.day) and is_month(op.month), 'hold period')
  expect(op.state == 'h' and are_quota_types(op.types), 'hold')
  expect(pack(op) == raw, 'hold')
end

-- Whether a trace's lock may be taken or kept for an operation: it is free, or its own.
local function may_lock(holder, id)
  return not holder or string.sub(holder, 1, #id + 1) == id .. '|'
end

local function contribution(op, quota_type)
  if string.find(quota_type, '_requests$') then return op.daily end
  if string.find(quota_type, '_tokens$') then return op.tokens end
  return op.amount
end

local function period(quota_type, day, month)
  if string.sub(quota_type, 1, 6) == 'daily_' then return day end
  if string.sub(quota_type, 1, 8) == 'monthly_' then return month end
  return ''
end

-- Whether a hash knows all the operations that are open: it counts them as it takes them in, and
-- the count stays off for good once Redis lost one key of the two.
local function counts_all(O, counted)
  return tonumber(counted or '0') == redis.call('HLEN', O)
end

-- Adds an operation to, or takes it from (sign -1), every counter whose period it belongs to.
local function apply(H, op, sign)
  local function signed(value) return sign > 0 and value or negated(value) end
  redis.call('HINCRBY', H, 'ops', signed('1'))
  redis.call('HINCRBY', H, 'balance', sign > 0 and negated(op.amount) or op.amount)
  local dates = redis.call('HMGET', H, 'daily_date', 'monthly_month')
  if op.day == dates[1] then redis.call('HINCRBY', H, 'daily_used', signed(op.daily)) end
  if op.month == dates[2] then redis.call('HINCRBY', H, 'monthly_used', signed(op.monthly)) end
  if op.state == 'h' then redis.call('HINCRBY', H, 'open:' .. op.key, signed('1')) end
  for quota_type in string.gmatch(op.types, '[^,]+') do
    local field = op.key .. ':' .. quota_type
    if redis.call('HGET', H, 'kqp:' .. field) == period(quota_type, op.day, op.month) then
      redis.call('HINCRBY', H, 'kq:' .. field, signed(contribution(op, quota_type)))
    end
  end
end
