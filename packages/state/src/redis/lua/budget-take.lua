-- Takes up to so many whole tokens of a bucket that holds one second's worth.
-- KEYS: bucket. ARGV: now, wanted, gained per second.
local now, want, rate = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local present = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(present[1] or rate), tonumber(present[2] or now)
-- Clocks of callers differ: who is behind gains nothing. A clock that was far ahead is not waited for.
if at - now > 1000 then at = now end
local newest = math.max(at, now)
tokens = math.min(rate, tokens + (newest - at) * rate / 1000)
local granted = math.max(0, math.min(want, math.floor(tokens)))
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens - granted), 'at', string.format('%.0f', newest))
-- After a second of rest it is full again, as one that is not there.
redis.call('PEXPIRE', KEYS[1], 5000)
return granted
