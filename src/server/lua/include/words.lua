-- Arguments that are no numbers are judged as well, before the first write: they go into packed
-- strings, field names and comparisons of dates.
local QUOTA_TYPES = {
  daily_requests = true, daily_tokens = true, daily_amount = true,
  monthly_requests = true, monthly_tokens = true, monthly_amount = true,
  total_requests = true, total_tokens = true, total_amount = true,
}

local function expect(is_good, name)
  if not is_good then bad_argument(name) end
end

local function matches(value, pattern)
  return type(value) == 'string' and string.match(value, pattern) ~= nil
end

local function is_day(value) return matches(value, '^%d%d%d%d%-%d%d%-%d%d$') end
local function is_month(value) return matches(value, '^%d%d%d%d%-%d%d$') end
local function is_id(value) return matches(value, '^[%w._:%-]+$') end
local function is_flag(value) return value == '0' or value == '1' end
local function is_quota_type(value) return QUOTA_TYPES[value] == true end

-- Comma-separated; '' for none.
local function are_quota_types(value)
  if type(value) ~= 'string' then return false end
  if value == '' then return true end
  for part in string.gmatch(value .. ',', '([^,]*),') do
    if not is_quota_type(part) then return false end
  end
  return true
end

-- The period that a key quota stands at; '' for a total, and before its first use.
local function is_period_of(quota_type, value)
  if value == '' then return true end
  if string.sub(quota_type, 1, 6) == 'daily_' then return is_day(value) end
  return string.sub(quota_type, 1, 8) == 'monthly_' and is_month(value)
end
