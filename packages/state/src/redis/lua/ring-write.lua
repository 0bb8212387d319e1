-- Stores a ring if the stored version is the expected one and no higher epoch has written.
-- KEYS: counters, history. ARGV: document, its version, its epoch, expected version, documents kept.
local version, epoch, expected = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local present = redis.call('HMGET', KEYS[1], 'ring', 'epoch')
if tonumber(present[1] or 0) ~= expected or version <= expected then return 0 end
if epoch < tonumber(present[2] or 0) then return 0 end
redis.call('HSET', KEYS[1], 'ring', ARGV[2], 'epoch', ARGV[3])
redis.call('LPUSH', KEYS[2], ARGV[1])
redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[5]) - 1)
return 1
