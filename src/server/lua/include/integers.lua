-- Integers travel as decimal strings. A script judges every argument before its first write:
-- NaN passes "<", "0x10" parses, HINCRBY refuses "007", and an error midway would keep the
-- earlier writes. Beyond EXACT_MAX a double skips integers.
local EXACT_MAX, NANO_MAX = 9007199254740991, 9000000000000000

local function bad_argument(name) error('BADARG ' .. name) end

local function integer(value, name)
  if type(value) ~= 'string' or #value > 17 or not string.match(value, '^%-?%d+$') then
    bad_argument(name)
  end
  if value ~= '0' and string.match(value, '^%-?0') then bad_argument(name) end
  local number = tonumber(value)
  if math.abs(number) > EXACT_MAX then bad_argument(name) end
  return number
end

-- What may be held, spent, counted or allowed: from nothing to nine million dollars of nano-USD.
local function natural(value, name)
  local number = integer(value, name)
  if number < 0 or number > NANO_MAX then bad_argument(name) end
  return number
end

-- A time to live; none would be an error of SET after the first write, or delete the key.
local function duration(value, name)
  local number = natural(value, name)
  if number == 0 then bad_argument(name) end
  return number
end

-- '' stands for "no limit".
local function limit(value, name)
  if value == false or value == nil or value == '' then return nil end
  return natural(value, name)
end

local function text(number)
  return string.format('%.0f', number)
end

-- The negated decimal string, exact at any size: HINCRBY takes 64 bits where a double has 53.
local function negated(value)
  if string.sub(value, 1, 1) == '-' then return string.sub(value, 2) end
  if value == '0' then return value end
  return '-' .. value
end
