-- Holds a hash against its base and its open operations. One that does not add up, since Redis lost
-- one key and not the other, is dropped: the next request builds it anew. Walks every operation.
-- KEYS 1 quota hash  2 open operations
-- ARGV key quotas (key id:type) whose versions are wanted
-- Returns {1, SOUND | DROPPED, version, base, stray, versions...} or {0} for a cold hash
--   stray: what the balance says beyond base - open operations (nano-USD)
-- @include integers
-- @include words
-- @include operations
local H, O = KEYS[1], KEYS[2]
expect(#KEYS == 2, 'keys')

local hash = {}
local flat = redis.call('HGETALL', H)
for i = 1, #flat, 2 do hash[flat[i]] = flat[i + 1] end
if not hash.version then return { 0 } end

-- Sums may pass what a double holds: they are kept in two halves of their digits, each exact.
local sums = {}
local function add(field, value, sign)
  local minus, digits = string.match(value, '^(%-?)(%d+)$')
  if minus == '-' then sign = -sign end
  local sum = sums[field] or { 0, 0 }
  local high, low = string.sub(digits, 1, -9), string.sub(digits, -8)
  sums[field] = { sum[1] + sign * (tonumber(high) or 0), sum[2] + sign * tonumber(low) }
end
local function total(field) return sums[field][1] * 100000000 + sums[field][2] end

add('balance', hash.balance, 1)
add('balance', hash.base, -1)
add('ops', hash.ops or '0', 1)
add('daily_used', hash.daily_used, 1)
add('daily_used', hash.daily_base, -1)
add('monthly_used', hash.monthly_used, 1)
add('monthly_used', hash.monthly_base, -1)
for field, value in pairs(hash) do
  if string.sub(field, 1, 5) == 'open:' then add(field, value, 1) end
  if string.sub(field, 1, 3) == 'kq:' then
    add(field, value, 1)
    add(field, hash['kqb:' .. string.sub(field, 4)] or '0', -1)
  end
end

for _, raw in ipairs(redis.call('HVALS', O)) do
  local op = unpack_op(raw)
  add('balance', op.amount, 1)
  add('ops', '1', -1)
  if op.day == hash.daily_date then add('daily_used', op.daily, -1) end
  if op.month == hash.monthly_month then add('monthly_used', op.monthly, -1) end
  if op.state == 'h' then add('open:' .. op.key, '1', -1) end
  for quota_type in string.gmatch(op.types, '[^,]+') do
    local field = op.key .. ':' .. quota_type
    if hash['kqp:' .. field] == period(quota_type, op.day, op.month) then
      add('kq:' .. field, contribution(op, quota_type), -1)
    end
  end
end

local verdict = 'SOUND'
for field in pairs(sums) do
  if total(field) ~= 0 then verdict = 'DROPPED' end
end
if verdict == 'DROPPED' then redis.call('DEL', H) end
local reply = { 1, verdict, hash.version, hash.base, text(total('balance')) }
for i = 1, #ARGV do reply[#reply + 1] = hash['kqv:' .. ARGV[i]] or '0' end
return reply
