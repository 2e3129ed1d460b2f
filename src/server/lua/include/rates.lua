-- Requests and tokens per minute over a sliding window: this minute's count plus the share of the
-- last minute's that the window still covers. No more than the limit passes in a quiet minute, and
-- there is no burst of twice the limit at a boundary.
local MINUTE = 60000

local function read_rate(rate_key, now)
  local window = math.floor(now / MINUTE)
  local f = redis.call('HMGET', rate_key, 'window', 'requests', 'tokens', 'last_requests', 'last_tokens')
  local state = { window = window, requests = 0, tokens = 0, last_requests = 0, last_tokens = 0 }
  local stored = tonumber(f[1] or '-2')
  if stored == window then
    state.requests, state.tokens = tonumber(f[2]), tonumber(f[3])
    state.last_requests, state.last_tokens = tonumber(f[4]), tonumber(f[5])
  elseif stored == window - 1 then
    state.last_requests, state.last_tokens = tonumber(f[2]), tonumber(f[3])
  end
  state.left = MINUTE - (now % MINUTE)
  return state
end

local function used_rate(current, last, left)
  return current + math.ceil(last * left / MINUTE)
end

-- How long until `wanted` more fit under `max`, in milliseconds.
local function rate_wait(current, last, left, wanted, max)
  local room = max - wanted - current
  if room >= 0 and last > 0 then
    local until_fits = left - math.floor(room * MINUTE / last)
    return math.max(until_fits, 1)
  end
  -- This minute alone is too full: it has to become the last one and fade.
  if current <= 0 then return MINUTE end
  local fade = math.ceil(MINUTE * (1 - math.max(max - wanted, 0) / current))
  return left + math.min(math.max(fade, 0), MINUTE)
end

-- Which limit a further request would pass, and how long until it fits; nil where it fits now.
local function judge_rate(rate, rpm, tpm, rate_tokens)
  if rpm and used_rate(rate.requests, rate.last_requests, rate.left) + 1 > rpm then
    return 'requests', rate_wait(rate.requests, rate.last_requests, rate.left, 1, rpm)
  end
  if tpm and used_rate(rate.tokens, rate.last_tokens, rate.left) + rate_tokens > tpm then
    return 'tokens', rate_wait(rate.tokens, rate.last_tokens, rate.left, rate_tokens, tpm)
  end
end

local function write_rate(rate_key, state)
  redis.call('HSET', rate_key, 'window', text(state.window), 'requests', text(state.requests),
    'tokens', text(state.tokens), 'last_requests', text(state.last_requests),
    'last_tokens', text(state.last_tokens))
  redis.call('PEXPIRE', rate_key, 2 * MINUTE)
end

-- Gives back what was counted in a minute and not used; less than nothing adds. What no window
-- covers any more is nobody's.
local function give_back(rate_key, now, minute, requests, tokens)
  local rate = read_rate(rate_key, now)
  if minute == rate.window then
    rate.requests = math.max(rate.requests - requests, 0)
    rate.tokens = math.max(rate.tokens - tokens, 0)
  elseif minute == rate.window - 1 then
    rate.last_requests = math.max(rate.last_requests - requests, 0)
    rate.last_tokens = math.max(rate.last_tokens - tokens, 0)
  else
    return
  end
  write_rate(rate_key, rate)
end
