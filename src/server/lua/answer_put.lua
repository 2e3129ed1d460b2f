-- Keeps an answer for its day, within the tenant's budget of bytes. An account that is full keeps
-- what it has: then nothing of this answer is written.
-- KEYS 1 answer  2 account: bytes of each answer by its label, and of all of them under '|'
--      3 when each ends, by its label
-- ARGV 1 label  2 ttl_ms  3 budget (bytes)  4 overhead: bytes that an answer counts beside its own
--      5 the answer
-- Returns {ok, code, bytes of all answers}
--   code STORED | FULL
-- @include integers
-- @include words
local answer, account, ends, label = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
local ttl_ms, budget = duration(ARGV[2], 'ttl_ms'), natural(ARGV[3], 'budget')
local overhead, value = natural(ARGV[4], 'overhead'), ARGV[5]
-- No trace id has a bar in it: what begins with one is no label.
expect(#KEYS == 3, 'keys')
expect(matches(label, '^[%w._:%-]+|?%d*$'), 'label')
expect(value, 'answer')
local TOTAL, AT_ONCE = '|', 100

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
-- An account without its ends could never shrink.
if redis.call('EXISTS', ends) == 0 then redis.call('DEL', account) end

local function counted(field) return tonumber(redis.call('HGET', account, field) or '0') end

local function forget(gone)
  redis.call('HINCRBY', account, TOTAL, negated(text(counted(gone))))
  redis.call('HDEL', account, gone)
  redis.call('ZREM', ends, gone)
end

local function total_with_this() return counted(TOTAL) - counted(label) + #value + overhead end

-- What has ended is counted off, a hundred at a time; more only while that makes no room.
local ended
repeat
  ended = redis.call('ZRANGEBYSCORE', ends, '-inf', '(' .. text(now), 'LIMIT', 0, AT_ONCE)
  for _, gone in ipairs(ended) do forget(gone) end
until #ended < AT_ONCE or total_with_this() <= budget

local total = total_with_this()
if total > budget then return { 0, 'FULL', text(counted(TOTAL)) } end
redis.call('SET', answer, value, 'PX', ttl_ms)
redis.call('HSET', account, label, text(#value + overhead), TOTAL, text(total))
redis.call('ZADD', ends, text(now + ttl_ms), label)
redis.call('PEXPIRE', account, ttl_ms)
redis.call('PEXPIRE', ends, ttl_ms)
return { 1, 'STORED', text(total) }
