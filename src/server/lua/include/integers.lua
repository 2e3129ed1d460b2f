-- Integers travel as decimal strings. A script judges every argument before its first write:
-- NaN passes "<", "0x10" parses, and an error midway would keep the earlier writes.
local function integer(value, name)
  if type(value) ~= 'string' or #value > 17 or not string.match(value, '^%-?%d+$') then
    error('BADARG ' .. name)
  end
  return tonumber(value)
end

local function natural(value, name)
  local number = integer(value, name)
  if number < 0 then error('BADARG ' .. name) end
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
